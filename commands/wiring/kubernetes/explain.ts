/**
 * What `explain` reads, and how it shows a plan for Kubernetes. The cluster is not asked.
 *
 * @module
 */

import { explainJob, explanationLines } from "../../../schemas/kubernetes/explanation.ts";
import type { KubernetesPlan } from "../../../schemas/kubernetes/plan.ts";
import type { Explainer } from "../platform.ts";
import { templateReader, type TemplateReaderSettings } from "./reader.ts";

/** Kubernetes as explanations use it. */
export function kubernetesExplainer(settings: TemplateReaderSettings): Explainer<KubernetesPlan> {
  return {
    readSources: (ports) => {
      const { read, close } = templateReader(settings, { ...ports, log: () => undefined });
      return {
        read: (source, signal) => read(source, signal).finally(close),
        warnings: () => [],
      };
    },
    show: (planned, redact) => {
      const explanation = explainJob({ ...planned, redact });
      return { json: explanation, lines: explanationLines(explanation) };
    },
  };
}
