/**
 * A plan for Kubernetes as it may be shown: every member of the Job with where it came from, values of variables hidden.
 *
 * @module
 */

import { type ExplainedField, explainFields } from "../explain/explained_fields.ts";
import { listed, requestLines } from "../explain/explained_lines.ts";
import { printableLine } from "../failure/message_text.ts";
import { isJsonObject, type Json, type JsonObject } from "../json/json.ts";
import { isFilled, isList, mapping } from "../json/shape.ts";
import type { FieldSource } from "../plan/field_source.ts";
import type { Redactor } from "../secrets/redact.ts";
import { HIDDEN } from "../secrets/secret.ts";
import { ADDED_GIB, type FargateSize, fargateSize } from "./job/fargate_size.ts";
import type { KubernetesPlan } from "./plan.ts";

/** A plan without secrets. */
export interface KubernetesExplanation {
  readonly flavour: string;
  /** Null: a flow run that there is not yet. */
  readonly flowRunId: string | null;
  readonly flowName: string;
  readonly namespace: string;
  /** Name of the container that runs the flow. */
  readonly flowContainer: string;
  readonly fields: readonly ExplainedField[];
  /** What the pod comes to on EKS with Fargate; null: no size is large enough. */
  readonly fargate: FargateSize | null;
  readonly warnings: readonly string[];
  /** Why Kubernetes would refuse the Job; empty: nothing is known. */
  readonly problems: readonly string[];
}

/** What is explained. */
export interface ExplainedJob {
  readonly flavour: string;
  readonly runId: string | null;
  readonly flowName: string;
  readonly plan: KubernetesPlan;
  readonly origins: ReadonlyMap<string, FieldSource>;
  readonly warnings: readonly string[];
  readonly problems: readonly string[];
  readonly redact: Pick<Redactor, "text" | "json">;
}

/** Explains a plan. No value of a variable, password, token or key gets into the answer. */
export function explainJob(explained: ExplainedJob): KubernetesExplanation {
  const { flavour, runId, flowName, plan, origins, warnings, problems, redact } = explained;
  const look = { sources: plan.sources(), origins, platform: "Kubernetes" };
  return {
    flavour,
    flowRunId: runId,
    flowName: redact.text(flowName),
    namespace: plan.namespace,
    flowContainer: redact.text(plan.flowContainer),
    fields: explainFields(shownJob(plan, redact), "/job", look),
    fargate: fargateSize(plan.job),
    warnings: [...warnings, ...plan.warnings, ...(plan.hints ?? []).map(({ text }) => text)].map(redact.text),
    problems: problems.map(redact.text),
  };
}

const PARTS: ReadonlySet<string> = new Set(["containers", "initContainers"]);

/** The Job with the variables of containers by name: their values are hidden, references say to what. */
function shownJob({ job, namePrefix }: KubernetesPlan, redact: ExplainedJob["redact"]): JsonObject {
  const metadata = { ...mapping(job.metadata), name: `${namePrefix}…, made of run, claim and attempt` };
  const spec = mapping(job.spec);
  const template = mapping(spec.template);
  const pod = Object.fromEntries(
    Object.entries(mapping(template.spec)).map(([name, member = null]) => [
      name,
      PARTS.has(name) && isList(member)
        ? member.map((one) => shownContainer(one, redact))
        : redacted(member, redact),
    ]),
  );
  const { spec: _, ...jobMembers } = job;
  const { template: __, ...specMembers } = spec;
  const { spec: ___, ...templateMembers } = template;
  return {
    ...mapping(redacted({ ...jobMembers, metadata }, redact)),
    spec: {
      ...mapping(redacted(specMembers, redact)),
      template: { ...mapping(redacted(templateMembers, redact)), spec: pod },
    },
  };
}

function redacted(value: Json, redact: ExplainedJob["redact"]): Json {
  return redact.json(value);
}

function shownContainer(container: Json, redact: ExplainedJob["redact"]): Json {
  if (!isJsonObject(container) || !isList(container.env)) return redacted(container, redact);
  const { env, ...others } = container;
  const shown = env.map((entry) => {
    const { name, valueFrom } = mapping(entry);
    return {
      name: redact.text(String(name)),
      value: isFilled(valueFrom) ? referenceText(mapping(valueFrom)) : HIDDEN,
    };
  });
  return { ...mapping(redacted(others, redact)), env: shown };
}

const REFERRED: Readonly<Record<string, string>> = {
  secretKeyRef: "Secret",
  configMapKeyRef: "ConfigMap",
};

/** `Secret db, key password`: where a value is may be shown. */
function referenceText(valueFrom: JsonObject): string {
  return Object.entries(valueFrom).map(([kind, reference]) => {
    const { name, key, fieldPath, resource } = mapping(reference);
    const what = REFERRED[kind];
    return what === undefined
      ? `${kind} ${String(fieldPath ?? resource ?? "")}`
      : `${what} ${String(name)}, key ${String(key)}`;
  }).join("; ");
}

/** The lines that `explain` prints. */
export function explanationLines(explanation: KubernetesExplanation): readonly string[] {
  const { flavour, flowRunId, flowName, namespace, flowContainer, fields, warnings, problems } = explanation;
  return [
    `${flowRunId === null ? "A new flow run" : `Flow run ${flowRunId}`} of flow ${flowName}, as ` +
    `${flavour} start would launch it. Nothing was sent.`,
    "",
    `Job in namespace ${namespace}; its container ${flowContainer} runs the flow.`,
    fargateLine(explanation),
    ...requestLines({ operation: "Job", fields }),
    ...listed("Warnings", warnings),
    ...listed("Kubernetes would refuse this", problems),
  ].map(printableLine);
}

function fargateLine({ fargate }: KubernetesExplanation): string {
  if (fargate === null) return "On EKS with Fargate: no size is large enough for what the pod requests.";
  const { cpu, memoryGiB, requested, unequal } = fargate;
  const asked = requested.cpu === 0 && requested.memoryGiB === 0
    ? "it requests nothing"
    : `it requests ${rounded(requested.cpu)} vCPU and ${rounded(requested.memoryGiB)} GB`;
  const advice = unequal.length === 0
    ? ""
    : ` Requests should equal limits; they do not in ${unequal.join(", ")}.`;
  return `On EKS with Fargate the pod gets ${cpu} vCPU and ${memoryGiB} GB: ${asked}, ${
    ADDED_GIB * 1024
  } MB are added, and the size is rounded up.${advice}`;
}

function rounded(amount: number): string {
  return String(Math.round(amount * 1000) / 1000);
}
