/**
 * `sandbox`: the embedded Prefect 1 API and the local ECS, until a signal ends them.
 *
 * @module
 */

import { resolve } from "node:path";
import { parseArgs } from "node:util";
import * as v from "valibot";
import { systemClock } from "../actors/time/system_clock.ts";
import { FailureError, toFailure } from "../schemas/failure/failure.ts";
import { interruptible } from "./wiring/interruption.ts";
import type { Io } from "./wiring/io.ts";

const USAGE = `Usage: deno task sandbox [options]

Starts a Prefect 1 API and a local ECS on 127.0.0.1, for developing flows without an account. Not for production.

  --api-port PORT              port of the Prefect 1 API (default: a free one)
  --ecs-port PORT              port of the local ECS (default: a free one)
  --data DIR                   folder that keeps flows, runs and tasks (default: .sandbox)
  --image-exec PATTERN=PREFIX  run the command of containers whose image fits PATTERN (* ? [..]) behind PREFIX, as a
                               subprocess with the container's environment; repeatable, the first that fits counts,
                               e.g. 'prefecthq/*=env PATH=/opt/venv/bin:/usr/bin:/bin'. demo/flow is built in
  --aws-limits CHOICE          documented or none: throttle requests as AWS documents it (default: documented)
  --faults FILE                JSON file with faults: {"seed": 1, "rates": {"throttle": 0.1}, "rules": [...]}
  --help                       this text`;

const OPTIONS = {
  "api-port": { type: "string" },
  "ecs-port": { type: "string" },
  "data": { type: "string" },
  "image-exec": { type: "string", multiple: true },
  "aws-limits": { type: "string" },
  "faults": { type: "string" },
  "help": { type: "boolean" },
} as const;

/** What the command line says. */
interface SandboxArguments {
  readonly apiPort: number;
  readonly ecsPort: number;
  readonly dataDir: string;
  readonly imageExec: readonly string[];
  readonly limits: "documented" | "none";
  readonly faultsFile: string | null;
  readonly isHelp: boolean;
}

function usage(message: string): FailureError {
  return new FailureError({ tag: "usage", message });
}

function readPort(name: string, text: string | undefined): number {
  if (text === undefined) return 0;
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw usage(`Cannot use ${text} for --${name}: write a port from 0 to 65535, 0 for a free one`);
}

function readLimits(text: string | undefined): "documented" | "none" {
  if (text === undefined || text === "documented") return "documented";
  if (text === "none") return "none";
  throw usage(`Cannot use ${text} for --aws-limits: write documented or none`);
}

function parseWords(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, strict: true, allowPositionals: false }).values;
  } catch (thrown) {
    const [first = ""] = (thrown instanceof Error ? thrown.message : String(thrown)).split(". ");
    throw usage(`Cannot read the command line: ${first}`);
  }
}

/** Reads the command line of `sandbox`. @throws {FailureError} `usage` */
export function parseSandboxArguments(args: readonly string[]): SandboxArguments {
  const values = parseWords(args);
  if (values.data === "") throw usage("Cannot use an empty folder name for --data: write a path");
  return {
    apiPort: readPort("api-port", values["api-port"]),
    ecsPort: readPort("ecs-port", values["ecs-port"]),
    dataDir: resolve(values.data ?? ".sandbox"),
    imageExec: values["image-exec"] ?? [],
    limits: readLimits(values["aws-limits"]),
    faultsFile: values.faults ?? null,
    isHelp: values.help ?? false,
  };
}

async function readFaults(path: string | null) {
  if (path === null) return {};
  const { faultPlanSchema } = await import("../sandbox/ecs/faults.ts");
  const field = "--faults";
  try {
    return { faults: v.parse(faultPlanSchema, JSON.parse(await Deno.readTextFile(path))) };
  } catch (thrown) {
    const why = thrown instanceof v.ValiError
      ? `${v.getDotPath(thrown.issues[0]) ?? "the document"}: ${thrown.issues[0].message}`
      : String(thrown instanceof Error ? thrown.message : thrown);
    const message = `Cannot read the faults of ${path}: ${why}`;
    throw new FailureError({ tag: "configuration", field, message }, { cause: thrown });
  }
}

async function readOptions(args: SandboxArguments, io: Io) {
  const { parseImageExec } = await import("../sandbox/containers/image_exec.ts");
  return {
    ...args,
    imageExec: args.imageExec.map(parseImageExec),
    ...await readFaults(args.faultsFile),
    deno: Deno.execPath(),
    env: io.env,
    clock: systemClock,
    random: Math.random,
    log: io.writeError,
  };
}

function exports(variables: Readonly<Record<string, string>>): string[] {
  return Object.entries(variables).map(([name, value]) => `  export ${name}=${value}`);
}

/** Lines that tell where the sandbox is and how to reach it. */
export async function describeSandbox(
  sandbox: { readonly apiUrl: string; readonly ecsUrl: string },
  dataDir: string,
): Promise<readonly string[]> {
  const { awsVariables, prefectVariables } = await import("../sandbox/environment.ts");
  return [
    `Prefect 1 API: ${sandbox.apiUrl}`,
    `Local ECS:     ${sandbox.ecsUrl}`,
    `Data:          ${dataDir}`,
    "",
    "The Python client, prefect execute flow-run and this agent find the API by:",
    ...exports(prefectVariables(sandbox)),
    "The AWS CLI, the AWS SDKs and this agent find the local ECS by:",
    ...exports(awsVariables(sandbox)),
    "With both in its environment: deno task agent ecs start",
    `What containers print: ${sandbox.ecsUrl}/`,
    "End with Ctrl-C; what is stored stays.",
  ];
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

/** @throws {FailureError} `usage` in the compiled binary, which may not start subprocesses */
export function refuseStandalone(command: string, isStandalone: boolean): void {
  if (!isStandalone) return;
  throw usage(
    `Cannot run ${command} from the compiled binary, which has the agent's permissions only: use deno task ${command}`,
  );
}

async function serveSandbox(args: SandboxArguments, io: Io): Promise<number> {
  const options = await readOptions(args, io);
  const { startSandbox } = await import("../sandbox/sandbox.ts");
  const sandbox = await startSandbox(options);
  for (const line of await describeSandbox(sandbox, args.dataDir)) io.write(line);
  await aborted(io.signal);
  await sandbox.close();
  return 0;
}

/** Runs the sandbox until a signal. @returns the exit code: 2 for a wrong command line, 1 when it cannot start */
export async function runSandbox(args: readonly string[], io: Io): Promise<number> {
  try {
    const parsed = parseSandboxArguments(args);
    if (parsed.isHelp) io.write(USAGE);
    else {
      refuseStandalone("sandbox", Deno.build.standalone);
      await interruptible(io, (interrupted) => serveSandbox(parsed, interrupted));
    }
    return 0;
  } catch (thrown) {
    const failure = toFailure(thrown);
    io.writeError(failure.message);
    if (failure.tag !== "usage") return 1;
    io.writeError(USAGE);
    return 2;
  }
}
