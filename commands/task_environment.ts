/**
 * `task-environment setup` and `task-environment execute`: the legacy `FargateTaskEnvironment` without Python.
 *
 * @module
 */

import { executeTaskEnvironment, setupTaskEnvironment } from "./wiring/fargate/run_task_environment.ts";
import { makeLog } from "../actors/observability/log.ts";
import type { Log } from "../schemas/contracts/log.ts";
import { readConfigFile } from "../actors/files/read_config_file.ts";
import { fileRefusal, readNamedFile } from "../actors/files/read_named_file.ts";
import { systemClock } from "../actors/time/system_clock.ts";
import type { Command } from "./cli/command.ts";
import { loadConfig } from "../schemas/prefect1/config/config.ts";
import { dockerImage, INCOMPLETE_STORAGE } from "../schemas/prefect1/docker_image.ts";
import { FailureError } from "../schemas/failure/failure.ts";
import type { JsonObject } from "../schemas/json/json.ts";
import { filledText, mapping } from "../schemas/json/shape.ts";
import { parseMapping } from "../schemas/yaml/mapping.ts";
import type { OptionValues } from "../schemas/options/option.ts";
import type { Locate } from "../schemas/options/typed_path.ts";
import { pathOf, textOf } from "../schemas/options/option_value.ts";
import { fromJson } from "../schemas/python/value.ts";
import {
  type RenderInput,
  type TaskEnvironmentFlow,
  taskEnvironmentSettings,
} from "../flavours/task_environment/requests.ts";
import { type GivenArgument, parseTaskEnvironment } from "../flavours/task_environment/options.ts";
import { type AwsSession, withAws } from "./wiring/ecs/aws_session.ts";
import { awsOptionsOf } from "./wiring/fargate/aws_options.ts";
import type { Io } from "./wiring/io.ts";

/** A task-environment command as it was typed. */
export type TaskEnvironmentCommand = Extract<Command, { kind: "taskEnvironment" }>;

/**
 * Registers or compares the definition, or runs it.
 *
 * @returns the exit code 0
 * @throws {FailureError} what is wrong with the arguments, the differences, or what AWS refused
 */
export async function taskEnvironment(command: TaskEnvironmentCommand, io: Io): Promise<number> {
  const input = await inputOf(command, io);
  const log = makeLog({
    write: io.shown.line,
    redact: io.redact,
    clock: systemClock,
    level: "INFO",
    name: "task-environment",
  });
  for (const warning of [...command.warnings, ...input.environment.warnings]) log("WARNING", warning);
  await withAws({ given: awsOptionsOf(input.environment), io, log }, async (session) => {
    if (command.step === "setup") await setup(input, session, { io, log });
    else await execute({ ...input, flowRunId: textOf(command.values, "flow-run-id") }, session, { io, log });
  });
  return 0;
}

interface Out {
  readonly io: Io;
  readonly log: Log;
}

async function setup(input: RenderInput, { aws }: AwsSession, { io, log }: Out): Promise<void> {
  const { family, registered } = await setupTaskEnvironment(input, aws, io.signal);
  const told = registered === null ? `${family} exists and is the same` : `Registered ${registered}`;
  log("INFO", told);
}

async function execute(
  input: RenderInput & { readonly flowRunId: string | null },
  { aws, pause }: AwsSession,
  { io, log }: Out,
): Promise<void> {
  const deps = { ecs: aws.ecs, pause, newToken: () => crypto.randomUUID() };
  log("INFO", `Task ARN: ${await executeTaskEnvironment(input, deps, io.signal)}`);
}

async function inputOf(command: TaskEnvironmentCommand, io: Io): Promise<RenderInput> {
  const { values } = command;
  const readText = (path: string) => readConfigFile(io.locate(path));
  const fromFile = entriesOf(
    await readObject(values, "kwargs-file", io.locate),
    textOf(values, "kwargs-file") ?? "",
  );
  const flow = await readObject(values, "flow-file", io.locate);
  const given = new Map([...metadataOf(flow), ...fromFile, ...typedKwargs(command)]);
  return {
    environment: parseTaskEnvironment({ given, env: io.env }),
    flow: flowOf(flow),
    settings: taskEnvironmentSettings(loadConfig({ ...io.env, ...typedSettings(values) }, readText)),
  };
}

function typedKwargs({ pairs }: TaskEnvironmentCommand): readonly (readonly [string, GivenArgument])[] {
  return pairs.map(([name, value]) => [
    name === "launch-type" ? "launch_type" : name,
    { value: { kind: "str", value }, source: { from: "flag", name } },
  ]);
}

function entriesOf(members: JsonObject, path: string): readonly (readonly [string, GivenArgument])[] {
  return Object.entries(members).map(([name, value]) =>
    [name, { value: fromJson(value ?? null), source: { from: "file", name: path } }] as const
  );
}

/** Uses only the metadata of a stored environment: a flow keeps none of its other arguments. */
function metadataOf(flow: JsonObject): readonly (readonly [string, GivenArgument])[] {
  const { metadata } = mapping(flow.environment);
  return metadata === undefined ? [] : entriesOf({ metadata }, "--flow-file");
}

function flowOf(flow: JsonObject): TaskEnvironmentFlow {
  const { name, storage, core_version: version } = flow;
  return {
    name: filledText(name) ?? "flow",
    image: storedImage(mapping(storage)),
    coreVersion: filledText(version) ?? null,
  };
}

function storedImage(storage: JsonObject): string | null {
  if (storage.type !== "Docker") return null;
  const image = dockerImage(storage);
  if (image !== undefined) return image;
  throw new FailureError({ tag: "configuration", field: "--flow-file", message: INCOMPLETE_STORAGE });
}

const SETTINGS: Readonly<Record<string, string>> = {
  api: "PREFECT__CLOUD__API",
  key: "PREFECT__CLOUD__API_KEY",
  "tenant-id": "PREFECT__CLOUD__TENANT_ID",
  token: "PREFECT__CLOUD__AGENT__AUTH_TOKEN",
};

// An option overrides its variable, so it replaces the variable's value.
function typedSettings(values: OptionValues): Readonly<Record<string, string>> {
  const typed = Object.entries(SETTINGS).map(([name, variable]) => [variable, textOf(values, name)] as const);
  return Object.fromEntries(typed.flatMap(([variable, value]) => value === null ? [] : [[variable, value]]));
}

async function readObject(values: OptionValues, option: string, locate: Locate): Promise<JsonObject> {
  const path = pathOf(values, option);
  if (path === null) return {};
  const file = { option: `--${option}`, path, told: (shown: string) => `${shown} for --${option}` };
  const read = parseMapping(await readNamedFile(file, locate));
  if (!("problem" in read)) return read.mapping ?? {};
  throw fileRefusal(file, locate(path), read.problem);
}
