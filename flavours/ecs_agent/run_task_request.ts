/**
 * The RunTask request of the `ecs` flavour.
 *
 * @module
 */

import { taskSizes } from "../../schemas/ecs/task_size.ts";
import { badFlowRun } from "../../schemas/flow_run/bad_flow_run.ts";
import { answerWarnings, argumentsWithoutAnswers } from "./answer_members.ts";
import { dropNulls } from "./drop_nulls.ts";
import type { EcsOptions } from "./options.ts";
import { FLOW_CONTAINER } from "../../schemas/ecs/flow_container.ts";
import { type FieldSources, NO_SOURCES, type SourcedRequest } from "../../schemas/plan/sourced_request.ts";
import { withFlowRunTag } from "../../schemas/ecs/task_owner.ts";
import { ecsVariables, type Variables } from "./environment.ts";
import type { EcsRun } from "./run_config.ts";
import { flowCommand } from "../../schemas/prefect1/flow_command.ts";
import type { FlowRun } from "../../schemas/prefect1/flow_run.ts";
import type { Json, JsonObject } from "../../schemas/json/json.ts";
import { filledText, isFilled, isList, mapping, mappings } from "../../schemas/json/shape.ts";
import type { FieldSource } from "../../schemas/plan/field_source.ts";
import { mergeRunTask } from "./merge_run_task.ts";
import { overridesProblem } from "../../schemas/ecs/shapes/overrides_size.ts";
import { checkOwnArguments } from "./own_arguments.ts";
import { kwargsProblem } from "./template_check.ts";

/** What a RunTask request is made from. */
export interface RunTaskInput {
  readonly run: FlowRun;
  readonly config: EcsRun;
  readonly options: EcsOptions;
  /** The task definition as far as its roles go: the request that registers it, or what DescribeTaskDefinition said. */
  readonly definition: JsonObject;
  /** Where its fields came from, by JSON pointer; empty for a definition that was described. */
  readonly definitionSources: FieldSources;
}

/** The request, with what the user should know. */
export interface RunTaskPlan extends SourcedRequest {
  readonly warnings: readonly string[];
}

const AT = "/runTask";

const DEFINITION_AT = "/registerTaskDefinition";

/** Arguments that only the agent sets: the task definition, and the token that makes a launch happen once. */
const RESERVED = ["taskDefinition", "clientToken"];

type Sources = Record<string, FieldSource>;

/**
 * Makes the RunTask request without definition and token: the agent's arguments, those of the run config over them,
 * then roles, amounts and the container `flow`.
 *
 * @throws {FailureError} `badFlowRun` for arguments of the run that are refused, and overrides larger than ECS takes
 * @see Prefect 1.4.1 `ECSAgent.get_run_task_kwargs`; recorded: groups `run-kwargs`, `roles`, `env`
 */
export function runTaskRequest(input: RunTaskInput): RunTaskPlan {
  const { run, config, options } = input;
  const wrong = kwargsProblem(config.runTaskKwargs);
  if (wrong !== undefined) throw badFlowRun(run, "run_config.run_task_kwargs", `is wrong: ${wrong}`);
  const given = argumentsWithoutAnswers(config.runTaskKwargs);
  const own = dropNulls(given.value);
  checkOwnArguments(run, own);
  const base = agentArguments(options);
  const { overrides, ...merged } = withoutReserved(mergeRunTask(base, own));
  const finished = finishOverrides(input, mapping(overrides));
  const problem = overridesProblem(finished.request);
  if (problem !== undefined) throw badFlowRun(run, "overrides", problem);
  const members = tagged(run, own, merged);
  return {
    request: { ...members.request, overrides: finished.request },
    sources: () => ({
      ...memberSources(base, own, options),
      ...members.sources(),
      ...finished.sources(),
    }),
    warnings: [
      ...answerWarnings(given, "run_task_kwargs of the run config"),
      ...reservedIn(own).map((name) => reservedWarning(name, "the run config's")),
    ],
  };
}

/** A task with a `startedBy` of the run's own choice is named by a tag as well. */
function tagged({ id }: FlowRun, own: JsonObject, members: JsonObject): SourcedRequest {
  const { tags } = members;
  const isOwn = own.startedBy !== undefined && own.startedBy !== id;
  // Tags that are no list are refused later, by what they are.
  if (!isOwn || (tags !== undefined && !isList(tags))) return { request: members, sources: NO_SOURCES };
  const all = withFlowRunTag(tags, id);
  const source: FieldSource = { from: "flow run", name: "id" };
  return {
    request: { ...members, tags: all },
    sources: () => ({ [`${AT}/tags/${all.length - 1}`]: source }),
  };
}

/** The agent's own RunTask arguments as far as they go without a flow run, for checks at start. */
export function sampleRunTask(options: EcsOptions): JsonObject {
  const { overrides, ...members } = withoutReserved(agentArguments(options));
  const own = mapping(overrides);
  return dropNulls({ ...members, overrides: { ...own, ...taskSizes(own) } });
}

/** Says that an argument is not used. @param whose `the run config's`, or the file's */
export function reservedWarning(name: string, whose: string): string {
  return `Ignored ${name} in ${whose} run_task_kwargs: this agent sets it itself`;
}

/** The reserved names that some arguments use. @see Q-DUP-KW of `tests/golden/ecs/README.md` */
export function reservedIn(kwargs: JsonObject): readonly string[] {
  return RESERVED.filter((name) => name in kwargs);
}

function withoutReserved(request: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(request).filter(([name]) => !RESERVED.includes(name)));
}

/** A strategy that is not empty keeps the launch type out (Q-KW-LAUNCHTYPE, Q-CAP-PRESENCE). */
function agentArguments({ runTaskKwargs, launchType, cluster }: EcsOptions): JsonObject {
  const typed = launchType !== null && !isFilled(runTaskKwargs.capacityProviderStrategy);
  return {
    ...runTaskKwargs,
    ...(typed ? { launchType } : {}),
    ...(cluster === null ? {} : { cluster }),
  };
}

function memberSources(base: JsonObject, own: JsonObject, options: EcsOptions): Sources {
  const { origins } = options;
  const sources: Sources = { [AT]: origins.runTaskKwargs };
  if ("launchType" in base && options.launchType === base.launchType) {
    sources[`${AT}/launchType`] = origins.launchType;
  }
  if (options.cluster !== null) sources[`${AT}/cluster`] = origins.cluster;
  if (options.networkInferred) {
    sources[`${AT}/networkConfiguration`] = { from: "platform", name: "default VPC" };
  }
  for (const name of Object.keys(own)) {
    if (name !== "overrides") sources[`${AT}/${name}`] = RUN_CONFIG_KWARGS;
  }
  for (const name of Object.keys(mapping(own.overrides))) {
    if (name !== "containerOverrides") sources[`${AT}/overrides/${name}`] = RUN_CONFIG_KWARGS;
  }
  return sources;
}

const RUN_CONFIG_KWARGS: FieldSource = { from: "run config", name: "run_task_kwargs" };

interface Found {
  readonly value: string;
  readonly source: FieldSource;
}

function finishOverrides(input: RunTaskInput, overrides: JsonObject): SourcedRequest {
  const { config } = input;
  const containers = finishContainers(input, overrides.containerOverrides);
  const request: Record<string, Json | undefined> = {
    ...overrides,
    ...taskSizes(overrides),
    containerOverrides: containers.list,
  };
  const sources: Sources = {};
  const set = (name: string, found: Found | undefined) => {
    if (found === undefined) return;
    request[name] = found.value;
    sources[`${AT}/overrides/${name}`] = found.source;
  };
  set("taskRoleArn", role(input, "taskRoleArn", fromConfig(config.taskRoleArn, "task_role_arn")));
  set(
    "executionRoleArn",
    role(input, "executionRoleArn", fromConfig(config.executionRoleArn, "execution_role_arn")),
  );
  set("cpu", fromConfig(config.cpu, "cpu"));
  set("memory", fromConfig(config.memory, "memory"));
  return { request: dropNulls(request), sources: () => ({ ...containers.sources(), ...sources }) };
}

function fromConfig(value: string | null, name: string): Found | undefined {
  return value === null ? undefined : { value, source: { from: "run config", name } };
}

/** Run config, then definition, then agent; what the arguments had stays only without any of them (Q-ROLE-OVERRIDE). */
function role(
  { definition, definitionSources, options }: RunTaskInput,
  name: "taskRoleArn" | "executionRoleArn",
  own: Found | undefined,
): Found | undefined {
  if (own !== undefined) return own;
  const defined = filledText(definition[name]);
  if (defined !== undefined) {
    const sources = definitionSources();
    const source = sources[`${DEFINITION_AT}/${name}`] ?? sources[DEFINITION_AT];
    return { value: defined, source: source ?? { from: "platform", name: "task definition" } };
  }
  const value = options[name];
  return value === null ? undefined : { value, source: options.origins[name] };
}

interface SourcedContainers {
  readonly list: readonly JsonObject[];
  readonly sources: FieldSources;
}

function finishContainers(
  { run, config, options }: RunTaskInput,
  overrides: Json | undefined,
): SourcedContainers {
  const containers = [...mappings(overrides)];
  const found = containers.findIndex(({ name }) => name === FLOW_CONTAINER);
  const at = found < 0 ? containers.length : found;
  const container = containers[at] ?? { name: FLOW_CONTAINER };
  const variables = ecsVariables(run, config, options.settings);
  const kept = mappings(container.environment).filter(({ name }) => !variables.has(String(name)));
  const environment = [...entries(variables), ...kept];
  containers[at] = {
    ...container,
    command: ["/bin/sh", "-c", flowCommand(run.flow.coreVersion)],
    environment,
  };
  const place = `${AT}/overrides/containerOverrides/${at}`;
  return {
    list: containers,
    sources: () => ({
      ...containerSources(containers, mapping(config.runTaskKwargs.overrides)),
      [`${place}/command`]: { from: "flow run", name: "core_version" },
      ...variableSources(variables, `${place}/environment`),
    }),
  };
}

function entries(variables: Variables): JsonObject[] {
  return [...variables].map(([name, { value }]) => ({ name, value }));
}

function variableSources(variables: Variables, at: string): Sources {
  return Object.fromEntries([...variables.values()].map(({ source }, index) => [`${at}/${index}`, source]));
}

function containerSources(containers: readonly JsonObject[], own: JsonObject): Sources {
  const sources: Sources = {};
  const ownMembers = membersByName(mappings(own.containerOverrides));
  for (const [index, { name }] of containers.entries()) {
    for (const member of ownMembers.get(name) ?? []) {
      sources[`${AT}/overrides/containerOverrides/${index}/${member}`] = RUN_CONFIG_KWARGS;
    }
  }
  return sources;
}

function membersByName(
  containers: readonly JsonObject[],
): ReadonlyMap<Json | undefined, ReadonlySet<string>> {
  const byName = new Map<Json | undefined, Set<string>>();
  for (const { name, ...members } of containers) {
    const known = byName.get(name) ?? new Set();
    for (const member of Object.keys(members)) known.add(member);
    byName.set(name, known);
  }
  return byName;
}
