/**
 * Files of `NAME=value` lines, as Prefect reads `.env`.
 *
 * @see python-dotenv, "File format": quotes, comments, `export`, `${NAME}` and `${NAME:-default}`
 * @module
 */

import { parseEnv } from "node:util";

/** The variables of a file. Names that it uses are its own before those of the environment. */
export function readDotenv(
  text: string,
  env: Readonly<Record<string, string>>,
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [name, value] of Object.entries(parseEnv(text))) {
    if (value !== undefined) found.set(name, expanded(value, (used) => found.get(used) ?? env[used]));
  }
  return found;
}

function expanded(value: string, valueOf: (name: string) => string | undefined): string {
  return value.replaceAll(
    /\$\{([^}:]{1,200})(?::-([^}]{0,2000}))?\}/g,
    (_, name: string, otherwise?: string) => valueOf(name) ?? otherwise ?? "",
  );
}
