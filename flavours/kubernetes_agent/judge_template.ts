/**
 * Judges what was read of a template that the operator names, while the agent runs.
 *
 * @module
 */

import { toFailure } from "../../schemas/failure/failure.ts";
import { jobFaults } from "../../schemas/kubernetes/job/check_job.ts";
import type { Reading, Source } from "../../schemas/plan/source.ts";
import { samplePlan } from "./flavour.ts";
import type { KubernetesOptions } from "./options.ts";
import { agentTemplates, namedTemplate } from "./prepare.ts";

/** What is wrong with a reading; undefined: Jobs can be made of it, or it is no template of the operator's. */
export function judgeTemplate(
  options: KubernetesOptions,
  source: Source,
  reading: Reading,
): string | undefined {
  const file = agentTemplates(options).find(({ option }) => option === source.option);
  if (file === undefined) return undefined;
  const template = namedTemplate(file, reading);
  if ("problem" in template) return template.problem;
  try {
    const faults = jobFaults(samplePlan(file, template, options));
    return faults.length === 0 ? undefined : faults.join("; ");
  } catch (thrown) {
    return toFailure(thrown).message;
  }
}
