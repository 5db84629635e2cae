/**
 * The processes of a benchmark: the fakes, and the agent as a user starts it.
 *
 * @module
 */

import { split } from "shlex";
import project from "../deno.json" with { type: "json" };
import type { FakeOptions } from "./fakes/shared.ts";

/** How `deno task agent` starts, or the task that may record, so that what is measured is what a user starts. */
export function taskStart(
  extra: readonly string[],
): { readonly env: Record<string, string>; readonly args: string[] } {
  const task = project.tasks[extra.includes("--record") ? "agent:record" : "agent"];
  const words = task.command.split(" ");
  const begin = words.indexOf("deno");
  // A benchmark records elsewhere.
  const args = words.slice(begin + 1, -1).map((word) =>
    word.startsWith("--allow-write") ? "--allow-write" : word
  );
  const env = words.slice(0, begin).map((word) => {
    const [name = "", value = ""] = word.split("=");
    return [name, value] as const;
  });
  return { env: Object.fromEntries(env), args };
}

const CLOCK_TICKS_PER_S = 100; // USER_HZ of Linux on every architecture Deno ships for

/** A file of another process; Deno itself reads such files only with every permission. */
function readProc(pid: number, name: string): string {
  const { stdout } = new Deno.Command("cat", { args: [`/proc/${pid}/${name}`] }).outputSync();
  return new TextDecoder().decode(stdout);
}

/** User and system time of a process so far, in milliseconds. */
export function cpuMs(pid: number): number {
  const fields = readProc(pid, "stat").replace(/^.*\) /, "").split(" ");
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / CLOCK_TICKS_PER_S;
}

/** Most memory that a process held so far. */
export function peakRssMB(pid: number): number {
  const peak = /VmHWM:\s+(\d+) kB/.exec(readProc(pid, "status"))?.[1];
  return Number(peak ?? 0) / 1024;
}

/** Memory that a process holds now. */
export function rssMB(pid: number): number {
  const now = /VmRSS:\s+(\d+) kB/.exec(readProc(pid, "status"))?.[1];
  return Number(now ?? 0) / 1024;
}

/** Waits for the first line that a process writes. */
export async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
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

/** Starts the fakes; their port is the first line they write. */
export function startFakes(options: FakeOptions): Deno.ChildProcess {
  const args = [
    "run",
    "--allow-net=127.0.0.1",
    new URL("./fakes/main.ts", import.meta.url).pathname,
    JSON.stringify(options),
  ];
  return new Deno.Command(Deno.execPath(), { args, stdout: "piped", stderr: "inherit" }).spawn();
}

/** How the agent is started. */
export interface AgentStart {
  readonly url: string;
  readonly flavour: string;
  /** For `--aws-limits`; Kubernetes has none. */
  readonly limits: string;
  /** More options. */
  readonly extra: readonly string[];
}

/** Starts the agent with an environment of its own. */
export function startAgent(agent: AgentStart): Deno.ChildProcess {
  const main = new URL("../main.ts", import.meta.url).pathname;
  const start = taskStart(agent.extra);
  const env = { ...start.env, DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno` };
  const limits = agent.flavour === "kubernetes" ? [] : ["--aws-limits", agent.limits];
  const args = [...start.args, main, ...wordsOf(agent), ...limits, ...agent.extra];
  return spawned(Deno.execPath(), args, { ...env, ...variablesOf(agent) });
}

/** Starts the worker of prefect-aws, which is the original. @param python of a virtual environment that has it */
export function startStock(
  python: string,
  { url, extra }: Pick<AgentStart, "url" | "extra">,
): Deno.ChildProcess {
  const words = [
    "-m",
    "prefect",
    "worker",
    "start",
    "--pool",
    "bench",
    "--type",
    "ecs",
    "--name",
    "stock",
    ...extra,
  ];
  const env = { ...variablesOf({ url, flavour: "worker" }), PREFECT_WORKER_QUERY_SECONDS: "0.5" };
  return spawned(python, words, env);
}

/** Starts the bare loop. */
export function startFloor(url: string): Deno.ChildProcess {
  const floor = new URL("./floor.ts", import.meta.url).pathname;
  return spawned(Deno.execPath(), ["run", "--allow-net=127.0.0.1", floor, url], {
    DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`,
    ...variablesOf({ url, flavour: "ecs" }),
  });
}

/**
 * Starts any other agent with the variables of this one.
 *
 * @param command split as a shell splits it; `{url}` is the address of the fakes, of Prefect's API and of AWS
 */
export function startPeer(command: string, { url, flavour }: Pick<AgentStart, "url" | "flavour">) {
  const [program = "", ...words] = split(command).map((word) => word.replaceAll("{url}", url));
  return spawned(program, words, { PREFECT__CLOUD__API: url, ...variablesOf({ url, flavour }) });
}

function wordsOf({ url, flavour }: AgentStart): readonly string[] {
  if (flavour === "worker") return ["worker", "start", "--pool", "bench", "--name", "bench"];
  if (flavour === "kubernetes") {
    return ["kubernetes", "start", "--api", url, "--kubeconfig", kubeconfigFile(url)];
  }
  const network = "networkConfiguration={'awsvpcConfiguration': {'subnets': ['subnet-1']}}";
  const own = flavour === "fargate"
    ? ["cpu=256", "memory=512", network]
    : ["--run-task-kwargs", kwargsFile()];
  return [flavour, "start", "--api", url, ...own];
}

function variablesOf(
  { url, flavour }: Pick<AgentStart, "url" | "flavour">,
): Readonly<Record<string, string>> {
  const prefect: Readonly<Record<string, string>> = flavour === "worker"
    ? { PREFECT_API_URL: `${url}/api` }
    : { PREFECT__BACKEND: "server" };
  return {
    ...prefect,
    HOME: Deno.makeTempDirSync(),
    PATH: Deno.env.get("PATH") ?? "",
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: "bench",
    AWS_SECRET_ACCESS_KEY: "bench",
    AWS_DEFAULT_REGION: "us-east-1",
    AWS_REGION: "us-east-1",
  };
}

function spawned(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Deno.ChildProcess {
  return new Deno.Command(command, {
    args: [...args],
    clearEnv: true,
    env: { ...env },
    stdout: "null",
    stderr: "inherit",
  }).spawn();
}

/** The fakes are on loopback: no certificate, no token. */
function kubeconfigFile(server: string): string {
  const path = Deno.makeTempFileSync({ suffix: ".yaml" });
  const config = {
    "current-context": "bench",
    clusters: [{ name: "bench", cluster: { server } }],
    users: [{ name: "bench", user: { token: "bench" } }],
    contexts: [{ name: "bench", context: { cluster: "bench", user: "bench" } }],
  };
  Deno.writeTextFileSync(path, JSON.stringify(config));
  return path;
}

function kwargsFile(): string {
  const path = Deno.makeTempFileSync({ suffix: ".yaml" });
  Deno.writeTextFileSync(path, "networkConfiguration: {awsvpcConfiguration: {subnets: [subnet-1]}}\n");
  return path;
}
