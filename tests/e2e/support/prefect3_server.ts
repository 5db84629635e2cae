/**
 * A Prefect 3 server on loopback, the real one or the sandbox's, in a folder of its own with SQLite, and what tests ask of it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "../../../actors/time/system_clock.ts";
import { startPrefect3 } from "../../../sandbox/prefect3/server.ts";
import type { ServerPeriods } from "../../../sandbox/prefect3/wire/serving.ts";
import type { Json, JsonObject } from "../../../schemas/json/json.ts";
import { type Process, startProcess, until } from "./process.ts";

const FLOWS_FOLDER = fileURLToPath(new URL("../prefect3_flows/", import.meta.url));

/** How long a server may take to answer for the first time. */
const START_MS = 120_000;

/** A flow run as the API shows it. */
export interface ServedRun {
  readonly id: string;
  readonly name: string;
  readonly stateType: string;
  readonly stateName: string;
  readonly message: string;
  readonly infrastructurePid: string | null;
}

/** The server, and its API. */
export interface Prefect3Server {
  /** Ends in `/api`. */
  readonly url: string;
  /** What its clients need besides its address. */
  readonly access: Readonly<Record<string, string>>;
  /** Python of the server's virtual environment. */
  readonly python: string;
  readonly home: string;
  readonly ask: (method: string, path: string, body?: Json) => Promise<Json>;
  /** Makes a flow of flows.py known with a deployment to the pool. @returns the id of the deployment */
  readonly deploy: (flow: string, pool: string, extra?: JsonObject) => Promise<string>;
  readonly createRun: (deploymentId: string, extra?: JsonObject) => Promise<string>;
  readonly runs: (ids: readonly string[]) => Promise<readonly ServedRun[]>;
  /** Names of the states that a run went through, in their order. */
  readonly history: (id: string) => Promise<readonly string[]>;
  /** Waits until every run is in a state that is accepted. @returns the runs */
  readonly untilAll: (
    ids: readonly string[],
    accepts: (run: ServedRun) => boolean,
    patienceMs: number,
  ) => Promise<readonly ServedRun[]>;
  /** Lines of the server's access log so far. */
  readonly requests: () => number;
  readonly close: () => Promise<void>;
}

/** A port that was free a moment ago. */
export function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

/** Starts a server and waits until it answers. */
export async function startPrefect3Server(
  python: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Prefect3Server> {
  const home = await Deno.makeTempDir();
  const port = freePort();
  const url = `http://127.0.0.1:${port}/api`;
  const server = startProcess(python, serverWords(port), { ...serverEnvironment(python, home), ...env });
  const ask = asker(url);
  try {
    const isUp = () =>
      fetch(`${url}/health`).then((answer) => answer.text().then(() => answer.ok || undefined));
    await until(() => isUp().catch(() => undefined), () => server.output().slice(-2000), START_MS);
  } catch (thrown) {
    await ended(server, home);
    throw thrown;
  }
  return {
    url,
    access: {},
    python,
    home,
    ask,
    ...runsOf(ask),
    requests: () => server.output().split("\n").filter((line) => / HTTP\/1\.1" \d{3}/.test(line)).length,
    close: () => ended(server, home),
  };
}

/** Starts the API of the sandbox in place of a real server. @param python runs the flows */
export async function startEmbeddedServer(
  python: string,
  periods: Partial<ServerPeriods> = {},
): Promise<Prefect3Server> {
  const home = await Deno.makeTempDir();
  let requests = 0;
  const api = await startPrefect3({
    port: 0,
    dataDir: join(home, "prefect3"),
    log: () => {},
    clock: systemClock,
    random: Math.random,
    periods,
    onRequest: () => void (requests += 1),
  });
  const ask = asker(api.url, { authorization: `Bearer ${api.key}` });
  return {
    url: api.url,
    access: { PREFECT_API_AUTH_STRING: api.key },
    python,
    home,
    ask,
    ...runsOf(ask),
    requests: () => requests,
    close: async () => {
      await api.close();
      await Deno.remove(home, { recursive: true });
    },
  };
}

function serverWords(port: number): readonly string[] {
  return ["-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", String(port)];
}

/** Nothing of this machine's own configuration gets in. */
function serverEnvironment(python: string, home: string): Readonly<Record<string, string>> {
  return {
    HOME: home,
    PATH: `${dirname(python)}:/usr/bin:/bin`,
    PREFECT_HOME: join(home, "prefect"),
    PREFECT_SERVER_ANALYTICS_ENABLED: "false",
    PREFECT_SERVER_UI_ENABLED: "false",
    PREFECT_SERVER_LOGGING_LEVEL: "INFO",
    PREFECT_LOGGING_SERVER_LEVEL: "INFO",
  };
}

async function ended(server: Process, home: string): Promise<void> {
  server.signal("SIGTERM");
  const late = setTimeout(() => server.signal("SIGKILL"), 10_000);
  await server.exited;
  clearTimeout(late);
  await Deno.remove(home, { recursive: true });
}

/** A SQLite server refuses what comes in a burst with 503: that is asked again. */
function asker(url: string, headers: Readonly<Record<string, string>> = {}): Prefect3Server["ask"] {
  return async (method, path, body) => {
    for (let tries = 0;; tries += 1) {
      const answer = await fetch(`${url}${path}`, {
        method,
        headers: { "content-type": "application/json", ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      if (answer.ok) return text === "" ? null : JSON.parse(text);
      assert.ok(
        answer.status === 503 && tries < 50,
        `${method} ${path}: ${answer.status} ${text.slice(0, 500)}`,
      );
      await new Promise((resolve) => setTimeout(resolve, 50 * (tries + 1)));
    }
  };
}

function runsOf(
  ask: Prefect3Server["ask"],
): Pick<Prefect3Server, "deploy" | "createRun" | "runs" | "history" | "untilAll"> {
  const runs = async (ids: readonly string[]): Promise<readonly ServedRun[]> => {
    const found: ServedRun[] = [];
    for (let from = 0; from < ids.length; from += 100) {
      const any_ = ids.slice(from, from + 100);
      const rows = await ask("POST", "/flow_runs/filter", { flow_runs: { id: { any_ } }, limit: 200 });
      found.push(...(rows as JsonObject[]).map(servedRun));
    }
    return found;
  };
  return {
    deploy: async (flow, pool, extra = {}) => {
      const { id } = await ask("POST", "/flows/", { name: flow }) as { id: string };
      const { name = `${flow}-in-${pool}`, ...rest } = extra;
      const deployment = await ask("POST", "/deployments/", {
        name,
        flow_id: id,
        work_pool_name: pool,
        path: FLOWS_FOLDER,
        entrypoint: `flows.py:${flow}`,
        pull_steps: [{ "prefect.deployments.steps.set_working_directory": { directory: FLOWS_FOLDER } }],
        ...rest,
      }) as { id: string };
      return deployment.id;
    },
    createRun: async (deploymentId, extra = {}) => {
      const body = { state: { type: "SCHEDULED" }, ...extra };
      return (await ask("POST", `/deployments/${deploymentId}/create_flow_run`, body) as { id: string }).id;
    },
    runs,
    history: async (id) => {
      const states = await ask("GET", `/flow_run_states/?flow_run_id=${id}`) as JsonObject[];
      return states.map(({ name }) => String(name));
    },
    untilAll: async (ids, accepts, patienceMs) => {
      let last: readonly ServedRun[] = [];
      const look = async () => {
        last = await runs(ids);
        await new Promise((resolve) => setTimeout(resolve, 400));
        return last.length === ids.length && last.every(accepts) ? last : undefined;
      };
      return await until(
        look,
        () => JSON.stringify(last.filter((run) => !accepts(run))).slice(0, 3000),
        patienceMs,
      );
    },
  };
}

function servedRun(row: JsonObject): ServedRun {
  const state = row["state"] as { type: string; name: string; message: string | null };
  return {
    id: String(row["id"]),
    name: String(row["name"]),
    stateType: state.type,
    stateName: state.name,
    message: state.message ?? "",
    infrastructurePid: row["infrastructure_pid"] as string | null,
  };
}
