/**
 * The worker between a Prefect 3.9.1 server, the real one and that of the sandbox, and the local ECS, whose tasks execute flows
 * with the real runtime.
 *
 * `PREFECT3_PYTHON` names the Python (see make_prefect3_venv.sh); where it is not set, the tests are ignored and say so.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { ServedRun } from "../support/prefect3_server.ts";
import { POOL_VARIABLES, type Prefect3Site } from "../support/prefect3_site.ts";
import { prefect3Tests, type Recording } from "../support/prefect3_test.ts";
import { type Process, until } from "../support/process.ts";

const POOL = "lab";

/** Short periods, so that a test sees in seconds what takes minutes by default. */
const QUICK = {
  PREFECT_WORKER_HEARTBEAT_SECONDS: "2",
  PREFECT_WORKER_QUERY_SECONDS: "2",
} as const;

/** The server marks a worker OFFLINE after three of its heartbeats. */
const SERVER = { PREFECT_SERVER_SERVICES_FOREMAN_LOOP_SECONDS: "2" } as const;

/** A flow's runtime takes seconds to load; two cores load few at a time. */
const PATIENCE_MS = 420_000;

const ENDED: ReadonlySet<string> = new Set(["COMPLETED", "FAILED", "CRASHED", "CANCELLED"]);

function hasEnded({ stateType }: ServedRun): boolean {
  return ENDED.has(stateType);
}

function start(site: Prefect3Site, name: string, ...words: readonly string[]): Process {
  return site.startWorker(["--pool", POOL, "--name", name, "--reconcile-period", "5", ...words], QUICK);
}

/** Waits until the first worker has created the pool. */
async function poolMade({ server }: Prefect3Site, worker: Process): Promise<void> {
  const look = () => server.ask("GET", `/work_pools/${POOL}`).then(() => true, () => undefined);
  await until(look, () => worker.output().slice(-3000));
}

async function deployed({ server }: Prefect3Site, flow: string): Promise<string> {
  return await server.deploy(flow, POOL, { job_variables: { ...POOL_VARIABLES } });
}

/** Every run has one task, and its id is stored. */
function assertLaunchedOnce(site: Prefect3Site, runs: readonly ServedRun[]): void {
  for (const { id, infrastructurePid } of runs) {
    assert.equal(site.launches(id).length, 1, `RunTask requests for ${id}`);
    assert.match(infrastructurePid ?? "none", /::arn:aws:ecs:us-east-1:\d{12}:task\//);
  }
}

/** The way of each run, by its name here; asked one by one, as a SQLite server likes it. */
async function waysOf({ server }: Prefect3Site, runs: Readonly<Record<string, string>>): Promise<Recording> {
  const ways: [string, readonly string[]][] = [];
  for (const [name, id] of Object.entries(runs)) ways.push([name, await server.history(id)]);
  return Object.fromEntries(ways);
}

function numbered(ids: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(ids.map((id, at) => [`run ${at}`, id]));
}

async function stopped(worker: Process): Promise<void> {
  worker.signal("SIGTERM");
  assert.equal(await worker.exited, 0, worker.output().slice(-3000));
  assert.match(worker.output(), /Worker '.*' started!/);
  assert.match(worker.output(), /Worker '.*' stopped!/);
}

prefect3Tests({
  name: "worker: given 50 flow runs of two deployments, when they are due, then each completes with one task",
  server: SERVER,
  work: async (site) => {
    const worker = start(site, "one");
    await poolMade(site, worker);
    const deployments = [await deployed(site, "greet"), await deployed(site, "wait")];
    const parameters = [{ name: "you" }, { seconds: 0.1 }];

    const ids: string[] = [];
    for (let at = 0; at < 50; at += 1) {
      const which = at % 2;
      ids.push(
        await site.server.createRun(deployments[which] ?? "", { parameters: parameters[which] ?? {} }),
      );
    }
    const runs = await site.server.untilAll(ids, hasEnded, PATIENCE_MS);

    assert.deepEqual(runs.filter(({ stateType }) => stateType !== "COMPLETED"), []);
    assertLaunchedOnce(site, runs);
    await stopped(worker);
    return await waysOf(site, numbered(ids));
  },
});

prefect3Tests({
  name: "worker: given flow runs that are cancelled, suspended and killed, when they end, then each says so",
  server: SERVER,
  work: async (site) => {
    const worker = start(site, "one");
    await poolMade(site, worker);
    const { server } = site;

    const cancelled = await server.createRun(await deployed(site, "wait"));
    const suspended = await server.createRun(await deployed(site, "suspended"));
    const killed = await server.createRun(await deployed(site, "killed"));
    await server.untilAll([cancelled], ({ stateType }) => stateType === "RUNNING", PATIENCE_MS);
    await server.ask("POST", `/flow_runs/${cancelled}/set_state`, {
      state: { type: "CANCELLING", name: "Cancelling" },
    });
    await server.untilAll([suspended], ({ stateType }) => stateType === "PAUSED", PATIENCE_MS);
    await server.ask("POST", `/flow_runs/${suspended}/resume`, {});
    const ids = [cancelled, suspended, killed];
    const runs = await server.untilAll(ids, hasEnded, PATIENCE_MS);

    const of = (id: string) => runs.find((run) => run.id === id);
    assert.equal(of(cancelled)?.stateName, "Cancelled");
    assert.equal(of(suspended)?.stateName, "Completed", of(suspended)?.message);
    assert.equal(site.launches(suspended).length, 2);
    assert.equal(of(killed)?.stateName, "Crashed");
    assert.match(of(killed)?.message ?? "", /exit code 137/i);
    await stopped(worker);
    return await waysOf(site, { cancelled, suspended, killed });
  },
});

prefect3Tests({
  name:
    "worker: given ten kills at random moments, when it starts again under new names, then every run ends once",
  server: SERVER,
  work: async (site) => {
    let worker = start(site, "life-0");
    await poolMade(site, worker);
    const deployment = await deployed(site, "wait");

    const ids: string[] = [];
    for (let life = 1; life <= 10; life += 1) {
      for (let at = 0; at < 2; at += 1) {
        ids.push(await site.server.createRun(deployment, { parameters: { seconds: 0.1 } }));
      }
      await new Promise((resolve) => setTimeout(resolve, 500 + Math.random() * 4000));
      worker.signal("SIGKILL");
      await worker.exited;
      worker = start(site, `life-${life}`);
    }
    const runs = await site.server.untilAll(ids, hasEnded, PATIENCE_MS);

    assert.deepEqual(runs.filter(({ stateType }) => stateType !== "COMPLETED"), []);
    const tasks = new Set(runs.map(({ infrastructurePid }) => infrastructurePid));
    assert.equal(tasks.size, ids.length);
    await stopped(worker);
    return await waysOf(site, numbered(ids));
  },
});
