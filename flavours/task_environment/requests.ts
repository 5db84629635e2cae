/**
 * The two requests of the legacy task environment.
 *
 * @module
 */

import { FLOW_RUN_VARIABLE } from "../../schemas/ecs/task_owner.ts";
import type { Config } from "../../schemas/prefect1/config/config.ts";
import { textSetting } from "../../schemas/prefect1/config/config_value.ts";
import { FailureError } from "../../schemas/failure/failure.ts";
import type { Json, JsonObject } from "../../schemas/json/json.ts";
import { mappings } from "../../schemas/json/shape.ts";
import { isOlderLoosely } from "../../schemas/python/loose_version.ts";
import { pythonReprOf } from "../../schemas/python/repr.ts";
import { Secret } from "../../schemas/secrets/secret.ts";
import type { TaskEnvironment } from "./options.ts";

/** What Prefect's configuration contributes. */
export interface TaskEnvironmentSettings {
  readonly graphqlUrl: string;
  /** As Python prints the list. */
  readonly extraLoggers: string;
  /** Agent token, else user token. */
  readonly authToken: Secret | null;
  readonly apiKey: Secret | null;
  readonly tenantId: string | null;
}

/** What is known of the flow. */
export interface TaskEnvironmentFlow {
  readonly name: string;
  /** Image of its Docker storage, null where it has other storage. */
  readonly image: string | null;
  /** Version of Prefect in the image, null: not known, taken for new. */
  readonly coreVersion: string | null;
}

const CONTAINER = "flow-container";
const RUN_FLOW = "python -c 'import prefect; prefect.environments.execution.load_and_run_flow()'";

/** Picks the settings out of Prefect's configuration. */
export function taskEnvironmentSettings(config: Config): TaskEnvironmentSettings {
  const loggers = config.get("logging.extra_loggers")?.value ?? { kind: "list", items: [] };
  const tenantId = textSetting(config, "cloud.tenant_id");
  return {
    graphqlUrl: textSetting(config, "cloud.graphql"),
    extraLoggers: loggers.kind === "str" ? loggers.value : pythonReprOf(loggers),
    authToken: secretOf(
      textSetting(config, "cloud.agent.auth_token") || textSetting(config, "cloud.auth_token"),
    ),
    apiKey: secretOf(textSetting(config, "cloud.api_key")),
    tenantId: tenantId === "" ? null : tenantId,
  };
}

function secretOf(text: string): Secret | null {
  return text === "" ? null : new Secret(text);
}

/**
 * The image a flow runs in: that of the metadata unless it is null or empty, else that of Docker storage.
 *
 * @throws {FailureError} `configuration` when there is none, or it is no text
 * @see Prefect 0.14.22 utilities/storage.py, `get_flow_image`
 */
export function taskEnvironmentImage({ image }: TaskEnvironment, flow: TaskEnvironmentFlow): string {
  const chosen = image || flow.image;
  if (typeof chosen === "string" && chosen !== "") return chosen;
  const message = chosen === null || chosen === ""
    ? `Storage for flow run ${flow.name} is not of type Docker and environment has no \`image\` attribute in the ` +
      "metadata field. Give one as metadata={'image': 'NAME:TAG'}, or the flow's storage by --flow-file"
    : `Cannot run flow ${flow.name}: metadata.image must name an image, set one or leave it out`;
  throw new FailureError({ tag: "configuration", field: "metadata.image", message });
}

/** A request to make, with what it is made from. */
export interface RenderInput {
  readonly environment: TaskEnvironment;
  readonly flow: TaskEnvironmentFlow;
  readonly settings: TaskEnvironmentSettings;
}

/**
 * RegisterTaskDefinition. Every container gets the Prefect variables, the first is made the flow's. Nothing that was given is
 * changed, however often this is called (F-TE-SHARED-LIST).
 *
 * @throws {FailureError} `configuration` when the flow has no image
 */
export function renderDefinition(input: RenderInput): JsonObject {
  const { environment, flow } = input;
  const given = mappings(environment.definition.containerDefinitions);
  const [first = {}, ...others] = given.map((container) => withVariables(container, input));
  const flowContainer = {
    ...(given.length === 0 ? withVariables({}, input) : first),
    name: CONTAINER,
    image: taskEnvironmentImage(environment, flow),
    command: ["/bin/sh", "-c", RUN_FLOW],
  };
  return { ...environment.definition, containerDefinitions: [flowContainer, ...others] };
}

function withVariables(container: JsonObject, input: RenderInput): JsonObject {
  const entries = new Map<Json | undefined, JsonObject>();
  for (const entry of mappings(container.environment)) entries.set(entry.name, entry);
  for (const [name, value] of prefectVariables(input)) entries.set(name, { name, value });
  return { ...container, environment: [...entries.values()] };
}

function prefectVariables({ settings, flow }: RenderInput): readonly (readonly [string, string])[] {
  const isOld = flow.coreVersion !== null && isOlderLoosely(flow.coreVersion, "0.14.0");
  return [
    ["PREFECT__CLOUD__GRAPHQL", settings.graphqlUrl],
    ["PREFECT__CLOUD__USE_LOCAL_SECRETS", "false"],
    ["PREFECT__ENGINE__FLOW_RUNNER__DEFAULT_CLASS", "prefect.engine.cloud.CloudFlowRunner"],
    ["PREFECT__ENGINE__TASK_RUNNER__DEFAULT_CLASS", "prefect.engine.cloud.CloudTaskRunner"],
    [isOld ? "PREFECT__LOGGING__LOG_TO_CLOUD" : "PREFECT__CLOUD__SEND_FLOW_RUN_LOGS", "true"],
    ["PREFECT__LOGGING__EXTRA_LOGGERS", settings.extraLoggers],
  ];
}

/**
 * RunTask, without `clientToken`. An API key is passed besides the token (F-API-KEY).
 *
 * @param flowRunId null: `unknown`
 * @throws {FailureError} `configuration` when the flow has no image
 */
export function renderRun(
  { environment, flow, settings }: RenderInput,
  flowRunId: string | null,
): JsonObject {
  const { authToken, apiKey, tenantId } = settings;
  const variables: [string, string][] = [
    ["PREFECT__CLOUD__AUTH_TOKEN", (authToken ?? apiKey)?.reveal() ?? ""],
    [FLOW_RUN_VARIABLE, flowRunId ?? "unknown"],
    ["PREFECT__CONTEXT__IMAGE", taskEnvironmentImage(environment, flow)],
  ];
  if (apiKey !== null) variables.push(["PREFECT__CLOUD__API_KEY", apiKey.reveal()]);
  if (apiKey !== null && tenantId !== null) variables.push(["PREFECT__CLOUD__TENANT_ID", tenantId]);
  const override = { name: CONTAINER, environment: variables.map(([name, value]) => ({ name, value })) };
  return {
    overrides: { containerOverrides: [override] },
    ...(environment.launchType === null ? {} : { launchType: environment.launchType }),
    ...environment.run,
  };
}
