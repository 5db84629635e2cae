/**
 * Runs the subcommand that a command line names, and turns failures into exit codes: 2 for usage, 1 for everything else.
 *
 * @module
 */

import { standardError, standardOutput } from "../actors/output/output.ts";
import type { Command, FlavourHelp } from "./cli/command.ts";
import { parseCommandLine } from "./cli/command_line.ts";
import { toFailure } from "../schemas/failure/failure.ts";
import { environmentSecrets } from "../schemas/secrets/environment_secrets.ts";
import { makeRedactor } from "../schemas/secrets/redact.ts";
import { usageError } from "../schemas/options/usage_error.ts";
import { interruptible } from "./wiring/interruption.ts";
import type { Io } from "./wiring/io.ts";
import { late } from "./late.ts";
import { locateFrom } from "./wiring/locate.ts";

/**
 * Runs one command line.
 *
 * @param argv the words after the program's name
 * @returns the exit code
 */
export async function runCommand(argv: readonly string[], io: Io): Promise<number> {
  try {
    return await dispatch(parseCommandLine(argv), io);
  } catch (thrown) {
    const failure = toFailure(thrown);
    if (failure.tag === "unexpected") io.writeError(`Unexpected fault of this program: ${failure.message}`);
    else io.writeError(failure.message);
    return failure.tag === "usage" ? 2 : 1;
  }
}

async function dispatch(command: Command, io: Io): Promise<number> {
  switch (command.kind) {
    case "help":
      io.shown.text(command.text.trimEnd());
      if (command.asked !== null) (await helpLines(command.asked, io)).forEach(io.write);
      return 0;
    case "start":
      return await (await import("./start.ts")).start(command, io);
    case "sandbox": {
      refuseStandalone("sandbox", Deno.build.standalone);
      const { runSandbox } = await late.sandbox();
      return await interruptible(io, (io) => runSandbox(command.settings, io));
    }
    case "demo": {
      refuseStandalone("demo", Deno.build.standalone);
      const { runDemo } = await late.demo();
      return await interruptible(io, (io) => runDemo(command.settings, io));
    }
    case "machines":
      return await (await late.machines()).runMachines(command.out, io);
    case "inspect": {
      const { inspectRecording } = await late.inspect();
      return await interruptible(io, (io) => inspectRecording(command, io));
    }
    case "trace":
      return await (await late.trace()).traceRun(command, io);
    case "replay":
      return await (await late.replay()).replayRecording(command, io);
    case "explain":
      return await (await late.explain()).explain(command, io);
    case "validate":
      return await (await late.validate()).validate(command, io);
    case "confirm":
      return (await late.chainedSetting()).confirmSetting(command.setting, io);
    case "install":
      return (await late.install()).install(command, io);
    case "jobEnvironment":
      return await (await late.jobEnvironment()).jobEnvironment(command, io);
    case "taskEnvironment":
      return await (await late.taskEnvironment()).taskEnvironment(command, io);
  }
}

/** What a flavour adds to its usage: the settings that are in force here. */
async function helpLines({ flavour, words }: FlavourHelp, io: Io): Promise<readonly string[]> {
  const { loadFlavour } = await import("./wiring/flavours.ts");
  const { help } = await loadFlavour(flavour);
  if (help === undefined) return [];
  const { configSources } = await import("./wiring/config_sources.ts");
  return help(words, configSources(io), io.redact);
}

/** @throws {FailureError} `usage` in the compiled binary, which may not start subprocesses */
export function refuseStandalone(command: string, isStandalone: boolean): void {
  if (!isStandalone) return;
  throw usageError(
    `Cannot run ${command} from the compiled binary, which has the agent's permissions only: use deno task ${command}`,
  );
}

/** The terminal and the environment of this process. */
export function processIo(env: Readonly<Record<string, string>>): Io {
  const redact = makeRedactor(environmentSecrets(env));
  return {
    write: (line) => standardOutput.line(redact.text(line)),
    writeError: (line) => standardError.line(redact.text(line)),
    shown: standardOutput,
    redact,
    env,
    locate: locateFrom(env),
    isTerminal: Deno.stdout.isTerminal(),
    signal: new AbortController().signal,
  };
}
