/**
 * The job template that a run config brings along or names.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { badFlowRun } from "../../schemas/flow_run/bad_flow_run.ts";
import { namedByRun, type Readings, type Source } from "../../schemas/plan/source.ts";
import type { FlowRun } from "../../schemas/prefect1/flow_run.ts";
import { parseSourcePath, shownPath } from "../../schemas/templates/source_path.ts";
import { givenSource } from "../../schemas/templates/place_source.ts";
import { JOB_TEXTS } from "./job_texts.ts";
import type { KubernetesRun } from "./run_config.ts";
import { type JobTemplate, readTemplate, usableTemplate } from "./template.ts";

/**
 * What has to be read for the template of a run config: the file that it names, or the text that it holds, which a thread of
 * its own parses where it is long.
 *
 * @returns undefined when it has neither
 * @throws {FailureError} `badFlowRun` for a path that cannot be read
 */
export function runTemplateSource(run: FlowRun, config: KubernetesRun): Source | undefined {
  const { jobTemplate, jobTemplatePath } = config;
  const place = typeof jobTemplate === "string"
    ? namedByRun(givenSource(digest(jobTemplate), jobTemplate))
    : jobTemplatePath === null
    ? undefined
    : parsedPath(run, jobTemplatePath).source;
  return place === undefined ? undefined : { ...place, holds: "mapping", texts: JOB_TEXTS };
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function parsedPath(run: FlowRun, path: string) {
  const parsed = parseSourcePath(path);
  if ("problem" in parsed) {
    throw badFlowRun(run, "run_config.job_template_path", `cannot be read: ${parsed.problem}`);
  }
  return { ...parsed, source: namedByRun(parsed.source) };
}

/**
 * The template of the run config itself, or of the file it names. An empty one counts as none; so does a local file without a
 * document, which Prefect reads while it loads the run config.
 *
 * @returns undefined when the run config has no template: then the agent's is used
 * @throws {FailureError} `badFlowRun`, naming file or field and what is wrong
 */
export function runTemplate(
  run: FlowRun,
  config: KubernetesRun,
  readings: Readings,
): JobTemplate | undefined {
  const { jobTemplate, jobTemplatePath } = config;
  if (jobTemplatePath !== null) return namedTemplate(run, config, jobTemplatePath, readings);
  if (jobTemplate === null) return undefined;
  const source = { from: "run config", name: "job_template" } as const;
  const key = runTemplateSource(run, config)?.key;
  const usable = typeof jobTemplate === "string"
    ? readTemplate(key === undefined ? undefined : readings[key], "frank")
    : usableTemplate(jobTemplate, "frank");
  if (usable === null) return undefined;
  if ("problem" in usable) {
    throw badFlowRun(run, "run_config.job_template", `is wrong: ${usable.problem}`);
  }
  return { value: usable.value, source, of: "run", isDiscreet: false };
}

function namedTemplate(
  run: FlowRun,
  config: KubernetesRun,
  path: string,
  readings: Readings,
): JobTemplate | undefined {
  const { scheme } = parsedPath(run, path);
  const key = runTemplateSource(run, config)?.key ?? "";
  const usable = readTemplate(readings[key], "discreet");
  if (usable === null) {
    if (scheme === "file") return undefined;
    throw wrongFile(run, path, "it is empty; it must hold a Job in YAML or JSON");
  }
  if ("problem" in usable) throw wrongFile(run, path, usable.problem);
  const source = { from: "file", name: shownPath(path) } as const;
  return { value: usable.value, source, of: "run", isDiscreet: true };
}

function wrongFile(run: FlowRun, path: string, problem: string): Error {
  const message = `Failed to load the job template of flow run ${run.id} from '${
    shownPath(path)
  }': ${problem}`;
  return badFlowRun(run, "run_config.job_template_path", problem, message);
}
