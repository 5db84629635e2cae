/**
 * The options of the `kubernetes` flavour.
 *
 * @module
 */

import { type ClusterSettings, KEEP_JOBS, type KeepJobs } from "../../schemas/kubernetes/cluster_settings.ts";
import {
  type Accepted,
  labelName,
  labelValue,
  memberKey,
  objectName,
  PULL_POLICIES,
} from "../../schemas/kubernetes/job/names.ts";
import { amountOf, QUANTITIES } from "../../schemas/kubernetes/job/quantity.ts";
import type { OptionValues, RawOptions } from "../../schemas/options/option.ts";
import { listOf, pathOf, textOf } from "../../schemas/options/option_value.ts";
import { scalarText } from "../../schemas/options/scalar_text.ts";
import { shownValue, usageError } from "../../schemas/options/usage_error.ts";
import type { FieldSource } from "../../schemas/plan/field_source.ts";
import type { AgentRelease } from "../../schemas/prefect1/agent_release.ts";
import type { Prefect1Settings } from "../../schemas/prefect1/config/settings.ts";
import { parsePythonLiteral } from "../../schemas/python/literal.ts";
import { OLD_TEMPLATE } from "./old_template.ts";
import { BUILT_IN_TEMPLATE, type JobTemplate } from "./template.ts";

/** What the variables say about flows of Prefect 0.x that have an environment and no run config. */
export interface OldJobOptions {
  readonly amounts: Readonly<Record<"requests" | "limits", Readonly<Record<string, string>>>>;
  readonly pullPolicy: string | null;
  /** Path or URL of YAML_TEMPLATE; null: the one built in. */
  readonly templatePath: string | null;
  /** As it was read at start, or the one built in. */
  readonly template: JobTemplate;
  /** Variables that are set and act on such flows alone. */
  readonly given: readonly string[];
}

/** Options of `kubernetes start`; complete after `prepare`. */
export interface KubernetesOptions {
  readonly settings: Prefect1Settings;
  readonly cluster: ClusterSettings;
  readonly serviceAccountName: string | null;
  readonly imagePullSecrets: readonly string[];
  readonly podLabels: Readonly<Record<string, string>>;
  /** Path or URL of the agent's template; null: the one built in. */
  readonly templatePath: string | null;
  /** As it was read at start, or the one built in. */
  readonly template: JobTemplate;
  readonly oldJobs: OldJobOptions;
  readonly origins: Readonly<Record<"serviceAccountName" | "imagePullSecrets", FieldSource>>;
}

/** The agent that this flavour stands in for. */
export const kubernetesRelease: AgentRelease = {
  agentType: "KubernetesAgent",
  coreVersion: "1.4.1",
  settingsRules: { tenantIsUuid: true, envVarNames: "lowered" },
};

/** Where a value was given: the option, or the variable that says the same. */
interface Given {
  readonly text: string;
  /** For messages: `--namespace`, or `NAMESPACE`. */
  readonly name: string;
  readonly source: FieldSource;
}

/**
 * Parses the options of `kubernetes start`. An empty text counts as not given.
 *
 * @throws {FailureError} `usage` that names option or variable, the value and what is accepted
 */
export function parseKubernetesOptions(raw: RawOptions, settings: Prefect1Settings): KubernetesOptions {
  const { values } = raw;
  const account = given(raw, "service-account-name", "SERVICE_ACCOUNT_NAME");
  const secrets = given(raw, "image-pull-secrets", "IMAGE_PULL_SECRETS");
  return {
    settings,
    cluster: {
      namespace: namespaceOf(raw),
      keepJobs: keepJobsOf(raw),
      kubeconfig: pathOf(values, "kubeconfig"),
      context: textOf(values, "context"),
    },
    serviceAccountName: account === null ? null : checked(account, objectName),
    imagePullSecrets: secrets === null ? [] : secretNames(secrets),
    podLabels: podLabelsOf(values),
    templatePath: pathOf(values, "job-template"),
    template: BUILT_IN_TEMPLATE,
    oldJobs: oldJobOptions(raw.env),
    origins: {
      serviceAccountName: account?.source ?? { from: "default", name: "account" },
      imagePullSecrets: secrets?.source ?? { from: "default", name: "pull secrets" },
    },
  };
}

/** What was typed, else the variable; empty counts as absent (K-SA-EMPTY, K-NS-EMPTY, K-EMPTY-SECRET). */
function given(
  { values, env }: Pick<RawOptions, "values" | "env">,
  option: string,
  variable: string,
): Given | null {
  const typed = textOf(values, option);
  if (typed !== null) {
    return { text: typed, name: `--${option}`, source: { from: "flag", name: `--${option}` } };
  }
  const text = values[option] === "" ? "" : scalarText(env[variable] ?? "");
  return text === "" ? null : { text, name: variable, source: { from: "variable", name: variable } };
}

/** The namespace of an agent. @throws {FailureError} `usage` */
export function namespaceOf(raw: Pick<RawOptions, "values" | "env">): string {
  const namespace = given(raw, "namespace", "NAMESPACE");
  return namespace === null ? "default" : checked(namespace, labelName);
}

function checked({ text, name }: Pick<Given, "text" | "name">, rule: (text: string) => Accepted): string {
  const accepted = rule(text);
  if (accepted === undefined) return text;
  throw refused(name, text, accepted);
}

function refused(name: string, text: string, accepted: string): Error {
  return usageError(`Invalid value for '${name}': ${shownValue(text)} is not ${accepted}`);
}

/**
 * Names of Secrets with commas between them, or a list as labels are written.
 *
 * @throws {FailureError} `usage` for a name that no Secret can have
 */
export function secretNames({ text, name }: Pick<Given, "text" | "name">): readonly string[] {
  const names = text.trim().startsWith("[") ? listed({ text, name }) : text.split(",");
  return names.map((one) => one.trim()).filter((one) => one !== "").map((one) =>
    checked({ text: one, name }, objectName)
  );
}

function listed({ text, name }: Pick<Given, "text" | "name">): readonly string[] {
  const literal = parsePythonLiteral(text.trim());
  const items = literal.ok && literal.value.kind === "list" ? literal.value.items : null;
  if (items === null) {
    throw refused(name, text, 'names with commas between them, or a list such as ["a", "b"]');
  }
  return items.map((item) => {
    if (item.kind === "str") return item.value;
    throw refused(name, text, "a list of texts");
  });
}

/** @throws {FailureError} `usage` where option and flag contradict each other, `--keep-jobs none --disable-job-deletion` */
function keepJobsOf({ values, env }: RawOptions): KeepJobs {
  const wanted = KEEP_JOBS.find((choice) => choice === textOf(values, "keep-jobs"));
  if (values["disable-job-deletion"] === true) {
    if (wanted === undefined || wanted === "all") return "all";
    throw usageError(
      `Options --disable-job-deletion and --keep-jobs ${wanted} contradict each other: the first means --keep-jobs all`,
    );
  }
  return wanted ?? (deletesFinished(env) ? "none" : "all");
}

/** @throws {FailureError} `usage` for what is neither true nor false (K-BOOL) */
function deletesFinished(env: RawOptions["env"]): boolean {
  const text = scalarText(env["DELETE_FINISHED_JOBS"] ?? "");
  if (["", "1", "true", "yes", "on"].includes(text.toLowerCase())) return true;
  if (["0", "false", "no", "off"].includes(text.toLowerCase())) return false;
  throw refused("DELETE_FINISHED_JOBS", text, "true or false");
}

function podLabelsOf(values: OptionValues): Readonly<Record<string, string>> {
  const pairs = listOf(values, "pod-label").map((word) => {
    const equals = word.indexOf("=");
    if (equals < 1) throw refused("--pod-label", word, "NAME=VALUE");
    const [key, value] = [word.slice(0, equals), word.slice(equals + 1)];
    return [
      checked({ text: key, name: "--pod-label" }, memberKey),
      checked({ text: value, name: "--pod-label" }, labelValue),
    ];
  });
  return Object.fromEntries(pairs);
}

/** A typed value that keeps a rule; null: none was typed. @throws {FailureError} `usage` */
export function checkedOption(
  values: OptionValues,
  option: string,
  rule: (text: string) => Accepted,
): string | null {
  const text = textOf(values, option);
  return text === null ? null : checked({ text, name: `--${option}` }, rule);
}

const AMOUNTS = [
  ["JOB_CPU_REQUEST", "requests", "cpu"],
  ["JOB_MEM_REQUEST", "requests", "memory"],
  ["JOB_CPU_LIMIT", "limits", "cpu"],
  ["JOB_MEM_LIMIT", "limits", "memory"],
] as const;

/** Names that the agent reads and flows do not, which people give by `--env`. */
export const AGENT_VARIABLES: readonly (readonly [name: string, instead: string])[] = [
  ["NAMESPACE", "--namespace"],
  ["SERVICE_ACCOUNT_NAME", "--service-account-name"],
  ["IMAGE_PULL_SECRETS", "--image-pull-secrets"],
  ["DELETE_FINISHED_JOBS", "--disable-job-deletion"],
  ...[...AMOUNTS.map(([name]) => name), "IMAGE_PULL_POLICY", "YAML_TEMPLATE"].map((name) =>
    [name, `${name} in the agent's own environment`] as const
  ),
];

/** @throws {FailureError} `usage` that names the variable */
function oldJobOptions(env: RawOptions["env"]): OldJobOptions {
  const requests: Record<string, string> = {};
  const limits: Record<string, string> = {};
  const amounts = { requests, limits };
  const names: string[] = [];
  const take = (name: string, rule: (text: string) => Accepted): string | null => {
    const text = scalarText(env[name] ?? "");
    if (text === "") return null;
    names.push(name);
    return checked({ text, name }, rule);
  };
  for (const [variable, side, name] of AMOUNTS) {
    const amount = take(variable, quantity);
    if (amount !== null) amounts[side][name] = amount;
  }
  return {
    amounts,
    pullPolicy: take("IMAGE_PULL_POLICY", pullPolicy),
    templatePath: take("YAML_TEMPLATE", () => undefined),
    template: OLD_TEMPLATE,
    given: names,
  };
}

/** What is accepted as an amount. */
export function quantity(text: string): Accepted {
  return amountOf(text) === undefined ? QUANTITIES : undefined;
}

/** What is accepted as a policy of pulling images. */
export function pullPolicy(text: string): Accepted {
  return PULL_POLICIES.some((known) => known === text) ? undefined : `one of ${PULL_POLICIES.join(", ")}`;
}
