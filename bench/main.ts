/**
 * The benchmark: N flow runs through the real agent process against fakes in another process.
 *
 * `deno task bench [--runs 10,100,1000] [--flows 10] [--aws-ms 40] [--api-ms 5] [--page 25] [--limits none|documented]
 * [--flavour ecs|fargate] [--json] [--inspected ROUNDS]`
 *
 * With `--inspected ROUNDS` each size is run in pairs, without and with inspector and recorder (a page is connected), and the
 * ratio of their medians is printed.
 *
 * @module
 */

import { parseArgs } from "node:util";
import project from "../deno.json" with { type: "json" };
import type { FakeOptions, FakeStats } from "./fakes.ts";

/** Figures of one size. */
interface Figures {
  readonly runs: number;
  readonly runsPerS: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMsPerRun: number;
  readonly peakRssMB: number;
  readonly awsPerRun: number;
  readonly apiPerRun: number;
  readonly lost: number;
  readonly twice: number;
  readonly failed: number;
  readonly throttled: number;
}

const agentTask = project.tasks.agent.command;

/** The words of `deno task agent`, so that what is measured is what a user starts. */
const AGENT_WORDS: readonly string[] = agentTask.split(" ").slice(1, -1);
const CLOCK_TICKS_PER_S = 100; // USER_HZ of Linux on every architecture Deno ships for

/** A file of another process; Deno itself reads such files only with every permission. */
function readProc(pid: number, name: string): string {
  const { stdout } = new Deno.Command("cat", { args: [`/proc/${pid}/${name}`] }).outputSync();
  return new TextDecoder().decode(stdout);
}

/** User and system time of a process so far, in milliseconds. */
function cpuMs(pid: number): number {
  const fields = readProc(pid, "stat").replace(/^.*\) /, "").split(" ");
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / CLOCK_TICKS_PER_S;
}

function peakRssMB(pid: number): number {
  const peak = /VmHWM:\s+(\d+) kB/.exec(readProc(pid, "status"))?.[1];
  return Number(peak ?? 0) / 1024;
}

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) break;
    text += value;
  }
  await reader.cancel();
  return text.split("\n")[0] ?? "";
}

function startFakes(options: FakeOptions): Deno.ChildProcess {
  const args = [
    "run",
    "--allow-net=127.0.0.1",
    new URL("./fakes.ts", import.meta.url).pathname,
    JSON.stringify(options),
  ];
  return new Deno.Command(Deno.execPath(), { args, stdout: "piped", stderr: "inherit" }).spawn();
}

interface AgentStart {
  readonly url: string;
  readonly flavour: string;
  readonly limits: string;
  readonly extra: readonly string[];
}

function startAgent({ url, flavour, limits, extra }: AgentStart): Deno.ChildProcess {
  const main = new URL("../main.ts", import.meta.url).pathname;
  const network = "networkConfiguration={'awsvpcConfiguration': {'subnets': ['subnet-1']}}";
  const more = flavour === "fargate"
    ? ["cpu=256", "memory=512", network]
    : ["--run-task-kwargs", kwargsFile()];
  return new Deno.Command(Deno.execPath(), {
    args: [
      ...AGENT_WORDS,
      ...(extra.includes("--record") ? ["--allow-write"] : []),
      main,
      flavour,
      "start",
      "--api",
      url,
      ...more,
      "--aws-limits",
      limits,
      ...extra,
    ],
    clearEnv: true,
    env: {
      HOME: Deno.makeTempDirSync(),
      PATH: Deno.env.get("PATH") ?? "",
      DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`,
      PREFECT__BACKEND: "server",
      AWS_ENDPOINT_URL: url,
      AWS_ACCESS_KEY_ID: "bench",
      AWS_SECRET_ACCESS_KEY: "bench",
      AWS_DEFAULT_REGION: "us-east-1",
      AWS_REGION: "us-east-1",
    },
    stdout: "null",
    stderr: "inherit",
  }).spawn();
}

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

function kwargsFile(): string {
  const path = Deno.makeTempFileSync({ suffix: ".yaml" });
  Deno.writeTextFileSync(path, "networkConfiguration: {awsvpcConfiguration: {subnets: [subnet-1]}}\n");
  return path;
}

async function measure(options: FakeOptions, flavour: string, extra: readonly string[]): Promise<Figures> {
  const fakes = startFakes(options);
  const url = `http://127.0.0.1:${await firstLine(fakes.stdout)}`;
  const limits = options.limited ? "documented" : "none";
  const agent = startAgent({ url, flavour, limits, extra });
  const page = watchPage(extra);
  const until = performance.now() + 30_000 + options.runs * 200;
  const read = async (): Promise<FakeStats> => await (await fetch(`${url}/stats`)).json();
  let stats = await read();
  while (!stats.done && performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    stats = await read();
  }
  const usage = { cpu: cpuMs(agent.pid), rss: peakRssMB(agent.pid) };
  page.close();
  agent.kill("SIGTERM");
  await agent.status;
  fakes.kill("SIGKILL");
  await fakes.status;
  return figures(options, stats, usage);
}

function figures(options: FakeOptions, stats: FakeStats, usage: { cpu: number; rss: number }): Figures {
  const sorted = [...stats.acceptedMs].sort((a, b) => a - b);
  const at = (q: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? NaN;
  const sum = (counts: Record<string, number>): number => Object.values(counts).reduce((a, b) => a + b, 0);
  return {
    runs: options.runs,
    runsPerS: sorted.length / ((sorted.at(-1) ?? NaN) / 1000),
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    cpuMsPerRun: usage.cpu / options.runs,
    peakRssMB: usage.rss,
    awsPerRun: sum(stats.awsCalls) / options.runs,
    apiPerRun: sum(stats.apiCalls) / options.runs,
    lost: options.runs - sorted.length - stats.failed,
    twice: stats.twice,
    failed: stats.failed,
    throttled: stats.throttled,
  };
}

const { values, positionals } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: {
    runs: { type: "string", default: "10,100,1000" },
    flows: { type: "string", default: "10" },
    "aws-ms": { type: "string", default: "40" },
    "api-ms": { type: "string", default: "5" },
    page: { type: "string", default: "25" },
    limits: { type: "string", default: "none" },
    flavour: { type: "string", default: "ecs" },
    json: { type: "boolean", default: false },
    inspected: { type: "string", default: "0" },
  },
});

const lines: string[] = [];
const print = (line: string): void => {
  lines.push(line);
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
};
if (!values.json) {
  print(
    `flavour ${values.flavour}, ${values.flows} flows, AWS ${values["aws-ms"]} ms, API ${
      values["api-ms"]
    } ms, ${values.page} runs per queue answer, limits ${values.limits}`,
  );
  print(
    "  runs   runs/s   p50 ms   p99 ms  CPU ms/run  peak MB  AWS/run  API/run  lost  twice  failed  throttled",
  );
}
const rounds = Number(values.inspected);

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** Pairs of runs, without and with inspector and recorder. */
async function compare(options: FakeOptions): Promise<number> {
  const plain: Figures[] = [];
  const inspected: Figures[] = [];
  for (let round = 0; round < rounds; round++) {
    plain.push(await measure(options, values.flavour, positionals));
    inspected.push(await measure(options, values.flavour, [...positionals, ...lookingOptions()]));
  }
  const of = (all: readonly Figures[], name: "runsPerS" | "cpuMsPerRun" | "peakRssMB") =>
    median(all.map((f) => f[name]));
  const ratio = of(inspected, "runsPerS") / of(plain, "runsPerS");
  const both = (name: "runsPerS" | "cpuMsPerRun" | "peakRssMB", digits: number): string =>
    `${of(plain, name).toFixed(digits)} -> ${of(inspected, name).toFixed(digits)}`;
  print(
    `${options.runs} runs, inspector and recorder off -> on: ${both("runsPerS", 1)} runs/s (ratio ${
      ratio.toFixed(3)
    }), ` +
      `${both("cpuMsPerRun", 2)} CPU ms/run, ${both("peakRssMB", 0)} MB`,
  );
  return [...plain, ...inspected].reduce((sum, f) => sum + f.lost + f.twice + f.failed, 0);
}

let faults = 0;
for (const size of values.runs.split(",").map(Number)) {
  const options: FakeOptions = {
    runs: size,
    flows: Number(values.flows),
    awsMs: Number(values["aws-ms"]),
    apiMs: Number(values["api-ms"]),
    page: Number(values.page),
    limited: values.limits !== "none",
  };
  if (rounds > 0) {
    faults += await compare(options);
    continue;
  }
  const f = await measure(options, values.flavour, positionals);
  faults += f.lost + f.twice + f.failed;
  if (values.json) {
    print(JSON.stringify(f));
    continue;
  }
  const cell = (n: number, width: number, digits = 0): string => n.toFixed(digits).padStart(width);
  print(
    cell(f.runs, 6) + cell(f.runsPerS, 9, 1) + cell(f.p50Ms, 9) + cell(f.p99Ms, 9) +
      cell(f.cpuMsPerRun, 12, 2) +
      cell(f.peakRssMB, 9) + cell(f.awsPerRun, 9, 2) + cell(f.apiPerRun, 9, 2) + cell(f.lost, 6) +
      cell(f.twice, 7) +
      cell(f.failed, 8) + cell(f.throttled, 11),
  );
}
Deno.exit(faults === 0 ? 0 : 1);
