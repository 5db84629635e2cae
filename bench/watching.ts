/**
 * What it costs to follow tasks: the real agent process launches them against the fakes, then it is watched.
 *
 * `deno task bench:watch [--flavour ecs|fargate|kubernetes] [--tasks 10000] [--minutes 10] [--settle-s 60]
 * [-- OPTION_OF_THE_AGENT…]`; for Kubernetes 5000 Jobs and 5 minutes where nothing else is said.
 *
 * Each row is a minute. The bounds: at most 20 DescribeTasks a second, or one request a second to the Kubernetes API; 5 % of a
 * core; and memory that does not grow. Memory goes up and down with the garbage: the least of each minute is what counts.
 *
 * @module
 */

import { standardOutput } from "../actors/output/output.ts";
import { parseArgs } from "node:util";
import type { FakeStats } from "./fakes/shared.ts";
import { cpuMs, firstLine, rssMB, startAgent, startFakes } from "./processes.ts";

/** What may be spent. */
const MOST_CALLS_PER_S = { aws: 20, kubernetes: 1 } as const;
const MOST_CPU_PERCENT = 5;
const MOST_GROWTH_MB_PER_MIN = 0.5;

const { values, positionals } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: {
    tasks: { type: "string" },
    minutes: { type: "string" },
    "settle-s": { type: "string", default: "60" },
    flavour: { type: "string", default: "ecs" },
  },
});
const isKubernetes = values.flavour === "kubernetes";
const tasks = Number(values.tasks ?? (isKubernetes ? 5000 : 10_000));
const minutes = Number(values.minutes ?? (isKubernetes ? 5 : 10));
/** The call that is bounded; null: all calls of the platform are. */
const bounded = isKubernetes ? null : "DescribeTasks";

const print = standardOutput.line;
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What was used up to a moment. */
interface Sample {
  readonly atMs: number;
  readonly cpuMs: number;
  /** At the moment. */
  readonly rssMB: number;
  /** The least since the sample before. */
  readonly leastMB: number;
  /** Calls of AWS or of the Kubernetes API. */
  readonly calls: Readonly<Record<string, number>>;
  readonly api: number;
}

async function statsOf(url: string): Promise<FakeStats> {
  return await (await fetch(`${url}/stats`)).json();
}

async function sample(url: string, pid: number, leastMB = rssMB(pid)): Promise<Sample> {
  const { platformCalls, apiCalls } = await statsOf(url);
  const api = Object.values(apiCalls).reduce((sum, n) => sum + n, 0);
  return {
    atMs: performance.now(),
    cpuMs: cpuMs(pid),
    rssMB: rssMB(pid),
    leastMB,
    calls: platformCalls,
    api,
  };
}

/** Calls of a name up to a moment; null: all. */
function total({ calls }: Sample, name: string | null): number {
  return name === null ? Object.values(calls).reduce((sum, n) => sum + n, 0) : calls[name] ?? 0;
}

/** What was used per second between two samples. */
function between(from: Sample, to: Sample) {
  const seconds = (to.atMs - from.atMs) / 1000;
  const calls = (name: string | null): number => (total(to, name) - total(from, name)) / seconds;
  return {
    boundedPerS: calls(bounded),
    listPerS: isKubernetes
      ? calls("list jobs") + calls("list pods") + calls("list events")
      : calls("ListTasks"),
    apiPerS: (to.api - from.api) / seconds,
    cpuPercent: (to.cpuMs - from.cpuMs) / seconds / 10,
  };
}

function row(name: string, from: Sample, to: Sample): string {
  const { boundedPerS, listPerS, apiPerS, cpuPercent } = between(from, to);
  const cell = (n: number, width: number, digits: number): string => n.toFixed(digits).padStart(width);
  return name.padStart(6) + cell(boundedPerS, 17, 2) + cell(listPerS, 13, 2) + cell(apiPerS, 9, 2) +
    cell(cpuPercent, 16, 2) + cell(to.rssMB, 9, 1) + cell(to.leastMB, 10, 1);
}

/** Slope of least memory over time by least squares, in MB per minute; null: one minute has none. */
function growth(samples: readonly Sample[]): number | null {
  if (samples.length < 2) return null;
  const mean = (of: (one: Sample) => number): number =>
    samples.reduce((sum, one) => sum + of(one), 0) / samples.length;
  const [at, least] = [mean(({ atMs }) => atMs), mean((one) => one.leastMB)];
  const across = mean((one) => (one.atMs - at) * (one.leastMB - least));
  return across / mean(({ atMs }) => (atMs - at) ** 2) * 60_000;
}

function signed(n: number): string {
  return `${n >= 0 ? "+" : ""}${n.toFixed(2)}`;
}

/** A minute that goes by. @returns the least memory */
async function minuteOf(pid: number): Promise<number> {
  const seen: number[] = [];
  for (let n = 0; n < 12; n++) {
    await sleep(5000);
    seen.push(rssMB(pid));
  }
  return Math.min(...seen);
}

/** Longest time for each launch; the agent creates at most 25 Jobs a second. */
const LAUNCH_MS = isKubernetes ? 60 : 20;

async function launched(url: string): Promise<FakeStats> {
  const until = performance.now() + 60_000 + LAUNCH_MS * tasks;
  for (let stats = await statsOf(url);; stats = await statsOf(url)) {
    if (stats.done || performance.now() > until) return stats;
    await sleep(500);
  }
}

const fakes = startFakes({
  runs: tasks,
  flows: 10,
  awsMs: 40,
  awsJitterMs: 0,
  apiMs: 5,
  page: 25,
  limited: false,
  startsAfterMs: 2000,
  foreign: null,
  ...(isKubernetes ? { kubernetes: { callMs: 10, startsAfterMs: 2000, endsAfterMs: null } } : {}),
});
const url = `http://127.0.0.1:${await firstLine(fakes.stdout)}`;
const agent = startAgent({ url, flavour: values.flavour, limits: "none", extra: positionals });
await fetch(`${url}/polled`).then((answer) => answer.text());
await fetch(`${url}/release`).then((answer) => answer.text());
const { done, acceptedMs, failed, twice } = await launched(url);
print(
  `${acceptedMs.length} tasks launched, ${failed} failed, ${twice} twice; following them for ${minutes} min`,
);
await sleep(1000 * Number(values["settle-s"]));

const columns = isKubernetes ? "   K8s requests/s  of them list" : "  DescribeTasks/s  ListTasks/s";
print(`minute${columns}  API/s  % of one core   RSS MB  least MB`);
const samples = [await sample(url, agent.pid)];
for (let minute = 1; minute <= minutes; minute++) {
  const leastMB = await minuteOf(agent.pid);
  const last = samples.at(-1);
  const now = await sample(url, agent.pid, leastMB);
  if (last !== undefined) print(row(String(minute), last, now));
  samples.push(now);
}
const [first] = samples;
const last = samples.at(-1);
agent.kill("SIGTERM");
await agent.status;
fakes.kill("SIGKILL");
await fakes.status;

if (first === undefined || last === undefined || !done) Deno.exit(1);
const { boundedPerS, cpuPercent } = between(first, last);
const slope = growth(samples.slice(1));
print(row("all", first, last));
const grown = slope === null ? "growth is not known after one minute" : `${signed(slope)} MB per minute`;
print(`memory: ${first.rssMB.toFixed(1)} MB at first, ${grown}`);
const mostPerS = isKubernetes ? MOST_CALLS_PER_S.kubernetes : MOST_CALLS_PER_S.aws;
const isWithin = boundedPerS <= mostPerS && cpuPercent <= MOST_CPU_PERCENT &&
  (slope ?? 0) <= MOST_GROWTH_MB_PER_MIN;
print(isWithin ? "within the bounds" : "beyond the bounds");
Deno.exit(isWithin ? 0 : 1);
