/**
 * Measures workers against a real Prefect 3 server with SQLite and the local ECS, whose tasks only sleep.
 *
 * `deno task bench:server --python PYTHON [--runs 100] [--rate 5] [--rounds 3] [--only woken,polled,burst,stock]`
 *
 * - `woken`, `polled`: runs are created one by one at a rate; the time from the answer of create_flow_run to RunTask, with
 *   events and with `--no-events`, 10 s between polls.
 * - `burst`: runs that are due at once, ours and the worker of prefect-aws in turn; seconds until the last RunTask, and requests
 *   in the server's access log.
 * - `stock`: what `woken` measures, of the worker of prefect-aws, with 30 runs at 3 a second.
 *
 * PYTHON is of a virtual environment with prefect and prefect-aws.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { standardOutput } from "../../../actors/output/output.ts";
import { POOL_VARIABLES, type Prefect3Site, withPrefect3Site } from "../support/prefect3_site.ts";
import { type Process, startProcess, until } from "../support/process.ts";

const POOL = "lab";
const SLEEPS = 'example/*=sh -c "sleep 600"';

const { values } = parseArgs({
  args: Deno.args,
  options: {
    python: { type: "string", default: Deno.env.get("PREFECT3_PYTHON") ?? "" },
    runs: { type: "string", default: "100" },
    rate: { type: "string", default: "5" },
    rounds: { type: "string", default: "3" },
    only: { type: "string", default: "woken,polled,burst" },
  },
});

type Start = (site: Prefect3Site) => Process;

function ours(...words: readonly string[]): Start {
  return (site) => site.startWorker(["--pool", POOL, ...words]);
}

function stock(env: Readonly<Record<string, string>> = {}): Start {
  return ({ server, environment }) =>
    startProcess(server.python, ["-m", "prefect", "worker", "start", "--pool", POOL, "--type", "ecs"], {
      ...environment,
      PREFECT_HOME: `${server.home}/worker`,
      PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_ENABLED: "false",
      ...env,
    });
}

/** Starts a worker and waits until its pool is there and it polls. */
async function started(site: Prefect3Site, start: Start): Promise<{ worker: Process; deployment: string }> {
  const worker = start(site);
  const hasPool = () => site.server.ask("GET", `/work_pools/${POOL}`).then(() => true, () => undefined);
  await until(hasPool, () => worker.output().slice(-2000));
  await until(() => /started!/.test(worker.output()) || undefined, () => worker.output().slice(-2000));
  return {
    worker,
    deployment: await site.server.deploy("wait", POOL, { job_variables: { ...POOL_VARIABLES } }),
  };
}

function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? NaN;
}

/** Waits until each run has its RunTask. @returns when, in milliseconds since 1970 */
async function launchedAt(
  site: Prefect3Site,
  ids: readonly string[],
  worker: Process,
): Promise<readonly number[]> {
  const times = () => ids.map((id) => site.launches(id)[0]?.atMs);
  await until(
    () =>
      new Promise((resolve) => setTimeout(resolve, 100)).then(() =>
        times().every((at) => at !== undefined) || undefined
      ),
    () =>
      `${times().filter((at) => at === undefined).length} runs were not launched\n${
        worker.output().slice(-2000)
      }`,
    240_000,
  );
  const twice = ids.filter((id) => site.launches(id).length > 1);
  if (twice.length > 0) throw new Error(`launched twice: ${twice.join(", ")}`);
  return times().map((at) => at ?? NaN);
}

async function latency(
  what: string,
  start: Start,
  { runs, rate }: { runs: number; rate: number },
): Promise<void> {
  await withPrefect3Site(values.python, async (site) => {
    const { worker, deployment } = await started(site, start);
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const ids: string[] = [];
    const createdMs: number[] = [];
    const beginMs = performance.now();
    for (let at = 0; at < runs; at += 1) {
      await new Promise((resolve) =>
        setTimeout(resolve, Math.max(0, beginMs + (1000 * at) / rate - performance.now()))
      );
      ids.push(await site.server.createRun(deployment));
      createdMs.push(Date.now());
    }
    const took = (await launchedAt(site, ids, worker)).map((at, which) =>
      Math.max(0, at - (createdMs[which] ?? NaN))
    );
    const sorted = took.toSorted((one, other) => one - other);
    const seconds = (q: number) => (quantile(sorted, q) / 1000).toFixed(2);
    standardOutput.line(
      `${what}: ${runs} runs at ${rate} a second: p50 ${seconds(0.5)} s, p99 ${seconds(0.99)} s`,
    );
    worker.signal("SIGTERM");
    await worker.exited;
  }, { imageExec: SLEEPS });
}

async function burst(what: string, start: Start, runs: number): Promise<number> {
  let took = NaN;
  await withPrefect3Site(values.python, async (site) => {
    const first = await started(site, start);
    first.worker.signal("SIGTERM");
    await first.worker.exited;
    const ids: string[] = [];
    for (let at = 0; at < runs; at += 1) ids.push(await site.server.createRun(first.deployment));
    const requests = site.server.requests();
    const beginMs = Date.now();
    const worker = start(site);
    const last = Math.max(...await launchedAt(site, ids, worker));
    const polled = await until(
      () => site.server.requests() > requests ? true : undefined,
      () => "no request",
    );
    took = (last - beginMs) / 1000;
    await new Promise((resolve) => setTimeout(resolve, 5000));
    const states = (await site.server.runs(ids)).filter(({ stateType }) => stateType !== "PENDING");
    standardOutput.line(
      `${what}: ${runs} runs due at once: ${took.toFixed(2)} s from the worker's start, ` +
        `${polled ? site.server.requests() - requests : 0} requests, ${states.length} not PENDING`,
    );
    worker.signal("SIGTERM");
    const late = setTimeout(() => worker.signal("SIGKILL"), 15_000);
    await worker.exited;
    clearTimeout(late);
  }, { imageExec: SLEEPS });
  return took;
}

const only = values.only.split(",");
const runs = Number(values.runs);
const rate = Number(values.rate);
if (only.includes("woken")) await latency("ours, with events", ours(), { runs, rate });
if (only.includes("polled")) await latency("ours, --no-events", ours("--no-events"), { runs, rate });
if (only.includes("stock")) await latency("prefect-aws", stock(), { runs: 30, rate: 3 });
if (only.includes("burst")) {
  for (let round = 0; round < Number(values.rounds); round += 1) {
    await burst("ours", ours(), runs);
    await burst("prefect-aws", stock(), runs);
  }
}
