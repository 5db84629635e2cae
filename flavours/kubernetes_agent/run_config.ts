/**
 * The run config of a flow run, as the `kubernetes` flavour reads it.
 *
 * @module
 */

import * as v from "valibot";
import { badFlowRun } from "../../schemas/flow_run/bad_flow_run.ts";
import { isJsonObject, type Json, type JsonObject } from "../../schemas/json/json.ts";
import { isFilled } from "../../schemas/json/shape.ts";
import { objectName, PULL_POLICIES } from "../../schemas/kubernetes/job/names.ts";
import { quoted } from "../../schemas/kubernetes/job/faults.ts";
import { amountOf, QUANTITIES } from "../../schemas/kubernetes/job/quantity.ts";
import { runConfigMembers, runConfigVariables, wrongMember } from "../../schemas/prefect1/run_config.ts";
import type { FlowRun } from "../../schemas/prefect1/flow_run.ts";

/** A `KubernetesRun` with its empty values taken as absent. */
export interface KubernetesRun {
  /** Variables as text, in order. */
  readonly env: Readonly<Record<string, string>>;
  readonly image: string | null;
  /** Amounts by side and name, those that are given. */
  readonly resources: Readonly<Record<"requests" | "limits", Readonly<Record<string, string>>>>;
  /** Null: not given. An empty text is sent as it is. */
  readonly serviceAccountName: string | null;
  readonly imagePullSecrets: readonly string[];
  readonly imagePullPolicy: string | null;
  /** A mapping, or a text in YAML. */
  readonly jobTemplate: JsonObject | string | null;
  readonly jobTemplatePath: string | null;
}

const text = v.nullish(v.string());

const stored = v.object({
  env: v.nullish(v.custom<JsonObject>(isJsonObject)),
  // Unlike the others, this one may be absent but not null.
  labels: v.optional(v.array(v.string())),
  image: text,
  cpu_limit: text,
  cpu_request: text,
  memory_limit: text,
  memory_request: text,
  service_account_name: text,
  image_pull_secrets: v.nullish(v.array(v.string())),
  image_pull_policy: text,
  job_template: v.nullish(v.custom<Json>((value) => isJsonObject(value) || typeof value === "string")),
  job_template_path: text,
});

/** What each field must be, for messages. */
const WANTED: Readonly<Record<string, string>> = {
  env: "a mapping of names to values",
  labels: "a list of text",
  image_pull_secrets: "a list of text",
  job_template: "a mapping, or text in YAML",
};

/**
 * Reads the run config of a flow run: a `KubernetesRun`, the environment of a `UniversalRun`, or none. Unknown fields are
 * ignored.
 *
 * @throws {FailureError} `badFlowRun`, naming the field, its value and what it must be
 * @see Prefect 1.4.1 `prefect.run_configs.kubernetes`; recorded: groups `basic`, `env` and `resources`
 */
export function readKubernetesRun(run: FlowRun): KubernetesRun {
  return toKubernetesRun(run, runConfigMembers(run, "KubernetesRun"));
}

function toKubernetesRun(run: FlowRun, config: JsonObject): KubernetesRun {
  const parsed = v.safeParse(stored, config);
  if (!parsed.success) throw wrongMember(run, config, parsed.issues, WANTED);
  const fields = parsed.output;
  checkFields(run, fields);
  return {
    env: runConfigVariables(run, fields.env ?? {}),
    image: fields.image || null,
    resources: {
      requests: amounts(fields.cpu_request, fields.memory_request),
      limits: amounts(fields.cpu_limit, fields.memory_limit),
    },
    serviceAccountName: fields.service_account_name ?? null,
    imagePullSecrets: fields.image_pull_secrets ?? [],
    imagePullPolicy: fields.image_pull_policy || null,
    jobTemplate: templateOf(fields.job_template),
    jobTemplatePath: fields.job_template_path || null,
  };
}

function templateOf(template: Json | undefined): KubernetesRun["jobTemplate"] {
  if (typeof template === "string") return template === "" ? null : template;
  return template !== undefined && isJsonObject(template) && isFilled(template) ? template : null;
}

function amounts(cpu: string | null | undefined, memory: string | null | undefined) {
  return { ...(cpu ? { cpu } : {}), ...(memory ? { memory } : {}) };
}

const QUANTITY_FIELDS = ["cpu_limit", "cpu_request", "memory_limit", "memory_request"] as const;

/** What Kubernetes would refuse is refused under the name that the user gave it. */
function checkFields(run: FlowRun, fields: v.InferOutput<typeof stored>): void {
  const refuse = (field: string, accepted: string, found: string) => {
    throw badFlowRun(run, `run_config.${field}`, `must be ${accepted}, not ${quoted(found)}`);
  };
  for (const field of QUANTITY_FIELDS) {
    const given = fields[field];
    if (given && amountOf(given) === undefined) refuse(field, QUANTITIES, given);
  }
  const { image_pull_policy: policy, service_account_name: account, image_pull_secrets: secrets } = fields;
  if (policy && !PULL_POLICIES.some((known) => known === policy)) {
    refuse("image_pull_policy", `one of ${PULL_POLICIES.join(", ")}`, policy);
  }
  const names = [
    ...(account ? [["service_account_name", account] as const] : []),
    ...(secrets ?? []).map((name) => ["image_pull_secrets", name] as const),
  ];
  for (const [field, name] of names) {
    const accepted = objectName(name);
    if (accepted !== undefined) refuse(field, accepted, name);
  }
  if (isGiven(fields.job_template) && fields.job_template_path) {
    const message = "Cannot provide both `job_template` and `job_template_path`";
    throw badFlowRun(run, "run_config", "is contradictory", message);
  }
}

function isGiven(template: Json | undefined): boolean {
  return templateOf(template) !== null;
}
