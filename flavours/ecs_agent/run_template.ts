/**
 * The task definition template that a run config brings along or names.
 *
 * @module
 */

import { templateWithoutAnswers } from "./answer_members.ts";
import { badFlowRun } from "../../schemas/flow_run/bad_flow_run.ts";
import type { Template } from "./definition_request.ts";
import type { EcsRun } from "./run_config.ts";
import type { FlowRun } from "../../schemas/prefect1/flow_run.ts";
import type { JsonObject } from "../../schemas/json/json.ts";
import { isFilled } from "../../schemas/json/shape.ts";
import { namedByRun, type Readings, type Source } from "../../schemas/plan/source.ts";
import { parseMapping } from "../../schemas/yaml/mapping.ts";
import { parseSourcePath, shownPath } from "../../schemas/templates/source_path.ts";
import { templateProblem } from "./template_check.ts";

/**
 * The file that a run config names as its template.
 *
 * @returns undefined when it names none
 * @throws {FailureError} `badFlowRun` for a path that cannot be read
 */
export function runTemplateSource(run: FlowRun, { taskDefinitionPath }: EcsRun): Source | undefined {
  if (taskDefinitionPath === null) return undefined;
  return { ...parsedPath(run, taskDefinitionPath).source, holds: "mapping" };
}

/**
 * The template of the run config itself, or of the file it names.
 *
 * An empty one counts as none; so does a local file without a document, which Prefect reads while it loads the run
 * config. Elsewhere an empty file is refused.
 *
 * @returns undefined when the run config has no template: then the agent's is used
 * @throws {FailureError} `badFlowRun`, naming file or field and what is wrong
 * @see recorded: template/path-plain-empty-file, template/taskdef-empty-dict
 */
export function runTemplate(run: FlowRun, config: EcsRun, readings: Readings): Template | undefined {
  if (config.taskDefinitionPath !== null) return namedTemplate(run, config.taskDefinitionPath, readings);
  if (config.taskDefinition === null || !isFilled(config.taskDefinition)) return undefined;
  const problem = templateProblem(config.taskDefinition);
  if (problem !== undefined) throw badFlowRun(run, "run_config.task_definition", `is wrong: ${problem}`);
  const source = { from: "run config", name: "task_definition" } as const;
  return { ...templateWithoutAnswers(config.taskDefinition), source };
}

function parsedPath(run: FlowRun, path: string) {
  const parsed = parseSourcePath(path);
  if ("problem" in parsed) {
    throw badFlowRun(run, "run_config.task_definition_path", `cannot be read: ${parsed.problem}`);
  }
  return { ...parsed, source: namedByRun(parsed.source) };
}

function namedTemplate(run: FlowRun, path: string, readings: Readings): Template | undefined {
  const { source, scheme } = parsedPath(run, path);
  const value = readTemplate(run, path, readings[source.key]);
  if (scheme === "file" && (value === null || !isFilled(value))) return undefined;
  if (value === null) throw wrongFile(run, path, "it is empty; it must hold a mapping in YAML or JSON");
  const problem = templateProblem(value, "discreet");
  if (problem !== undefined) throw wrongFile(run, path, problem);
  const origin = { from: "file", name: shownPath(path) } as const;
  return { ...templateWithoutAnswers(value), source: origin, namedBy: "run" };
}

function readTemplate(run: FlowRun, path: string, reading: Readings[string] | undefined): JsonObject | null {
  if (reading === undefined) throw wrongFile(run, path, "it was not read");
  if (reading.kind === "absent") throw wrongFile(run, path, reading.message);
  if (reading.kind === "json") return reading.value;
  const parsed = reading.kind === "parsed" ? reading.parsed : parseMapping(reading.text);
  if ("problem" in parsed) throw wrongFile(run, path, parsed.discreet ?? parsed.problem);
  return parsed.mapping;
}

function wrongFile(run: FlowRun, path: string, problem: string): Error {
  const message = `Failed to load task definition of flow run ${run.id} from '${
    shownPath(path)
  }': ${problem}`;
  return badFlowRun(run, "run_config.task_definition_path", problem, message);
}
