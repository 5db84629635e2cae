/**
 * From words to a subcommand, and from failures to exit codes: 2 for usage, 1 for everything else.
 *
 * @module
 */

import type { Command } from "./cli/command.ts";
import { parseCommandLine } from "./cli/command_line.ts";
import { toFailure } from "../schemas/failure/failure.ts";
import type { Io } from "./wiring/io.ts";

/**
 * Runs what the words ask for.
 *
 * @param argv the words after the program's name
 * @returns the exit code
 */
export async function runCommand(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<number> {
  const io = processIo(env);
  try {
    return await dispatch(parseCommandLine(argv), argv.slice(1), io);
  } catch (thrown) {
    const failure = toFailure(thrown);
    if (failure.tag === "unexpected") io.writeError(`Unexpected fault of this program: ${failure.message}`);
    else io.writeError(failure.message);
    return failure.tag === "usage" ? 2 : 1;
  }
}

async function dispatch(command: Command, rest: readonly string[], io: Io): Promise<number> {
  switch (command.kind) {
    case "help":
      io.write(command.text.trimEnd());
      return 0;
    case "start":
      return await (await import("./start.ts")).start(command, io);
    case "sandbox":
      return await (await import("./sandbox.ts")).runSandbox(rest, endedBySignals(io));
    case "demo":
      return await (await import("./demo.ts")).runDemo(rest, endedBySignals(io));
    case "machines":
      return await (await import("./machines.ts")).runMachines(textOf(command.values["out"]), io);
    case "inspect":
      return await (await import("./inspect.ts")).inspectRecording(command, endedBySignals(io));
    case "trace":
      return await (await import("./trace.ts")).traceRun(command, io);
    case "replay":
      return await (await import("./replay.ts")).replayRecording(command, io);
    case "explain":
      return await (await import("./explain.ts")).explain(command, io);
    case "validate":
      return await (await import("./validate.ts")).validate(command, io);
    case "taskEnvironment":
      return await (await import("./task_environment.ts")).taskEnvironment(command, io);
  }
}

function textOf(value: string | boolean | readonly string[] | undefined): string | null {
  return typeof value === "string" ? value : null;
}

/** The agent itself tells a first signal from a second one; these commands simply end. */
function endedBySignals(io: Io): Io {
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(name, () => stop.abort());
  return { ...io, signal: stop.signal };
}

function processIo(env: Readonly<Record<string, string>>): Io {
  const encoder = new TextEncoder();
  return {
    write: (line) => void writeAll(Deno.stdout, encoder.encode(`${line}\n`)),
    writeError: (line) => void writeAll(Deno.stderr, encoder.encode(`${line}\n`)),
    env,
    isTerminal: Deno.stdout.isTerminal(),
    signal: new AbortController().signal,
  };
}

/** Writes all of it, or nothing when the reader has gone. */
function writeAll(to: { writeSync: (bytes: Uint8Array) => number }, bytes: Uint8Array): void {
  try {
    for (let at = 0; at < bytes.length;) at += to.writeSync(bytes.subarray(at));
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.BrokenPipe)) throw thrown;
  }
}
