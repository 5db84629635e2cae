/**
 * From the options of `kubernetes install` to what the manifest holds.
 *
 * @module
 */

import { type Accepted, labelName, objectName, secretKey } from "../../../schemas/kubernetes/job/names.ts";
import type { OptionValues } from "../../../schemas/options/option.ts";
import { listOf, textOf } from "../../../schemas/options/option_value.ts";
import { usageError } from "../../../schemas/options/usage_error.ts";
import { typedEnvVars } from "../../../schemas/prefect1/config/run_settings.ts";
import { pythonRepr } from "../../../schemas/python/repr.ts";
import { checkedOption, pullPolicy, quantity, secretNames } from "../options.ts";
import { withoutEffect } from "../warnings.ts";
import { FLOW_RIGHTS } from "./option_rows.ts";

/** A value of a Secret. */
export interface SecretReference {
  readonly name: string;
  readonly key: string;
}

/** What the manifest is made from. */
export interface InstallSettings {
  readonly namespace: string;
  readonly image: string;
  readonly pullSecrets: readonly string[];
  readonly agentConfigId: string | null;
  /** Variables of the agent's container, in order; empty ones are there too. */
  readonly variables: readonly (readonly [name: string, value: string])[];
  readonly keySecret: SecretReference | null;
  readonly rbac: boolean;
  readonly flowRights: (typeof FLOW_RIGHTS)[number] | null;
  /** Account of the Jobs' pods. */
  readonly flowAccount: string;
}

/** Name under which releases are published, that of `deno.json`; without a tag. */
export const RELEASED_IMAGE = "prefect-ecs/agent";

/** What the settings are read from. */
export interface InstallInput {
  readonly values: OptionValues;
  /** Of the configuration: the only setting that is taken from it. */
  readonly backend: string;
  readonly version: string;
}

/** The settings, and lines for people. */
export interface Install {
  readonly settings: InstallSettings;
  readonly warnings: readonly string[];
}

const HEALTH_ADDRESS = "http://:8080";

/** @throws {FailureError} `usage` that names the option, the value and what is accepted; `configuration` for `--env` */
export function installSettings(input: InstallInput): Install {
  const { values, version } = input;
  const typed = (name: string) => textOf(values, name);
  const account = typed("service-account-name");
  const secrets = typed("image-pull-secrets");
  const settings: InstallSettings = {
    namespace: checkedOption(values, "namespace", labelName) ?? "default",
    image: checkedOption(values, "image", imageName) ??
      `${RELEASED_IMAGE}:${values.latest === true ? "latest" : version}`,
    pullSecrets: secrets === null ? [] : secretNames({ text: secrets, name: "--image-pull-secrets" }),
    agentConfigId: typed("agent-config-id"),
    variables: variablesOf(input),
    keySecret: keySecretOf(values),
    rbac: values.rbac === true,
    flowRights: FLOW_RIGHTS.find((known) => known === typed("flow-rbac")) ?? null,
    flowAccount: account ?? "default",
  };
  return { settings, warnings: warningsOf(values, settings) };
}

function imageName(text: string): Accepted {
  return /\s/.test(text) ? "the name of an image, without blanks" : undefined;
}

/** Under the names that the original's manifests have, so that they start our image unchanged. */
function variablesOf({ values, backend }: InstallInput): InstallSettings["variables"] {
  const typed = (name: string) => textOf(values, name) ?? "";
  const env = listOf(values, "env");
  const envVars = env.length === 0 ? null : JSON.stringify(typedEnvVars(env));
  const secrets = typed("image-pull-secrets");
  return [
    ["PREFECT__CLOUD__AGENT__AUTH_TOKEN", typed("token")],
    ["PREFECT__CLOUD__API", typed("api") || "https://api.prefect.io"],
    ["NAMESPACE", checkedOption(values, "namespace", labelName) ?? "default"],
    ["IMAGE_PULL_SECRETS", secrets],
    ["PREFECT__CLOUD__AGENT__LABELS", pythonRepr([...listOf(values, "label")])],
    ["JOB_MEM_REQUEST", checkedOption(values, "mem-request", quantity) ?? ""],
    ["JOB_MEM_LIMIT", checkedOption(values, "mem-limit", quantity) ?? ""],
    ["JOB_CPU_REQUEST", checkedOption(values, "cpu-request", quantity) ?? ""],
    ["JOB_CPU_LIMIT", checkedOption(values, "cpu-limit", quantity) ?? ""],
    ["IMAGE_PULL_POLICY", checkedOption(values, "image-pull-policy", pullPolicy) ?? ""],
    ["SERVICE_ACCOUNT_NAME", checkedOption(values, "service-account-name", objectName) ?? ""],
    ["PREFECT__BACKEND", checkedOption(values, "backend", knownBackend) ?? backend],
    ["PREFECT__CLOUD__AGENT__AGENT_ADDRESS", HEALTH_ADDRESS],
    ["PREFECT__CLOUD__API_KEY", typed("key")],
    ["PREFECT__CLOUD__TENANT_ID", typed("tenant-id")],
    ...(envVars === null ? [] : [["PREFECT__CLOUD__AGENT__ENV_VARS", envVars] as const]),
  ];
}

function knownBackend(text: string): Accepted {
  return text === "cloud" || text === "server" ? undefined : "cloud or server";
}

/** @throws {FailureError} `usage` for names that no Secret can have, and for a key besides */
function keySecretOf(values: OptionValues): SecretReference | null {
  const typed = checkedOption(values, "key-secret", secretReference);
  if (typed === null) return null;
  if (textOf(values, "key") !== null) {
    throw usageError(
      "Options --key and --key-secret contradict each other: give the key in one of the two ways",
    );
  }
  return referenceIn(typed);
}

/** `NAME` or `NAME/KEY`. */
function referenceIn(text: string): SecretReference {
  const [name = "", ...rest] = text.split("/");
  return { name, key: rest.length === 0 ? "key" : rest.join("/") };
}

function secretReference(text: string): Accepted {
  const { name, key } = referenceIn(text);
  const accepted = objectName(name) ?? secretKey(key);
  return accepted === undefined ? undefined : `NAME or NAME/KEY with ${accepted}`;
}

function warningsOf(values: OptionValues, settings: InstallSettings): readonly string[] {
  const { namespace, image, variables } = settings;
  const given = new Map(variables);
  const old = [...given].filter(([name, value]) => OLD.test(name) && value !== "").map(([name]) => name);
  const isClear = textOf(values, "key") !== null || textOf(values, "token") !== null;
  const isServer = given.get("PREFECT__BACKEND") === "server" && textOf(values, "api") === null;
  return [
    ...line(
      textOf(values, "namespace") === null,
      `All documents are for the namespace ${namespace}; \`kubectl -n\` with another one refuses them: name it by --namespace`,
    ),
    ...line(
      textOf(values, "image") === null,
      `The image is ${image}, the name under which releases are published; another one, such as a mirror, is named by --image`,
    ),
    ...line(
      isClear,
      "The key stands in the manifest in clear: keep the manifest secret, or refer to a Secret by --key-secret NAME[/KEY]",
    ),
    ...line(
      isServer,
      "The back end is a Prefect Server and --api is not given: the manifest names the API of Prefect Cloud",
    ),
    ...withoutEffect(old),
    ...line(
      values["resource-manager"] === true,
      "--resource-manager has no effect: the agent deletes finished Jobs itself, so the manifest has no second container",
    ),
  ];
}

const OLD = /^(?:JOB_|IMAGE_PULL_POLICY$)/;

function line(applies: boolean, text: string): readonly string[] {
  return applies ? [text] : [];
}
