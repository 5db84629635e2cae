/**
 * Makes the configuration of one job out of the pool's template, the job variables, and what was read of blocks and Prefect
 * variables.
 *
 * @module
 */

import type { JobConfiguration } from "../job_configuration.ts";
import type { WorkerFacts } from "../worker_facts.ts";
import type { Json, JsonObject } from "../../../schemas/json/json.ts";
import { keepNumbers } from "../../../schemas/json/number_source.ts";
import { mappings } from "../../../schemas/json/shape.ts";
import type { Readings, Source } from "../../../schemas/plan/source.ts";
import type { FlowRun } from "../../../schemas/prefect3/flow_run.ts";
import { checkMembers } from "./checks.ts";
import { accountOf } from "./credentials.ts";
import { environmentOf } from "./environment.ts";
import { fill } from "./fill.ts";
import { type Filling, startFilling } from "./filling.ts";
import { jobName } from "./job_name.ts";
import { labelsOf } from "./labels.ts";
import { flagMember, type Members, numberMember, objectMember, textMember } from "./members.ts";
import { logOptionsOf, networkOf, withCapacity } from "./network.ts";
import { makeOrigins, type Origins } from "./origins.ts";
import { placeIn, refusal } from "./place.ts";
import { statedSources } from "./stated_sources.ts";
import { jobVariables } from "./variables.ts";
import { READ_MEMBERS, warningsOf } from "./warnings.ts";
import { wordsOf } from "./words.ts";

/**
 * The blocks and Prefect variables that the configuration of a run needs and that `readings` do not have yet. Asked again
 * with what was read, since a block may bring Prefect variables along.
 *
 * @throws {FailureError} `badFlowRun`
 */
export function neededSources(run: FlowRun, worker: WorkerFacts, readings: Readings): readonly Source[] {
  const filled = keptMembers(run, worker, readings);
  return [...filled.filling.missing.values()];
}

/** The plan of a run is made: what was kept of it for that is not needed any more. */
export function forgetConfiguration(run: FlowRun): void {
  FILLED.delete(run);
}

/**
 * The configuration of a run.
 *
 * @param readings what {@link neededSources} asked for; a reading that is absent says that the API has no such block or
 *   variable
 * @throws {FailureError} `badFlowRun`, naming the member, the variable or block and what is accepted, never a value
 */
export function jobConfiguration(run: FlowRun, worker: WorkerFacts, readings: Readings): JobConfiguration {
  const filled = keptMembers(run, worker, readings);
  return filled.job ??= configurationOf(run, worker, filled);
}

function configurationOf(run: FlowRun, worker: WorkerFacts, filled: FilledMembers): JobConfiguration {
  const { filling, values, credentialsFrom } = filled;
  const [missing] = filling.missing.values();
  if (missing !== undefined) {
    throw refusal(run, "job_configuration", `needs ${missing.key}, which was not read`);
  }
  const members: Members = { run, values };
  const { account, ignored } = accountOf(run, values.aws_credentials, credentialsFrom);
  const requests = requestsOf(members);
  const job = {
    ...requests,
    ...settingsOf(members),
    executionRoleArn: textMember(members, "execution_role_arn"),
    containerName: textMember(members, "container_name") ?? containerNameIn(requests.taskDefinition),
  };
  checkMembers(run, job);
  const secrets = { apiKey: job.apiKeySecretArn, authString: job.authStringSecretArn };
  return {
    ...job,
    command: wordsOf(run, "command", values.command),
    env: environmentOf(run, worker, values.env, secrets),
    labels: labelsOf(run, worker, members),
    name: jobName(run, textMember(members, "name")),
    account,
    // The configuration is filled in once more for that.
    sources: () => {
      const origins = makeOrigins();
      const { filling: noted, values } = filledMembers(run, worker, filling.readings, origins);
      return statedSources({ filling: noted, values, origins });
    },
    warnings: warningsOf(filling, ignored),
  };
}

interface FilledMembers {
  readonly filling: Filling;
  readonly values: JsonObject;
  /** Where `aws_credentials` were stated. */
  readonly credentialsFrom: string;
  /** Null: it was not made yet. */
  job: JobConfiguration | null;
}

/** A run is asked for its sources round by round, and then planned: its members are filled in once for all of that. */
const FILLED = new WeakMap<FlowRun, FilledMembers>();

function keptMembers(run: FlowRun, worker: WorkerFacts, readings: Readings): FilledMembers {
  const kept = FILLED.get(run);
  if (kept !== undefined && isStillSo(kept.filling, worker, readings)) return kept;
  const filled = filledMembers(run, worker, readings);
  FILLED.set(run, filled);
  return filled;
}

/** Whether the members would be filled in with the same again: only what was looked up in the readings counts. */
function isStillSo(
  { worker: before, readings, asked }: Filling,
  worker: WorkerFacts,
  now: Readings,
): boolean {
  return before === worker && [...asked].every((key) => readings[key] === now[key]);
}

function filledMembers(
  run: FlowRun,
  worker: WorkerFacts,
  readings: Readings,
  origins: Origins | null = null,
): FilledMembers {
  const variables = jobVariables(run);
  const filling = startFilling(run, worker, variables, readings, origins);
  const values: Record<string, Json> = {};
  let credentialsFrom = "aws_credentials of the base job template";
  for (const name of READ_MEMBERS) {
    const member = Object.hasOwn(variables.configuration, name) ? variables.configuration[name] : undefined;
    if (member === undefined) continue;
    filling.block = null;
    const { value } = fill(filling, member, placeIn(null, name));
    if (name === "aws_credentials") credentialsFrom = filling.block ?? stated(member, credentialsFrom);
    if (value === undefined) continue;
    values[name] = value;
    keepNumbers(variables.configuration, values, name);
  }
  return { filling, values, credentialsFrom, job: null };
}

function stated(member: Json, byTemplate: string): string {
  return typeof member === "string" ? "variable aws_credentials" : byTemplate;
}

function requestsOf(members: Members) {
  return {
    taskDefinition: objectMember(members, "task_definition"),
    taskRunRequest: withCapacity(objectMember(members, "task_run_request")),
    networkConfiguration: networkOf(objectMember(members, "network_configuration")),
    cloudwatchLogsOptions: logOptionsOf(objectMember(members, "cloudwatch_logs_options")),
  };
}

function settingsOf(members: Members) {
  return {
    configureCloudwatchLogs: flagMember(members, "configure_cloudwatch_logs"),
    cloudwatchLogsPrefix: textMember(members, "cloudwatch_logs_prefix"),
    taskStartTimeoutSeconds: numberMember(members, "task_start_timeout_seconds"),
    autoDeregisterTaskDefinition: flagMember(members, "auto_deregister_task_definition") ?? false,
    vpcId: textMember(members, "vpc_id"),
    cluster: textMember(members, "cluster"),
    matchLatestRevisionInFamily: flagMember(members, "match_latest_revision_in_family") ?? false,
    apiKeySecretArn: textMember(members, "prefect_api_key_secret_arn"),
    authStringSecretArn: textMember(members, "prefect_api_auth_string_secret_arn"),
  };
}

/** `prefect` where a container has this name, else the name of the first; null where it has none. */
function containerNameIn(definition: JsonObject): string | null {
  const names = mappings(definition.containerDefinitions).map(({ name }) => name);
  const name = names.includes("prefect") ? "prefect" : names[0];
  return typeof name === "string" && name !== "" ? name : null;
}
