/** Commands as a user runs them, within this process. @module */

import { makeOutput } from "../../../actors/output/output.ts";
import { environmentSecrets } from "../../../schemas/secrets/environment_secrets.ts";
import { makeRedactor } from "../../../schemas/secrets/redact.ts";
import { runCommand } from "../../../commands/dispatch.ts";
import type { Io } from "../../../commands/wiring/io.ts";
import { locateFrom } from "../../../commands/wiring/locate.ts";

/** An {@link Io} that keeps what is printed. Its signal is aborted: what waits for an end ends at once. */
export function keptIo(env: Readonly<Record<string, string>> = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const redact = makeRedactor(environmentSecrets(env));
  const shown = makeOutput((line) => void out.push(line.slice(0, -1)));
  const errors = makeOutput((line) => void err.push(line.slice(0, -1)));
  const io: Io = {
    write: (line) => shown.line(redact.text(line)),
    writeError: (line) => errors.line(redact.text(line)),
    shown,
    redact,
    env,
    locate: locateFrom(env),
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
