/**
 * The benchmark: N flow runs through the real agent process against fakes in another process.
 *
 * `deno task bench [--runs 10,100,1000] [--flows 10] [--aws-ms 40] [--aws-jitter-ms 0] [--kube-ms 10] [--api-ms 5] [--page 25]
 * [--limits none|documented|adaptive] [--share 1] [--launch-type FARGATE|EC2] [--foreign PER_S@FROM_S-UNTIL_S]
 * [--flavour ecs|fargate|worker|kubernetes] [--stock PYTHON] [--peer COMMAND] [--against floor] [--rounds 5] [--limited] [--calls]
 * [--restart] [--json] [--inspected ROUNDS] [-- OPTION_OF_THE_AGENT…]`
 *
 * With `--limits documented` AWS throttles as it documents and the agent knows; the bound is the least time in which those
 * limits let the runs start, counted from the queue's first answer. With `adaptive` AWS throttles all the same, and the agent
 * (`--aws-limits none`) has to find out. With `--foreign` somebody else in the account starts tasks for a while; with
 * `--restart` the agent is stopped and started again when half of the runs have their task.
 *
 * `--flavour worker` is the worker of Prefect 3; with `--stock PYTHON` the worker of prefect-aws in that virtual environment
 * is measured, 0.5 s between its polls; with `--limited` every deployment has a concurrency limit. `--calls` prints the calls
 * of each kind per run.
 *
 * `--flavour kubernetes` makes Jobs that run and end, and waits until the agent has deleted them; the bound is what the agent
 * allows itself to create per second.
 *
 * With `--against floor` each size is run in turn with the bare loop of `bench/floor.ts`, `--rounds` times, and the ratios of the
 * medians are printed. `--peer COMMAND` measures any other agent of Prefect 1: `{url}` in it is the address of the fakes.
 *
 * With `--inspected ROUNDS` each size is run in pairs, without and with inspector and recorder (a page is connected), and the
 * ratio of their medians is printed.
 *
 * @module
 */

import { standardOutput } from "../actors/output/output.ts";
import { parseArgs } from "node:util";
import { inTurn, ratioLines, ratiosOf } from "./against.ts";
import { boundS, kubernetesBoundS } from "./bound.ts";
import type { FakeOptions, FakeStats } from "./fakes/shared.ts";
import { type Figures, figuresOf, head, median, row } from "./figures.ts";
import {
  cpuMs,
  firstLine,
  peakRssMB,
  startAgent,
  startFakes,
  startFloor,
  startPeer,
  startStock,
} from "./processes.ts";

/** Options that look at the machines, and the permission they need. */
function lookingOptions(): readonly string[] {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return [`--inspect=127.0.0.1:${port}`, "--record", `${Deno.makeTempDirSync()}/bench.jsonl`];
}

/** A page that reads everything it is told, where the agent serves one. */
function watchPage(extra: readonly string[]): { readonly close: () => void } {
  const address = extra.find((word) => word.startsWith("--inspect="))?.split("=")[1];
  let socket: WebSocket | null = null;
  const open = (): void => {
    socket = new WebSocket(`ws://${address}/ws`);
    socket.onerror = () => void (timer = setTimeout(open, 50));
  };
  let timer = address === undefined ? 0 : setTimeout(open, 50);
  return {
    close: () => {
      clearTimeout(timer);
      socket?.close();
    },
  };
}

/** What is measured: the fakes, the agent, and what bounds them. */
interface Case {
  readonly fakes: FakeOptions;
  readonly extra: readonly string[];
  readonly boundS: number | null;
  /** The agent is stopped and started again when half of the runs have their task. */
  readonly isRestarted: boolean;
  /** Starts what is measured. */
  readonly start: (url: string, extra: readonly string[]) => Deno.ChildProcess;
}

async function measure(one: Case): Promise<Figures> {
  const { fakes: options, extra } = one;
  const fakes = startFakes(options);
  const url = `http://127.0.0.1:${await firstLine(fakes.stdout)}`;
  const start = () => one.start(url, extra);
  let agent = start();
  const page = watchPage(extra);
  await fetch(`${url}/polled`).then((answer) => answer.text());
  let cpuBefore = cpuMs(agent.pid);
  await fetch(`${url}/release`).then((answer) => answer.text());
  const until = performance.now() + 30_000 + options.runs * 100 + 3000 * (one.boundS ?? 0);
  const read = async (): Promise<FakeStats> => await (await fetch(`${url}/stats`)).json();
  let stats = await read();
  let isRestarted = !one.isRestarted;
  while (!stats.done && performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    stats = await read();
    if (isRestarted || stats.acceptedMs.length < options.runs / 2) continue;
    isRestarted = true;
    agent.kill("SIGTERM");
    await agent.status;
    agent = start();
    cpuBefore = 0;
  }
  const usage = { cpu: cpuMs(agent.pid) - cpuBefore, rss: peakRssMB(agent.pid) };
  page.close();
  agent.kill("SIGTERM");
  await agent.status;
  fakes.kill("SIGKILL");
  await fakes.status;
  return figuresOf(one, stats, usage);
}

const { values, positionals } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: {
    runs: { type: "string", default: "10,100,1000" },
    flows: { type: "string", default: "10" },
    "aws-ms": { type: "string", default: "40" },
    "kube-ms": { type: "string", default: "10" },
    "aws-jitter-ms": { type: "string", default: "0" },
    "api-ms": { type: "string", default: "5" },
    page: { type: "string", default: "25" },
    limits: { type: "string", default: "none" },
    share: { type: "string", default: "1" },
    "launch-type": { type: "string", default: "FARGATE" },
    foreign: { type: "string" },
    restart: { type: "boolean", default: false },
    flavour: { type: "string", default: "ecs" },
    json: { type: "boolean", default: false },
    inspected: { type: "string", default: "0" },
    stock: { type: "string" },
    peer: { type: "string" },
    against: { type: "string" },
    rounds: { type: "string", default: "5" },
    limited: { type: "boolean", default: false },
    calls: { type: "boolean", default: false },
  },
});

const isKubernetes = values.flavour === "kubernetes";
if (
  values.against !== undefined && (values.against !== "floor" || !["ecs", "fargate"].includes(values.flavour))
) {
  throw new RangeError("--against takes floor, with --flavour ecs or fargate");
}
const lines: string[] = [];
const print = (line: string): void => {
  lines.push(line);
  standardOutput.text(line);
};
if (!values.json) {
  print(
    `flavour ${values.flavour}, ${values.flows} flows, ${
      isKubernetes ? `Kubernetes ${values["kube-ms"]}` : `AWS ${values["aws-ms"]}`
    } ms, API ${values["api-ms"]} ms, ${values.page} runs per queue answer, limits ${values.limits}, ${
      values["launch-type"]
    }`,
  );
  print(head(isKubernetes ? "K8s" : "AWS"));
}
const rounds = Number(values.inspected);

/** Pairs of runs, without and with inspector and recorder. */
async function compare(one: Case): Promise<number> {
  const plain: Figures[] = [];
  const inspected: Figures[] = [];
  for (let round = 0; round < rounds; round++) {
    plain.push(await measure(one));
    inspected.push(await measure({ ...one, extra: [...one.extra, ...lookingOptions()] }));
  }
  const of = (all: readonly Figures[], name: "runsPerS" | "cpuMsPerRun" | "peakRssMB") =>
    median(all.map((f) => f[name]));
  const ratio = of(inspected, "runsPerS") / of(plain, "runsPerS");
  const both = (name: "runsPerS" | "cpuMsPerRun" | "peakRssMB", digits: number): string =>
    `${of(plain, name).toFixed(digits)} -> ${of(inspected, name).toFixed(digits)}`;
  print(
    `${one.fakes.runs} runs, inspector and recorder off -> on: ${both("runsPerS", 1)} runs/s (ratio ${
      ratio.toFixed(3)
    }), ` +
      `${both("cpuMsPerRun", 2)} CPU ms/run, ${both("peakRssMB", 0)} MB`,
  );
  return [...plain, ...inspected].reduce((sum, f) => sum + f.lost + f.twice + f.failed, 0);
}

/** `5@10-20`: five calls a second from second 10 to second 20. */
function foreignLoad(text: string | undefined): FakeOptions["foreign"] {
  if (text === undefined) return null;
  const [perS = 0, fromS = 0, untilS = 0] = text.split(/[@-]/).map(Number);
  return { perS, fromS, untilS };
}

/** Starts ours, or what is measured instead. */
function startOf(url: string, extra: readonly string[]): Deno.ChildProcess {
  const { flavour, stock, peer } = values;
  if (stock !== undefined) return startStock(stock, { url, extra });
  if (peer !== undefined) return startPeer(peer, { url, flavour });
  return startAgent({ url, flavour, limits: values.limits === "documented" ? "documented" : "none", extra });
}

/** Ours and the floor in turn. @returns how much went wrong */
async function compareWithFloor(one: Case): Promise<number> {
  const floor: Case = { ...one, start: startFloor };
  const seen = await inTurn(Number(values.rounds), () => measure(one), () => measure(floor));
  const ratios = ratiosOf(seen.ours, seen.other);
  if (values.json) print(JSON.stringify({ runs: one.fakes.runs, ...seen, ratios }));
  else for (const line of ratioLines(ratios, "floor")) print(`${one.fakes.runs} runs, ${line}`);
  return [...seen.ours, ...seen.other].reduce((sum, f) => sum + f.lost + f.twice + f.failed, 0);
}

function caseOf(runs: number): Case {
  const share = Number(values.share);
  const launchType = values["launch-type"];
  const flows = Number(values.flows);
  const isLimited = values.limits !== "none";
  return {
    fakes: {
      runs,
      flows,
      awsMs: Number(values["aws-ms"]),
      awsJitterMs: Number(values["aws-jitter-ms"]),
      apiMs: Number(values["api-ms"]),
      page: Number(values.page),
      limited: isLimited,
      startsAfterMs: null,
      generation: values.flavour === "worker" ? 3 : 1,
      limitedDeployments: values.limited === true ? flows : 0,
      foreign: foreignLoad(values.foreign),
      ...(isKubernetes
        ? { kubernetes: { callMs: Number(values["kube-ms"]), startsAfterMs: 20, endsAfterMs: 200 } }
        : {}),
    },
    extra: [
      ...(share === 1 ? [] : ["--aws-quota-share", values.share]),
      ...(launchType === "FARGATE" ? [] : ["--launch-type", launchType]),
      ...positionals,
    ],
    isRestarted: values.restart,
    start: startOf,
    boundS: isKubernetes
      ? kubernetesBoundS(runs)
      : isLimited
      ? boundS({ runs, flows: Math.min(runs, flows), launchType, share })
      : null,
  };
}

let faults = 0;
for (const size of values.runs.split(",").map(Number)) {
  const one = caseOf(size);
  if (rounds > 0 || values.against === "floor") {
    faults += await (rounds > 0 ? compare(one) : compareWithFloor(one));
    continue;
  }
  const f = await measure(one);
  faults += f.lost + f.twice + f.failed;
  print(values.json ? JSON.stringify(f) : row(f));
  if (values.calls) {
    for (const [name, n] of Object.entries(f.calls).toSorted()) {
      print(`  ${(n / f.runs).toFixed(3).padStart(8)}  ${name}`);
    }
  }
}
Deno.exit(faults === 0 ? 0 : 1);
