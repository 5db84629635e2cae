/**
 * Where the paths are that were typed on this machine.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { absolutePath, type Locate, typingFolder } from "../../schemas/options/typed_path.ts";

/** The folder of `main.ts`. */
const OWN = fileURLToPath(new URL("../..", import.meta.url));

/** Finds typed paths. @param env `INIT_CWD` and `HOME` */
export function locateFrom(env: Readonly<Record<string, string>>): Locate {
  let folder: string | null = null;
  return (typed) => {
    folder ??= typingFolder({ env, working: realOf("."), own: realOf(OWN) });
    return absolutePath(typed, { folder, home: env["HOME"] ?? "" });
  };
}

/** A folder without symbolic links; that of a compiled program is on no disk. */
function realOf(folder: string): string {
  try {
    return Deno.realPathSync(folder);
  } catch {
    return folder;
  }
}
