/**
 * `~`, `$NAME` and `${NAME}` in configured text, as the Python originals expand them.
 *
 * @module
 */

/** The process environment. */
export type Env = Readonly<Record<string, string>>;

/** Expansions of expansions end here, as in Prefect. */
const MAX_ROUNDS = 10;

/**
 * Expands until nothing changes any more. Unknown names stay as they are, `~` counts at the beginning only.
 *
 * @returns null when the variables refer to each other without end
 * @see Prefect 0.15.13, `configuration.py`
 */
export function expandVariables(text: string, env: Env): string | null {
  let current = text;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const next = expandHome(expandNames(current, env), env);
    if (next === current) return current;
    current = next;
  }
  return null;
}

function expandNames(text: string, env: Env): string {
  return text.replace(/\$(?:(\w+)|\{([^}]*)\})/g, (whole, bare?: string, braced?: string) => {
    return env[bare ?? braced ?? ""] ?? whole;
  });
}

function expandHome(text: string, env: Env): string {
  const home = env["HOME"];
  if (home === undefined || !/^~(\/|$)/.test(text)) return text;
  return home.replace(/\/+$/, "") + text.slice(1) || "/";
}
