/**
 * Opens what one worker speaks to the Prefect 3 API with: requests, sockets, logs.
 *
 * @module
 */

import type { HttpCall } from "../../../actors/http/http.ts";
import { readTextSync } from "../../../actors/files/read_config_file.ts";
import { makeApi } from "../../../actors/prefect3/make_api.ts";
import { makeRunLogs } from "../../../actors/prefect3/make_run_logs.ts";
import { openApiHttp } from "../../../actors/prefect3/open_api_http.ts";
import type { RunLogs } from "../../../actors/prefect3/run_logs.ts";
import { prefect3 } from "../../../actors/prefect3/orchestrator.ts";
import { makeReadSource } from "../../../actors/prefect3/read_source.ts";
import { proxyFor } from "../../../actors/prefect3/sockets/address.ts";
import { makeEmitter } from "../../../actors/prefect3/sockets/make_emitter.ts";
import { makePresence } from "../../../actors/prefect3/sockets/make_presence.ts";
import { makeWakes } from "../../../actors/prefect3/sockets/make_wakes.ts";
import { makeOpenSocket } from "../../../actors/prefect3/sockets/socket.ts";
import type { OpenWire } from "../../../actors/prefect3/sockets/wire.ts";
import { makeOpenWire } from "../../../actors/prefect3/sockets/ws_wire.ts";
import { defaultBaseJobTemplate } from "../../../flavours/ecs_worker/template/default_base_job_template.ts";
import type { Orchestrator } from "../../../schemas/contracts/orchestrator.ts";
import { untimed } from "../../../schemas/contracts/timed.ts";
import type { FlowRun } from "../../../schemas/prefect3/flow_run.ts";
import type { WorkerSettings } from "../../../schemas/prefect3/settings/worker_settings.ts";
import type { ApiPorts, ReadOwnSource } from "../dialect.ts";

/** The opened API. */
export interface Prefect3Client {
  readonly orchestrator: Orchestrator<FlowRun>;
  readonly readSource: ReadOwnSource;
  /** Keeps a line of the worker's own log. */
  readonly ownLine: RunLogs["writeOwn"];
}

/** The ways to one API. Of all that a client is made of, only these reach out of the process. */
export interface Transports {
  readonly call: HttpCall;
  readonly openWire: OpenWire;
  /** Ends the connections. */
  readonly close: () => void;
  /** Ids of frames and events: UUIDs. */
  readonly newId: () => string;
}

/** Opens them; nothing is sent yet. @throws {FailureError} `configuration` for certificates of no use */
export type OpenTransports = (
  settings: WorkerSettings,
  env: Readonly<Record<string, string>>,
) => Transports;

/** Requests and websockets of this machine. */
export const systemTransports: OpenTransports = (settings, env) => {
  const { call, close } = openApiHttp({ settings: settings.api, env, readFile: readTextSync });
  const openWire = makeOpenWire(wireOptions(settings, env));
  return { call, close, openWire, newId: () => crypto.randomUUID() };
};

/** Opens it; nothing is sent yet. @throws {FailureError} `configuration` for certificates or credentials of no use */
export function openPrefect3(
  settings: WorkerSettings,
  transports: Transports,
  ports: ApiPorts,
): Prefect3Client {
  const { clock, random, log, redact, timed = untimed } = ports;
  const { call, close, openWire, newId } = transports;
  const api = makeApi({
    settings: settings.api,
    ...{ call, close },
    clock,
    random,
    log,
    redact,
    ...(ports.observe === undefined ? {} : { observe: ports.observe }),
    ...(ports.excused === undefined ? {} : { onMaintenance: ports.excused }),
  });
  const openSocket = makeOpenSocket({ openWire, clock });
  const socketed = { openSocket, clock, random, settings, log, newId };
  const presence = makePresence({ ...socketed, api, defaultTemplate: defaultBaseJobTemplate });
  const worker = { name: settings.name, id: presence.workerId };
  const logs = makeRunLogs({ api, settings: settings.logs, clock, log, worker });
  const orchestrator = prefect3({
    ...{ settings, api, clock, random, log, redact, timed },
    presence,
    wakes: makeWakes(socketed),
    emitter: makeEmitter(socketed),
    logs,
  });
  return { orchestrator, readSource: makeReadSource({ api, redact }), ownLine: logs.writeOwn };
}

/** Sockets trust the same authorities as requests and go through the same proxy. */
function wireOptions(
  { api: { certFile, skipVerify } }: WorkerSettings,
  env: Readonly<Record<string, string>>,
) {
  const authorities = certFile === null || skipVerify ? null : readTextSync(certFile);
  return { authorities, skipVerify, proxyFor: (url: URL) => proxyFor(url, env) };
}
