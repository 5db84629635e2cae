/**
 * An API, a local ECS and a gate in front of both, in which agents are started, killed and started again.
 *
 * @module
 */

import {
  DescribeTasksCommand,
  ECSClient,
  ListTaskDefinitionsCommand,
  ListTasksCommand,
  type Task,
} from "@aws-sdk/client-ecs";
import * as v from "valibot";
import { startApi } from "../../../sandbox/prefect1/server.ts";
import { type Graphql, sandboxClient } from "../../../sandbox/demo/api_client.ts";
import { demoImages } from "../../../sandbox/containers/demo_image.ts";
import { startEcs } from "../../../sandbox/aws/server.ts";
import { faultPlanSchema } from "../../../sandbox/ecs/faults.ts";
import { awsVariables, prefectVariables } from "../../../sandbox/environment.ts";
import { systemClock } from "../../../actors/time/system_clock.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";
import { startAgent } from "./agent_process.ts";
import type { Process } from "./process.ts";
import { type Gate, openGate } from "./gate.ts";
import { ecsRun } from "../../../sandbox/demo/flows.ts";
import { createProject, createRun, registerFlow } from "./prefect_runs.ts";

/** A flow of such a world, with one container. */
export interface WorldFlow {
  /** @default a name of its own */
  readonly name?: string;
  /**
   * `demo/flow` runs and succeeds, `test/hung` never reports anything, `test/dies` ends without having reported anything.
   *
   * @default "demo/flow"
   */
  readonly image?: "demo/flow" | "test/hung" | "test/dies";
  /** How long `demo/flow` takes. @default 0 */
  readonly seconds?: number;
  /** Members of its ECSRun. */
  readonly runConfig?: JsonObject;
  /** When the run is due, in milliseconds from now. @default at once */
  readonly dueInMs?: number;
}

/** A running world. */
export interface FaultWorld {
  readonly ask: Graphql;
  readonly gate: Gate;
  /** Registers a flow and schedules a run of it. @returns the run's id */
  readonly schedule: (flow: WorldFlow) => Promise<string>;
  /** Registers a flow and schedules so many runs of it. @returns their ids */
  readonly scheduleMany: (flow: WorldFlow, runs: number) => Promise<readonly string[]>;
  /** Starts `ecs start <words>`; whatever is left of it ends with the world. */
  readonly start: (words: readonly string[]) => Process;
  /** Every task that was ever started, with the states they are in. */
  readonly tasks: () => Promise<readonly Task[]>;
  /** ARNs of the task definitions that are ACTIVE. */
  readonly definitions: () => Promise<readonly string[]>;
}

const TEMPLATE = "networkMode: awsvpc\ncpu: 256\nmemory: 512\ncontainerDefinitions: [{name: flow}]\n";
const LOCAL = { type: "Local", directory: "/flows", flows: {}, path: "/flows/a.py", __version__: "0.15.13" };
const FAST = { provisioningMs: 10, pendingMs: 10, deprovisioningMs: 10 };

const SCRIPTED = {
  "test/hung": () => ({ argv: ["sleep", "600"], environment: {} }),
  "test/dies": () => ({ argv: ["/bin/sh", "-c", "exit 3"], environment: {} }),
};

/** What is wrong with a world. */
export interface WorldOptions {
  /** Faults of its ECS. @default none */
  readonly faults?: v.InferInput<typeof faultPlanSchema>;
  /** Whether its API locks states to versions. @default true */
  readonly versionLocking?: boolean;
  /** How long a task takes to come up, in milliseconds. @default next to nothing */
  readonly provisioningMs?: number;
}

async function startServices({ faults = {}, versionLocking = true, provisioningMs = 10 }: WorldOptions) {
  const api = await startApi({
    port: 0,
    random: Math.random,
    dataDir: ":memory:",
    log: () => {},
    versionLocking,
  });
  const demo = demoImages({ deno: Deno.execPath(), env: Deno.env.toObject() });
  const ecs = await startEcs({
    port: 0,
    dataDir: null,
    imageExec: [],
    builtIn: { ...demo, ...SCRIPTED },
    pace: { ...FAST, provisioningMs },
    // The test asks as well, and shall not take anything from the agent.
    limits: "none",
    faults: v.parse(faultPlanSchema, faults),
    clock: systemClock,
    random: Math.random,
    log: () => {},
  });
  return { api, ecs };
}

/** Opens a world for as long as `work` takes. */
export async function withFaultWorld<Result>(
  work: (world: FaultWorld) => Promise<Result>,
  options: WorldOptions = {},
): Promise<Result> {
  const home = await Deno.makeTempDir();
  const { api, ecs } = await startServices(options);
  const gate = openGate({ apiUrl: api.url, ecsUrl: ecs.url, files: { "/template.yaml": TEMPLATE } });
  const access = {
    apiUrl: gate.urls.api,
    apiKey: api.apiKey,
    ecsUrl: gate.urls.ecs,
    accessKeyId: ecs.accessKeyId,
  };
  const env = { HOME: home, ...prefectVariables(access), ...awsVariables(access) };
  const credentials = { accessKeyId: ecs.accessKeyId, secretAccessKey: "b" };
  const client = new ECSClient({ endpoint: ecs.url, region: "us-east-1", credentials });
  const ask = sandboxClient(api);
  const agents: Process[] = [];
  try {
    const project = await createProject(ask, "faults");
    return await work({
      ask,
      gate,
      schedule: async (flow) => (await schedule({ ask, gate, project }, flow, 1))[0] ?? "",
      scheduleMany: (flow, runs) => schedule({ ask, gate, project }, flow, runs),
      start: (words) => {
        const agent = startAgent([...START, ...words], env);
        agents.push(agent);
        return agent;
      },
      tasks: () => allTasks(client),
      definitions: async () =>
        (await client.send(new ListTaskDefinitionsCommand({ status: "ACTIVE" }))).taskDefinitionArns ?? [],
    });
  } finally {
    for (const agent of agents) agent.signal("SIGKILL");
    await Promise.all(agents.map((agent) => agent.exited));
    client.destroy();
    await gate.close();
    await ecs.close();
    await api.close();
    await Deno.remove(home, { recursive: true });
  }
}

/** The templates of runs come from loopback. */
const START = ["ecs", "start", "--name", "killed", "--allow-template-address", "127.0.0.1"] as const;

interface Place {
  readonly ask: Graphql;
  readonly gate: Gate;
  readonly project: string;
}

async function schedule(
  { ask, gate, project }: Place,
  flow: WorldFlow,
  runs: number,
): Promise<readonly string[]> {
  const runConfig = ecsRun({
    image: flow.image ?? "demo/flow",
    task_definition_path: `${gate.urls.file}/template.yaml`,
    ...flow.runConfig,
  });
  const name = flow.name ?? `flow ${crypto.randomUUID().slice(0, 8)}`;
  const flowId = await registerFlow(ask, project, { name, storage: LOCAL, runConfig });
  const due = flow.dueInMs === undefined
    ? {}
    : { scheduled_start_time: new Date(Date.now() + flow.dueInMs).toISOString() };
  const parameters = { seconds: flow.seconds ?? 0 };
  return await Promise.all(
    Array.from({ length: runs }, () => createRun(ask, flowId, { parameters, ...due })),
  );
}

async function allTasks(client: ECSClient): Promise<readonly Task[]> {
  const lists = await Promise.all(
    (["RUNNING", "STOPPED"] as const).map((desiredStatus) =>
      client.send(new ListTasksCommand({ desiredStatus }))
    ),
  );
  const arns = lists.flatMap(({ taskArns = [] }) => taskArns);
  if (arns.length === 0) return [];
  const { tasks = [] } = await client.send(new DescribeTasksCommand({ tasks: arns }));
  return tasks;
}
