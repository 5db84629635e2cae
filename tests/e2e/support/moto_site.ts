/**
 * moto in the place of AWS: ECS, EC2 and S3 of one account, and the agent at work against it and the sandbox's API.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
  CreateClusterCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  type Task,
} from "@aws-sdk/client-ecs";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { startApi } from "../../../sandbox/prefect1/server.ts";
import { type Graphql, sandboxClient } from "../../../sandbox/demo/api_client.ts";
import { awsVariables, prefectVariables } from "../../../sandbox/environment.ts";
import { startAgent } from "./agent_process.ts";
import { until } from "./process.ts";
import { readRun } from "./prefect_runs.ts";

const SERVER = fileURLToPath(new URL("../moto_server.py", import.meta.url));
const MISSING = "MOTO_PYTHON does not name a Python with moto's server";

/** What a test with moto works with. */
export interface MotoSite {
  readonly ask: Graphql;
  readonly ecs: ECSClient;
  /** Puts an object into the bucket `config`. */
  readonly put: (key: string, text: string) => Promise<void>;
  /** Ids of moto's default subnets. */
  readonly defaultSubnets: () => Promise<readonly string[]>;
  /** Runs the agent for as long as `work` takes, then ends it by SIGTERM. @returns what the agent printed */
  readonly withAgent: (
    words: readonly string[],
    work: (output: () => string) => Promise<void>,
  ) => Promise<string>;
  /** The one task that was started by a flow run, once the run's log names it. */
  readonly taskOf: (cluster: string, runId: string) => Promise<Task>;
}

/** A test with moto; where it is missing the test is ignored and one line says why. */
export function motoTest(name: string, work: (site: MotoSite) => Promise<void>): void {
  const python = Deno.env.get("MOTO_PYTHON") || undefined;
  if (python !== undefined) return Deno.test(name, () => withMoto(python, work));
  Deno.stderr.writeSync(new TextEncoder().encode(`${MISSING}: ${name.split(":")[0]} is ignored\n`));
  Deno.test({ name: `${name} (ignored: ${MISSING})`, ignore: true, fn: () => {} });
}

async function withMoto(python: string, work: (site: MotoSite) => Promise<void>): Promise<void> {
  const home = await Deno.makeTempDir();
  const moto = await startMoto(python, home);
  const api = await startApi({ port: 0, random: Math.random, dataDir: ":memory:", log: () => {} });
  const aws = clientsOf(moto.url);
  const ask = sandboxClient(api);
  const env = {
    HOME: home,
    ...prefectVariables({ apiUrl: api.url, apiKey: api.apiKey }),
    ...awsVariables({ ecsUrl: moto.url, accessKeyId: "sandbox" }),
  };
  try {
    await aws.s3.send(new CreateBucketCommand({ Bucket: "config" }));
    await aws.ecs.send(new CreateClusterCommand({ clusterName: "flows" }));
    await work({
      ask,
      ecs: aws.ecs,
      put: async (Key, Body) => void await aws.s3.send(new PutObjectCommand({ Bucket: "config", Key, Body })),
      defaultSubnets: async () => {
        const { Subnets = [] } = await aws.ec2.send(new DescribeSubnetsCommand({}));
        return Subnets.filter((each) => each.DefaultForAz).map((each) => each.SubnetId ?? "");
      },
      withAgent: (words, during) => alongside(words, env, during),
      taskOf: (cluster, runId) => taskOf({ ask, ecs: aws.ecs }, cluster, runId),
    });
  } finally {
    for (const client of Object.values(aws)) client.destroy();
    await api.close();
    await moto.close();
    await Deno.remove(home, { recursive: true });
  }
}

/** moto ends with its standard input, so that a killed test leaves no server behind. */
async function startMoto(python: string, home: string) {
  const child = new Deno.Command(python, {
    args: [SERVER],
    clearEnv: true,
    env: { HOME: home, PATH: "/usr/bin:/bin" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let errors = "";
  const gathered = (async () => {
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) errors += text;
  })();
  let printed = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    printed += text;
    if (printed.endsWith("\n")) break;
  }
  assert.match(printed, /^http:\/\//, errors);
  const close = async () => {
    await child.stdin.close();
    await child.status;
    await gathered;
  };
  return { url: printed.trim(), close };
}

function clientsOf(endpoint: string) {
  const credentials = { accessKeyId: "a", secretAccessKey: "b" };
  const options = { endpoint, region: "us-east-1", credentials };
  return {
    ecs: new ECSClient(options),
    ec2: new EC2Client(options),
    s3: new S3Client({ ...options, forcePathStyle: true }),
  };
}

async function alongside(
  words: readonly string[],
  env: Readonly<Record<string, string>>,
  during: (output: () => string) => Promise<void>,
): Promise<string> {
  const agent = startAgent(words, env);
  try {
    await during(agent.output);
  } catch (thrown) {
    throw new Error(`With this output of the agent:\n${agent.output()}`, { cause: thrown });
  } finally {
    agent.signal("SIGTERM");
    assert.equal(await agent.exited, 0, agent.output());
  }
  return agent.output();
}

async function taskOf(
  { ask, ecs }: Pick<MotoSite, "ask" | "ecs">,
  cluster: string,
  runId: string,
): Promise<Task> {
  const submitted = /^Submitted for execution: .*(arn:aws:ecs:[^:]+:[^:]+:task\/\S+)/;
  const logged = await until(
    async () => (await readRun(ask, runId)).logs.map((line) => submitted.exec(line)?.[1]).find((arn) => arn),
    () => `flow run ${runId} has no task`,
    20_000,
  );
  const { taskArns = [] } = await ecs.send(new ListTasksCommand({ cluster, startedBy: runId }));
  assert.deepEqual(taskArns, [logged], "exactly one task was started by this run");
  const { tasks = [] } = await ecs.send(
    new DescribeTasksCommand({ cluster, tasks: taskArns, include: ["TAGS"] }),
  );
  const [task] = tasks;
  assert.ok(task, "the task is known");
  return task;
}
