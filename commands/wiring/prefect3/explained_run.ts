/**
 * The flow run that `explain worker` shows: one of the API, or one that a deployment would get.
 *
 * @module
 */

import { readTextSync } from "../../../actors/files/read_config_file.ts";
import { readAskedRun, type WantedRun } from "../../../actors/prefect3/asked_run.ts";
import type { Api } from "../../../actors/prefect3/api.ts";
import { makeApi } from "../../../actors/prefect3/make_api.ts";
import { openApiHttp } from "../../../actors/prefect3/open_api_http.ts";
import { makeReadSource } from "../../../actors/prefect3/read_source.ts";
import { makePoolRest } from "../../../actors/prefect3/sockets/pool_rest.ts";
import type { OptionValues } from "../../../schemas/options/option.ts";
import { textOf } from "../../../schemas/options/option_value.ts";
import { shownValue, usageError } from "../../../schemas/options/usage_error.ts";
import type { FlowRun } from "../../../schemas/prefect3/flow_run.ts";
import type { WorkerSettings } from "../../../schemas/prefect3/settings/worker_settings.ts";
import type { ApiPorts, AskedRun, RunReader } from "../dialect.ts";

/** Opens the API for reading alone; nothing is sent yet. @throws {FailureError} `usage` unless options say which run */
export function explainedRun(
  { values }: AskedRun,
  settings: WorkerSettings,
  env: Readonly<Record<string, string>>,
  ports: ApiPorts,
): RunReader<FlowRun> {
  const wanted = wantedRun(values, settings.pool);
  const http = openApiHttp({ settings: settings.api, env, readFile: readTextSync });
  const api = answering(makeApi({ ...ports, settings: settings.api, call: http.call, close: http.close }));
  const rest = makePoolRest({ api, pool: settings.pool, template: {}, defaultTemplate: {} });
  return {
    asksApi: true,
    run: (signal) => readAskedRun(wanted, { api, rest }, signal),
    readSource: makeReadSource({ api, redact: ports.redact }),
    close: api.close,
  };
}

/** A worker asks for as long as it holds a claim; here somebody waits. */
function answering(api: Api): Api {
  return { ...api, send: (request, signal) => api.send({ ...request, tries: "briefly" }, signal) };
}

function wantedRun(values: OptionValues, pool: string): WantedRun {
  const deployment = textOf(values, "deployment");
  const runId = textOf(values, "flow-run");
  if (deployment === null && runId === null) {
    throw usageError(
      "Say which flow run to explain by --deployment FLOW/DEPLOYMENT, by --flow-run ID, or by both",
    );
  }
  if (runId !== null && !UUID.test(runId)) {
    throw usageError(
      `Invalid value for '--flow-run': ${shownValue(runId)} is no id of a flow run, which is a UUID`,
    );
  }
  return { pool, deployment: deployment === null ? null : namesIn(deployment), runId };
}

const UUID = /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;

function namesIn(given: string): WantedRun["deployment"] {
  const [, flow, name] = /^([^/]+)\/([^/]+)$/.exec(given) ?? [];
  if (flow !== undefined && name !== undefined) return { flow, name };
  throw usageError(
    `Invalid value for '--deployment': ${shownValue(given)} does not name flow and deployment: ` +
      "write FLOW/DEPLOYMENT, as `prefect deployment ls` does",
  );
}
