/**
 * The agent as a process, started as a user starts it.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { denoDir, type Process, startProcess } from "./process.ts";

const MAIN = fileURLToPath(new URL("../../../main.ts", import.meta.url));
const CONFIG = fileURLToPath(new URL("../../../deno.json", import.meta.url));
const PERMISSIONS = ["--allow-net", "--allow-env", "--allow-read", "--allow-sys=osRelease,homedir"];

/** Starts `agent <words>` with this environment and nothing of the machine's own but its caches. */
export function startAgent(words: readonly string[], env: Readonly<Record<string, string>>): Process {
  const args = ["run", "--quiet", "--no-prompt", "--config", CONFIG, ...PERMISSIONS, MAIN, ...words];
  return startProcess(Deno.execPath(), args, { DENO_DIR: denoDir(), NO_COLOR: "1", ...env });
}
