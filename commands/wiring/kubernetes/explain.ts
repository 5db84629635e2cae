/**
 * What `explain` asks, and how it shows a plan for Kubernetes.
 *
 * @module
 */

import type { Json, JsonObject } from "../../../schemas/json/json.ts";
import { isJsonObject } from "../../../schemas/json/json.ts";
import type { KubernetesPlan } from "../../../schemas/kubernetes/plan.ts";
import type { Redactor } from "../../../schemas/secrets/redact.ts";
import type { Explainer, PlannedRun, ShownPlan } from "../platform.ts";
import { type KubernetesSettings } from "./platform.ts";
import { templateReader } from "./reader.ts";

/** Kubernetes as explanations use it. */
export function kubernetesExplainer(settings: KubernetesSettings): Explainer<KubernetesPlan> {
  return {
    readSources: (ports) => {
      const { read, close } = templateReader(settings, ports);
      return {
        read: (source, signal) => read(source, signal).finally(close),
        warnings: () => [],
      };
    },
    show,
  };
}

function show({ plan, ...planned }: PlannedRun<KubernetesPlan>, redact: Redactor): ShownPlan {
  const job = redact.json(withoutValues(plan.job));
  const { flavour, runId, flowName, warnings, problems } = planned;
  const json = { flavour, runId, flowName, namespace: plan.namespace, job, warnings, problems };
  const text = JSON.stringify(job, null, 2);
  return {
    json,
    lines: [
      `Job ${plan.namePrefix}… in namespace ${plan.namespace} for flow run ${runId} (${flowName}):`,
      ...text.split("\n"),
      ...Object.entries(plan.sources()).map(([pointer, { from, name }]) => `${pointer}: ${from} ${name}`),
      ...warnings.map((warning) => `Warning: ${warning}`),
      ...problems.map((problem) => `Refused: ${problem}`),
    ],
  };
}

/** Values of variables are never shown. */
function withoutValues(value: Json | undefined): Json {
  if (Array.isArray(value)) return value.map(withoutValues);
  if (!isJsonObject(value)) return value ?? null;
  const shown: Record<string, Json> = {};
  for (const [name, member] of Object.entries(value)) {
    shown[name] = name === "env" ? namesOf(member) : withoutValues(member);
  }
  return shown;
}

function namesOf(env: Json | undefined): Json {
  if (!Array.isArray(env)) return withoutValues(env);
  return env.map((entry) => {
    if (!isJsonObject(entry)) return entry;
    const { value, ...others }: JsonObject = entry;
    return value === undefined ? others : { ...others, value: "(hidden)" };
  });
}
