/**
 * What the `ecs` flavour reads before it claims anything: its template, its RunTask arguments, the default network.
 *
 * @module
 */

import { answerWarnings, argumentsWithoutAnswers, templateWithoutAnswers } from "./answer_members.ts";
import { dropNulls } from "./drop_nulls.ts";
import { BUILT_IN_TEMPLATE, type EcsOptions } from "./options.ts";
import { startWarnings } from "./warnings.ts";
import { FailureError } from "../../schemas/failure/failure.ts";
import type { JsonObject } from "../../schemas/json/json.ts";
import { isFilled, listItems } from "../../schemas/json/shape.ts";
import type { Readings, Source } from "../../schemas/plan/source.ts";
import { withoutFileScheme } from "../../schemas/options/typed_path.ts";
import { DEFAULT_NETWORK } from "../../schemas/ecs/source.ts";
import { parseMapping } from "../../schemas/yaml/mapping.ts";
import { parseSourcePath, shownPath } from "../../schemas/templates/source_path.ts";
import { kwargsProblem, type Problem, templateProblem } from "./template_check.ts";

/** A file named by an option. */
interface OptionFile {
  readonly option: string;
  readonly path: string;
  /** What users know the file as. */
  readonly what: string;
  readonly check: (mapping: JsonObject) => Problem;
}

/**
 * The files that options name and, once these were read, the default network where Fargate tasks have none.
 *
 * @throws {FailureError} `configuration` for a path that cannot be read
 */
export function ecsStartSources(options: EcsOptions): readonly Source[] {
  const files = [templateFile(options), kwargsFile(options)].filter((file) => file !== undefined);
  const network = options.prepared && needsNetwork(options) ? [DEFAULT_NETWORK] : [];
  return [...files.map(sourceOf), ...network];
}

/**
 * Finishes the options with what was read: template, arguments, launch type, network, warnings.
 *
 * @throws {FailureError} `configuration`, naming option, file and what is wrong
 * @see Prefect 1.4.1 `ECSAgent.__init__`; recorded: group `init`
 */
export function prepareEcs(options: EcsOptions, readings: Readings): EcsOptions {
  const template = templateWithoutAnswers(readMapping(templateFile(options), readings) ?? BUILT_IN_TEMPLATE);
  const given = argumentsWithoutAnswers(readMapping(kwargsFile(options), readings) ?? {});
  const kwargs = dropNulls(given.value);
  const launchType = isFilled(kwargs.capacityProviderStrategy)
    ? options.launchType
    : options.launchType ?? "FARGATE";
  const plain = {
    ...options,
    template: template.value,
    runTaskKwargs: kwargs,
    launchType,
    networkInferred: false,
    prepared: true,
  };
  const prepared = withNetwork(plain, readings);
  const ignored = [
    ...answerWarnings(template, "--task-definition"),
    ...answerWarnings(given, "--run-task-kwargs"),
  ];
  return { ...prepared, warnings: [...ignored, ...startWarnings(prepared)] };
}

/** A launch type of exactly FARGATE needs a network; one that is there is never completed (Q-NET-PARTIAL). */
function needsNetwork({ launchType, runTaskKwargs }: EcsOptions): boolean {
  return launchType === "FARGATE" && !isFilled(runTaskKwargs.networkConfiguration);
}

function withNetwork(options: EcsOptions, readings: Readings): EcsOptions {
  const reading = readings[DEFAULT_NETWORK.key];
  if (!needsNetwork(options) || reading === undefined) return options;
  const subnets = reading.kind === "json" ? listItems(reading.value.subnets) : [];
  if (subnets.length === 0) throw configuration("networkConfiguration", NO_NETWORK);
  const networkConfiguration = { awsvpcConfiguration: { subnets, assignPublicIp: "ENABLED" } };
  return {
    ...options,
    networkInferred: true,
    runTaskKwargs: { ...options.runTaskKwargs, networkConfiguration },
  };
}

const NO_NETWORK =
  "Failed to infer default networkConfiguration, please explicitly configure using `--run-task-kwargs`";

function templateFile({ taskDefinitionPath }: EcsOptions): OptionFile | undefined {
  if (taskDefinitionPath === null) return undefined;
  const what = "default task definition";
  return { option: "--task-definition", path: taskDefinitionPath, what, check: templateProblem };
}

function kwargsFile({ runTaskKwargsPath }: EcsOptions): OptionFile | undefined {
  if (runTaskKwargsPath === null) return undefined;
  return {
    option: "--run-task-kwargs",
    path: runTaskKwargsPath,
    what: "default `run_task` kwargs",
    check: kwargsProblem,
  };
}

function sourceOf(file: OptionFile): Source {
  const parsed = parseSourcePath(withoutFileScheme(file.path));
  if ("problem" in parsed) throw fileFailure(file, parsed.problem);
  return { ...parsed.source, option: file.option };
}

function readMapping(file: OptionFile | undefined, readings: Readings): JsonObject | undefined {
  if (file === undefined) return undefined;
  const reading = readings[sourceOf(file).key];
  if (reading === undefined) throw fileFailure(file, "it was not read");
  if (reading.kind === "absent") throw fileFailure(file, reading.message);
  if (reading.kind === "json") return checked(file, reading.value);
  const parsed = reading.kind === "parsed" ? reading.parsed : parseMapping(reading.text);
  if ("problem" in parsed) throw fileFailure(file, parsed.problem);
  if (parsed.mapping === null) throw fileFailure(file, "it is empty; it must hold a mapping in YAML or JSON");
  return checked(file, parsed.mapping);
}

function checked(file: OptionFile, mapping: JsonObject): JsonObject {
  const problem = file.check(mapping);
  if (problem !== undefined) throw fileFailure(file, problem);
  return mapping;
}

function fileFailure({ option, path, what }: OptionFile, problem: string): FailureError {
  return configuration(option, `Failed to load ${what} from '${shownPath(path)}' (${option}): ${problem}`);
}

function configuration(field: string, message: string): FailureError {
  return new FailureError({ tag: "configuration", field, message });
}
