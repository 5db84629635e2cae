/**
 * Every recorded job configuration of the Prefect 3 worker.
 *
 * @module
 */

import assert from "node:assert/strict";
import { split } from "shlex";
import type { JobConfiguration } from "../../../../flavours/ecs_worker/job_configuration.ts";
import {
  jobConfiguration,
  neededSources,
} from "../../../../flavours/ecs_worker/values/make_job_configuration.ts";
import { toFailure } from "../../../../schemas/failure/failure.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../../schemas/json/json.ts";
import { isList } from "../../../../schemas/json/shape.ts";
import type { Readings } from "../../../../schemas/plan/source.ts";
import {
  type GoldenCase,
  goldenReadings,
  goldenRun,
  goldenWorker,
  JOB_GROUPS,
  readGroup,
} from "../../../support/prefect3/golden_run.ts";

/** Asks for sources until nothing new is needed. */
function planned(golden: GoldenCase): JobConfiguration {
  const run = goldenRun(golden);
  const worker = goldenWorker(golden);
  let readings: Readings = {};
  for (let round = 0; round < 6; round++) {
    const sources = neededSources(run, worker, readings);
    if (sources.length === 0) break;
    readings = { ...readings, ...goldenReadings(golden, sources) };
  }
  return jobConfiguration(run, worker, readings);
}

/** Without members that are null or empty, which say nothing. */
function filledOnly(value: Json | undefined): Json {
  if (isList(value)) return value.map(filledOnly);
  if (!isJsonObject(value)) return value ?? null;
  const members = Object.entries(value).map(([name, member]): [string, Json] => [name, filledOnly(member)]);
  return Object.fromEntries(members.filter(([, member]) =>
    member !== null && member !== "" &&
    !(typeof member === "object" && Object.keys(member).length === 0)
  ));
}

/** A job configuration in the spelling of the recordings. */
function recorded(job: JobConfiguration): JsonObject {
  return {
    command: job.command ?? ["prefect", "flow-run", "execute"],
    labels: { ...job.labels },
    name: job.name,
    task_definition: job.taskDefinition,
    task_run_request: job.taskRunRequest,
    configure_cloudwatch_logs: job.configureCloudwatchLogs,
    cloudwatch_logs_options: job.cloudwatchLogsOptions,
    cloudwatch_logs_prefix: job.cloudwatchLogsPrefix,
    network_configuration: job.networkConfiguration,
    task_start_timeout_seconds: job.taskStartTimeoutSeconds,
    auto_deregister_task_definition: job.autoDeregisterTaskDefinition,
    vpc_id: job.vpcId,
    container_name: job.containerName,
    cluster: job.cluster,
    match_latest_revision_in_family: job.matchLatestRevisionInFamily,
    prefect_api_key_secret_arn: job.apiKeySecretArn,
    prefect_api_auth_string_secret_arn: job.authStringSecretArn,
    execution_role_arn: job.executionRoleArn,
  };
}

/** What the recordings have in other words, or not at all. */
function comparable(expected: JsonObject): JsonObject {
  const { env: _env, stream_output: _stream, task_watch_poll_interval: _interval, ...rest } = expected;
  return { ...rest, command: split(String(expected.command)) };
}

/** The original adds it for the address of Prefect Cloud only. */
const CLOUD_ONLY = "PREFECT_LOGGING_TO_API_MAX_LOG_SIZE";

/** Cases that the original fails to configure and that are launched here. */
const LAUNCHED = (golden: GoldenCase) => golden.expect.error?.key === "PREFECT_API_KEY";

for (const group of JOB_GROUPS) {
  for (const golden of readGroup(group)) {
    const { job_configuration: expected, error } = golden.expect;
    if (expected !== null) {
      Deno.test(`job configuration ${golden.id}: given its template and variables, when it is filled in, then it is as recorded`, () => {
        const job = planned(golden);

        assert.deepEqual(filledOnly(recorded(job)), filledOnly(comparable(expected)));
        const { [CLOUD_ONLY]: _size, ...env } = expected.env as JsonObject;
        assert.deepEqual({ ...job.env }, env);
        assert.deepEqual(Object.keys(job.env), Object.keys(env));
      });
    } else if (LAUNCHED(golden)) {
      Deno.test(`job configuration ${golden.id}: given what the original fails on, when it is filled in, then it is complete`, () => {
        assert.equal(planned(golden).env.PREFECT_API_KEY, undefined);
      });
    } else {
      Deno.test(`job configuration ${golden.id}: given ${error?.code ?? error?.type}, when it is filled in, then the run is refused`, () => {
        assert.equal(failureOf(golden).tag, "badFlowRun");
      });
    }
  }
}

function failureOf(golden: GoldenCase) {
  try {
    planned(golden);
  } catch (thrown) {
    return toFailure(thrown);
  }
  throw new Error(`${golden.id} was planned`);
}
