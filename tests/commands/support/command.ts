/** Commands as a user runs them, within this process. @module */

import { runCommand } from "../../../commands/dispatch.ts";
import type { Io } from "../../../commands/wiring/io.ts";

/** An {@link Io} that keeps what is printed. Its signal is aborted: what waits for an end ends at once. */
export function keptIo(env: Readonly<Record<string, string>> = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const io: Io = {
    write: (line) => void out.push(line),
    writeError: (line) => void err.push(line),
    env,
    isTerminal: false,
    signal: AbortSignal.abort(),
  };
  return { io, out, err };
}

/** What a command line prints, and its exit code. */
export async function runWords(words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { io, out, err } = keptIo(env);
  const code = await runCommand(words, io);
  return { code, out: out.join("\n"), err: err.join("\n") };
}
