/**
 * What the `kubernetes` flavour reads before it claims anything: its templates.
 *
 * @module
 */

import { FailureError } from "../../schemas/failure/failure.ts";
import { withoutFileScheme } from "../../schemas/options/typed_path.ts";
import type { Reading, Readings, Source } from "../../schemas/plan/source.ts";
import type { PlaceSource } from "../../schemas/templates/place_source.ts";
import { parseSourcePath, shownPath } from "../../schemas/templates/source_path.ts";
import { JOB_TEXTS } from "./job_texts.ts";
import { oldTemplateProblem } from "./old_template.ts";
import type { KubernetesOptions } from "./options.ts";
import { type JobTemplate, readTemplate } from "./template.ts";

/** A template that the operator names. */
export interface AgentTemplate {
  /** For messages: `--job-template`, or `YAML_TEMPLATE`. */
  readonly option: string;
  readonly path: string;
}

/** The template of runs without one of their own; undefined: the one built in. */
export function jobTemplate({ templatePath }: KubernetesOptions): AgentTemplate | undefined {
  return templatePath === null ? undefined : { option: "--job-template", path: templatePath };
}

/** The template of flows with an old environment; undefined: the one built in. */
export function oldTemplate({ oldJobs: { templatePath } }: KubernetesOptions): AgentTemplate | undefined {
  return templatePath === null ? undefined : { option: "YAML_TEMPLATE", path: templatePath };
}

/** Both, as far as they are named. */
export function agentTemplates(options: KubernetesOptions): readonly AgentTemplate[] {
  return [jobTemplate(options), oldTemplate(options)].filter((file) => file !== undefined);
}

/** Where such a template is. @throws {FailureError} `configuration` for a path that cannot be read */
export function templateSource(file: AgentTemplate): Source {
  const { source } = parsedPath(file);
  return { ...source, option: file.option, holds: "mapping", texts: JOB_TEXTS };
}

function parsedPath(file: AgentTemplate): { readonly source: PlaceSource } {
  const parsed = parseSourcePath(withoutFileScheme(file.path));
  if ("problem" in parsed) throw fileFailure(file, parsed.problem);
  return parsed;
}

/** Finishes the options with the templates that were read. @throws {FailureError} `configuration`, naming the file */
export function prepareKubernetes(options: KubernetesOptions, readings: Readings): KubernetesOptions {
  const read = (file: AgentTemplate | undefined, otherwise: JobTemplate): JobTemplate => {
    if (file === undefined) return otherwise;
    const template = namedTemplate(file, readings[templateSource(file).key]);
    if ("problem" in template) throw fileFailure(file, template.problem);
    return template;
  };
  return {
    ...options,
    template: read(jobTemplate(options), options.template),
    oldJobs: { ...options.oldJobs, template: read(oldTemplate(options), options.oldJobs.template) },
  };
}

/** A template out of what was read of it, or what is wrong with it. */
export function namedTemplate(
  file: AgentTemplate,
  reading: Reading | undefined,
): JobTemplate | { readonly problem: string } {
  const usable = readTemplate(reading, "frank");
  if (usable === null) return { problem: "it is empty; it must hold a Job in YAML or JSON" };
  if ("problem" in usable) return usable;
  const problem = file.option === "YAML_TEMPLATE" ? oldTemplateProblem(usable.value) : undefined;
  if (problem !== undefined) return { problem };
  const source = { from: "file", name: `${file.option} ${shownPath(file.path)}` } as const;
  return { value: usable.value, source, of: "agent", isDiscreet: false };
}

function fileFailure({ option, path }: AgentTemplate, problem: string): FailureError {
  const message = `Cannot use the job template '${shownPath(path)}' (${option}): ${problem}`;
  return new FailureError({ tag: "configuration", field: option, message });
}
