/**
 * `job-environment setup` and `job-environment execute`: the legacy `KubernetesJobEnvironment` without Python.
 *
 * @module
 */

import { readConfigFile } from "../actors/files/read_config_file.ts";
import { fileRefusal, type NamedFile, readNamedFile } from "../actors/files/read_named_file.ts";
import { builtSpec, executedJob, readJobSpec } from "../flavours/job_environment/spec.ts";
import { checkedOption } from "../flavours/kubernetes_agent/options.ts";
import { taskEnvironmentSettings } from "../flavours/task_environment/requests.ts";
import { FailureError, toFailure } from "../schemas/failure/failure.ts";
import { isJsonObject, type JsonObject } from "../schemas/json/json.ts";
import { filledText, mapping } from "../schemas/json/shape.ts";
import { labelName } from "../schemas/kubernetes/job/names.ts";
import type { OptionValues } from "../schemas/options/option.ts";
import { pathOf, textOf } from "../schemas/options/option_value.ts";
import type { Locate } from "../schemas/options/typed_path.ts";
import { usageError } from "../schemas/options/usage_error.ts";
import { loadConfig } from "../schemas/prefect1/config/config.ts";
import { dockerImage, INCOMPLETE_STORAGE } from "../schemas/prefect1/docker_image.ts";
import { parseMapping } from "../schemas/yaml/mapping.ts";
import { yamlDocument } from "../schemas/yaml/write.ts";
import type { Command } from "./cli/command.ts";
import type { Io } from "./wiring/io.ts";

/** A job-environment command as it was typed. */
export type JobEnvironmentCommand = Extract<Command, { kind: "jobEnvironment" }>;

/**
 * Prints the spec as built, or makes the Job of a flow run and does not wait for it.
 *
 * @returns the exit code 0
 * @throws {FailureError} `usage` and `configuration`, and what the API server refused
 */
export async function jobEnvironment({ step, values }: JobEnvironmentCommand, io: Io): Promise<number> {
  const namespace = checkedOption(values, "namespace", labelName) ?? "default";
  const built = builtSpec(await readSpec(values, io.locate));
  const flow = await readFlow(values, io.locate);
  if (step === "setup") {
    io.shown.text(yamlDocument(built).trimEnd());
    return 0;
  }
  const job = executedJob(built, {
    ...executionOf(values, flow, namespace, io),
    identifier: crypto.randomUUID(),
    suffix: values["unique-job-name"] === true ? crypto.randomUUID().slice(0, 8) : null,
  });
  const { makeOneJob } = await import("./wiring/kubernetes/make_one_job.ts");
  const chosen = { kubeconfig: pathOf(values, "kubeconfig"), context: textOf(values, "context") };
  const { name, warnings } = await makeOneJob({ namespace, job }, chosen, io);
  for (const warning of warnings) io.writeError(warning);
  io.write(`Made Job ${name} in namespace ${namespace}`);
  return 0;
}

function executionOf(values: OptionValues, flow: JsonObject, namespace: string, { env, locate }: Io) {
  const flowRunId = textOf(values, "flow-run-id") ?? "unknown";
  const image = imageOf(values, flow);
  const config = loadConfig(env, (path) => readConfigFile(locate(path)));
  const { graphqlUrl, authToken, apiKey, tenantId, extraLoggers } = taskEnvironmentSettings(config);
  const key = apiKey === null ? [] : [
    ["PREFECT__CLOUD__API_KEY", apiKey.reveal()],
    ...(tenantId === null ? [] : [["PREFECT__CLOUD__TENANT_ID", tenantId] as const]),
  ] as const;
  const variables = [
    ["PREFECT__CLOUD__GRAPHQL", graphqlUrl],
    ["PREFECT__CLOUD__AUTH_TOKEN", (authToken ?? apiKey)?.reveal() ?? ""],
    ["PREFECT__CONTEXT__FLOW_RUN_ID", flowRunId],
    ["PREFECT__CONTEXT__NAMESPACE", namespace],
    ["PREFECT__CONTEXT__IMAGE", image],
    ["PREFECT__CLOUD__USE_LOCAL_SECRETS", "false"],
    ["PREFECT__ENGINE__FLOW_RUNNER__DEFAULT_CLASS", "prefect.engine.cloud.CloudFlowRunner"],
    ["PREFECT__ENGINE__TASK_RUNNER__DEFAULT_CLASS", "prefect.engine.cloud.CloudTaskRunner"],
    ["PREFECT__CLOUD__SEND_FLOW_RUN_LOGS", "true"],
    ["PREFECT__LOGGING__EXTRA_LOGGERS", extraLoggers],
    ...key,
  ] as const;
  return { flowRunId, image, variables };
}

/** The image of the metadata, else that of Docker storage. @see Prefect 0.14.22 utilities/storage.py */
function imageOf(values: OptionValues, flow: JsonObject): string {
  const stored = mapping(mapping(flow.environment).metadata);
  const { image = null } = { ...stored, ...metadataOf(values) };
  if (typeof image === "string" && image !== "") return image;
  if (image !== null && image !== "") throw bad("metadata", "metadata.image must be the name of an image");
  const storage = mapping(flow.storage);
  const docker = storage.type === "Docker" ? dockerImage(storage) : null;
  if (docker === undefined) throw bad("flow-file", INCOMPLETE_STORAGE);
  if (docker !== null) return docker;
  throw bad(
    "metadata",
    `Storage for flow run ${
      filledText(flow.name) ?? "flow"
    } is not of type Docker and environment has no \`image\` ` +
      'attribute in the metadata field. Give one by --metadata \'{"image": "NAME:TAG"}\', or the flow\'s storage by --flow-file',
  );
}

function metadataOf(values: OptionValues): JsonObject {
  const typed = textOf(values, "metadata");
  if (typed === null) return {};
  try {
    const parsed: unknown = JSON.parse(typed);
    if (isJsonObject(parsed)) return parsed;
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
  }
  throw usageError(
    'Invalid value for \'--metadata\': it is not a mapping in JSON, such as {"image": "flows:1"}',
  );
}

function bad(option: string, message: string): FailureError {
  return new FailureError({ tag: "configuration", field: `--${option}`, message });
}

/** Without a file the original had no Job to run. */
async function readSpec(values: OptionValues, locate: Locate): Promise<JsonObject> {
  const path = pathOf(values, "job-spec-file");
  if (path === null) throw usageError("Say which Job the environment makes: --job-spec-file PATH");
  const file = named("job-spec-file", path);
  const text = await readNamedFile(file, locate);
  try {
    return readJobSpec(text, path);
  } catch (thrown) {
    throw fileRefusal(file, locate(path), toFailure(thrown).message);
  }
}

function named(option: string, path: string): NamedFile {
  return { option: `--${option}`, path, told: (shown) => `${shown} for --${option}` };
}

async function readFlow(values: OptionValues, locate: Locate): Promise<JsonObject> {
  const path = pathOf(values, "flow-file");
  if (path === null) return {};
  const file = named("flow-file", path);
  const read = parseMapping(await readNamedFile(file, locate));
  if (!("problem" in read)) return read.mapping ?? {};
  throw fileRefusal(file, locate(path), read.problem);
}
