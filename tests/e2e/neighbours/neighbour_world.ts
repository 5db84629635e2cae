/**
 * One agent process among flow runs that are due at once, and what is to be seen of it from outside.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { peakRssMB, taskStart } from "../../../bench/processes.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";
import type { FakeRun } from "../../support/fake_prefect1.ts";
import { PLANTED, quoted } from "../secrets/planted_secrets.ts";
import { type Asked, chunks, json, startHostileServer } from "../support/hostile_server.ts";
import { denoDir, startProcess, until } from "../support/process.ts";
import { QUOTED } from "./hostile_runs.ts";

const MAIN = fileURLToPath(new URL("../../../main.ts", import.meta.url));

/** Runs that the queue answers at a time, as Prefect Server does. */
const QUEUE_PAGE = 25;

/** The runs of such a world. */
export interface WorldRuns {
  /** All, in the order of the queue. */
  readonly all: readonly FakeRun[];
  /** Ids of those whose row has 70 MB. */
  readonly huge: ReadonlySet<string>;
  /** Ids of those that are to be launched. */
  readonly good: ReadonlySet<string>;
}

/** How the agent of such a world is started. */
export interface WorldStart {
  /** Port of a server of templates, which runs may name by every host of `hosts`. */
  readonly templates: number;
  readonly hosts: readonly string[];
  /** Port at which nobody may connect: the proxy for all that is not this machine's. */
  readonly proxy: number;
}

/** What was seen. */
export interface Seen {
  /**
   * From the first poll to the launch of the last good run, in milliseconds, without the time for which agent and fakes waited
   * for a processor that others used.
   */
  readonly launchedMs: number;
  /** Most memory that the agent held. */
  readonly peakMB: number;
  readonly exitCode: number;
  /** Every output by its place. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly states: ReadonlyMap<string, JsonObject>;
  /** Ids of runs in RunTask requests, in order. */
  readonly launches: readonly string[];
}

const HERE = ["127.0.0.1", "localhost"];

function environment(url: string, { hosts, proxy }: WorldStart, home: string): Record<string, string> {
  const proxyUrl = `http://me:${encodeURIComponent(PLANTED.proxyLogin)}@127.0.0.1:${proxy}`;
  return {
    HOME: home,
    DENO_DIR: denoDir(),
    NO_COLOR: "1",
    DENO_NO_UPDATE_CHECK: "1",
    PREFECT__CLOUD__API: url,
    PREFECT__CLOUD__API_KEY: PLANTED.apiKey,
    PREFECT__CLOUD__TENANT_ID: "11111111-2222-4333-8444-555555555555",
    AWS_ENDPOINT_URL: url,
    AWS_DEFAULT_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: PLANTED.accessKeyId,
    AWS_SECRET_ACCESS_KEY: PLANTED.awsSecret,
    AWS_SESSION_TOKEN: PLANTED.awsSession,
    HTTP_PROXY: proxyUrl,
    HTTPS_PROXY: proxyUrl,
    NO_PROXY: [...HERE, ...hosts].join(),
  };
}

/** An ECS that starts what it is asked for, and refuses what is named so with all that it was sent. */
function makeEcs() {
  const tasks = new Map<string, JsonObject>();
  const startedMs = new Map<string, number>();
  const launches: string[] = [];
  const refuse = (asked: Asked) => {
    const message = `Bad: ${quoted(asked, (text) => text)}`;
    return json({ __type: "InvalidParameterException", message }, 400);
  };
  const runTask = (asked: Asked): Response => {
    const request = JSON.parse(asked.body);
    const run = /"PREFECT__CONTEXT__FLOW_RUN_ID","value":"([^"]+)"/.exec(asked.body)?.[1] ?? "";
    launches.push(run);
    if (asked.body.includes(QUOTED.launch)) return refuse(asked);
    if (!startedMs.has(run)) startedMs.set(run, performance.now());
    const taskArn = `arn:aws:ecs:us-east-1:123456789012:task/default/${run.replaceAll("-", "")}`;
    const { overrides = {}, tags = [], startedBy = null } = request;
    tasks.set(taskArn, {
      ...{ taskArn, overrides, tags, startedBy, desiredStatus: "RUNNING" },
      ...{ clusterArn: "arn:aws:ecs:us-east-1:123456789012:cluster/default", lastStatus: "PENDING" },
    });
    return json({ tasks: [tasks.get(taskArn)], failures: [] });
  };
  const answer = (operation: string, asked: Asked): Response | undefined => {
    if (operation === "RunTask") return runTask(asked);
    if (operation === "DescribeTasks") {
      const arns: readonly string[] = JSON.parse(asked.body).tasks;
      return json({ tasks: arns.flatMap((arn) => tasks.get(arn) ?? []), failures: [] });
    }
    const isRefused = operation === "RegisterTaskDefinition" && asked.body.includes(QUOTED.registration);
    return isRefused ? refuse(asked) : undefined;
  };
  return { answer, startedMs, launches };
}

function isHuge({ body }: Asked, huge: ReadonlySet<string>): boolean {
  return body.includes("run_config") && [...huge].some((id) => body.includes(id));
}

/** A page with a row of 70 MB, made while it is read. */
function hugePage(): Response {
  const megabyte = "x".repeat(1024 * 1024);
  const head = '{"data": {"flow_run": [{"run_config": {"type": "ECSRun", "env": {"BIG": "';
  return chunks([head, ...Array(70).fill(megabyte), '"}}}]}}'], "close");
}

/** For how long the main threads of agent and fakes were ready and had no processor, in milliseconds. */
function crowdedMs(pid: number): number {
  const files = [pid, Deno.pid].map((one) => `/proc/${one}/schedstat`);
  const { stdout } = new Deno.Command("cat", { args: files }).outputSync();
  const lines = new TextDecoder().decode(stdout).trim().split("\n");
  return lines.reduce((sum, line) => sum + Number(line.split(" ")[1] ?? 0) / 1_000_000, 0);
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function textAt(url: string): Promise<string> {
  return await (await fetch(url)).text();
}

/** Starts an agent as `deno task agent` does, and ends it once every run is launched or Failed. */
export async function play({ all, good, huge }: WorldRuns, start: WorldStart): Promise<Seen> {
  const ecs = makeEcs();
  let firstPollMs: number | null = null;
  await using server = startHostileServer(all, (operation, asked) => {
    if (operation === "get_runs_in_queue") firstPollMs ??= performance.now();
    if (operation === "flow_run" && isHuge(asked, huge)) return hugePage();
    return ecs.answer(operation, asked);
  });
  const { prefect } = server;
  const isDue = ({ state }: FakeRun) => state.type === "Scheduled" || state.type === "Running";
  const due = () => [...prefect.runs.values()].filter(isDue).slice(0, QUEUE_PAGE).map(({ id }) => id);
  Object.defineProperty(prefect, "queue", { get: due });
  const home = await Deno.makeTempDir();
  const port = freePort();
  const allowed = start.hosts.flatMap((host) => ["--allow-template-address", `${host}:${start.templates}`]);
  const words = [
    ...["ecs", "start", "--launch-type", "EC2", "--log-level", "DEBUG", "--definition-deadline", "20"],
    ...["--aws-limits", "none", "--agent-address", `http://127.0.0.1:${port}`, ...allowed],
  ];
  const { env, args } = taskStart([]);
  const agent = startProcess(Deno.execPath(), [...args, MAIN, ...words], {
    ...env,
    ...environment(server.url, start, home),
  });
  const open = () => {
    const isOpen = ({ id, state }: FakeRun) =>
      good.has(id) ? !ecs.startedMs.has(id) : state.type !== "Failed";
    return [...prefect.runs.values()].filter(isOpen);
  };
  const stillOpen = () => `${open().map(({ id, state }) => `${id} ${state.type}`).join()} ${agent.output()}`;
  const isLaunched = () => [...good].every((id) => ecs.startedMs.has(id));
  try {
    await until(() => firstPollMs !== null || undefined, agent.output);
    const crowdedBefore = crowdedMs(agent.pid);
    await until(() => isLaunched() || undefined, stillOpen, 150_000);
    const crowded = crowdedMs(agent.pid) - crowdedBefore;
    await until(() => open().length === 0 || undefined, stillOpen, 150_000);
    const [metrics, health] = await Promise.all(
      ["metrics", "api/health"].map((path) => textAt(`http://127.0.0.1:${port}/${path}`)),
    );
    const peakMB = peakRssMB(agent.pid);
    agent.signal("SIGTERM");
    const exitCode = await agent.exited;
    const states = new Map([...prefect.runs].map(([id, { state }]) => [id, state]));
    return {
      launchedMs: Math.max(...ecs.startedMs.values()) - (firstPollMs ?? 0) - crowded,
      peakMB,
      exitCode,
      outputs: {
        "the log": agent.output(),
        "run logs": JSON.stringify(prefect.logs),
        "states": JSON.stringify([...states.values()]),
        "metrics": metrics ?? "",
        "health": health ?? "",
      },
      states,
      launches: ecs.launches,
    };
  } finally {
    agent.signal("SIGKILL");
    await agent.exited;
    await Deno.remove(home, { recursive: true });
  }
}
