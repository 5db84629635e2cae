/**
 * The sandbox killed by SIGKILL at ten random moments of a demo-sized load, and started again on the same data: nothing that
 * was answered is missing, and the same worker process goes on until every run has ended. No Python is needed.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { seededRandom } from "../../../sandbox/ecs/seeded_random.ts";
import { basicOf, type Rest, restClient } from "../../../sandbox/demo/prefect3/rest.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";
import { startAgent } from "../support/agent_process.ts";
import { freePort } from "../support/prefect3_server.ts";
import { type Process, SANDBOX_PERMISSIONS, startProcess, until } from "../support/process.ts";

const MAIN = fileURLToPath(new URL("../../../main.ts", import.meta.url));
const KILLS = 10;
const RUNS_BETWEEN = 2;

/** Longest time between a start and the next kill. */
const LONGEST_MS = 2500;

const FINAL: ReadonlySet<unknown> = new Set(["COMPLETED", "FAILED", "CRASHED", "CANCELLED"]);

/** What was answered of a run: the ids and names of its states, and its own members. */
interface Answered {
  readonly states: readonly string[];
  readonly name: string;
  readonly infrastructurePid: string | null;
}

interface Site {
  readonly folder: string;
  readonly ports: readonly string[];
}

function startSandbox({ folder, ports }: Site): Process {
  const words = ["sandbox", "--data", folder, ...ports];
  return startProcess(
    Deno.execPath(),
    ["run", "--quiet", ...SANDBOX_PERMISSIONS, MAIN, ...words],
    Deno.env.toObject(),
  );
}

/** The variables that the sandbox writes; the same after each start, as the ports are given. */
async function environment(folder: string): Promise<Readonly<Record<string, string>>> {
  const text = await Deno.readTextFile(`${folder}/environment.sh`);
  return Object.fromEntries(
    [...text.matchAll(/^export (\w+)=(.*)$/gm)].map(([, name = "", value = ""]) => [name, value]),
  );
}

async function deployed(ask: Rest): Promise<string> {
  const { id: flow_id } = await ask("POST", "/flows/", { name: "load" }) as { id: string };
  const job_variables = { image: "demo/flow", cpu: 256, memory: 512 };
  const values = { name: "load", flow_id, work_pool_name: "lab", job_variables };
  return (await ask("POST", "/deployments/", values) as { id: string }).id;
}

async function answeredOf(ask: Rest, id: string): Promise<Answered> {
  const run = await ask("GET", `/flow_runs/${id}`) as JsonObject;
  const states = await ask("GET", `/flow_run_states/?flow_run_id=${id}`) as JsonObject[];
  const pid = run["infrastructure_pid"];
  return {
    states: states.map((state) => `${state["id"]} ${state["name"]}`),
    name: String(run["name"]),
    infrastructurePid: typeof pid === "string" ? pid : null,
  };
}

/** Makes runs and reads all of them, until it is told to stop: keeps whatever was answered. */
async function load(
  ask: Rest,
  deployment: string,
  known: Map<string, Answered>,
  signal: AbortSignal,
): Promise<void> {
  const parameters = { seconds: 0.3 };
  for (let at = 0; at < RUNS_BETWEEN && !signal.aborted; at += 1) {
    const name = `run ${known.size}`;
    const run = await ask("POST", `/deployments/${deployment}/create_flow_run`, { name, parameters });
    const id = String((run as JsonObject)["id"]);
    known.set(id, { states: [], name, infrastructurePid: null });
  }
  while (!signal.aborted) {
    for (const id of known.keys()) known.set(id, await answeredOf(ask, id));
  }
}

/** Everything that was answered is still there. */
async function assertKept(
  ask: Rest,
  known: ReadonlyMap<string, Answered>,
  moments: readonly number[],
): Promise<void> {
  for (const [id, before] of known) {
    const after = await answeredOf(ask, id);
    const where = `flow run ${id} after kills at ${moments.map(Math.round).join(", ")} ms`;
    assert.deepEqual(after.states.slice(0, before.states.length), before.states, where);
    assert.equal(after.name, before.name, where);
    if (before.infrastructurePid !== null) assert.ok(after.infrastructurePid !== null, where);
  }
}

async function play(site: Site, started: Process[]): Promise<void> {
  const begin = async () => {
    const sandbox = startSandbox(site);
    started.push(sandbox);
    await until(() => sandbox.output().includes("End with Ctrl-C") || undefined, sandbox.output);
    return sandbox;
  };
  let sandbox = await begin();
  const variables = await environment(site.folder);
  const ask = restClient(variables["PREFECT_API_URL"] ?? "", {
    authorization: basicOf(variables["PREFECT_API_AUTH_STRING"] ?? ""),
  });
  const words = [
    "worker",
    "start",
    "--pool",
    "lab",
    "--name",
    "one",
    "--watch-period",
    "1",
    "--reconcile-period",
    "2",
  ];
  const quick = { PREFECT_WORKER_QUERY_SECONDS: "1", PREFECT_WORKER_HEARTBEAT_SECONDS: "2" };
  const worker = startAgent(words, { HOME: site.folder, PATH: "/usr/bin:/bin", ...variables, ...quick });
  started.push(worker);
  await until(() => /started!/.test(worker.output()) || undefined, () => worker.output().slice(-2000));
  const deployment = await deployed(ask);

  const known = new Map<string, Answered>();
  const moments: number[] = [];
  const random = seededRandom(20260102);
  for (let kill = 0; kill < KILLS; kill += 1) {
    const moment = 100 + random() * LONGEST_MS;
    moments.push(moment);
    const stop = new AbortController();
    // What was not answered when the sandbox is killed is not missed.
    const loading = load(ask, deployment, known, stop.signal).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, moment));
    sandbox.signal("SIGKILL");
    stop.abort();
    await Promise.all([sandbox.exited, loading]);
    sandbox = await begin();
    await assertKept(ask, known, moments);
  }
  const rows = async () =>
    await ask("POST", "/flow_runs/filter", {
      flow_runs: { id: { any_: [...known.keys()] } },
    }) as JsonObject[];
  await until(
    async () => (await rows()).every((row) => FINAL.has(row["state_type"])) || undefined,
    () => worker.output().slice(-3000),
    180_000,
  );
  await assertKept(ask, known, moments);

  assert.ok(known.size >= KILLS, `only ${known.size} runs were made`);
  const ends = (await rows()).map((row) => row["state_name"]);
  // The containers of a killed sandbox are gone with it: their runs end as Crashed, all others complete.
  assert.deepEqual(ends.filter((end) => end !== "Completed" && end !== "Crashed"), []);
  assert.ok(ends.includes("Completed"));
  worker.signal("SIGTERM");
  assert.equal(await worker.exited, 0, worker.output().slice(-3000));
}

Deno.test("sandbox: given kill -9 at ten random moments under a worker's load, when it starts again on the same data, then nothing that was answered is missing and the worker goes on by itself", async () => {
  const folder = await Deno.makeTempDir({ prefix: "kill-sandbox-" });
  const ports = ["api", "prefect3", "ecs"].flatMap((name) => [`--${name}-port`, String(freePort())]);
  const started: Process[] = [];
  try {
    await play({ folder, ports }, started);
  } finally {
    for (const process of started) process.signal("SIGKILL");
    await Promise.all(started.map(({ exited }) => exited));
    await Deno.remove(folder, { recursive: true });
  }
});
