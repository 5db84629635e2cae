/**
 * `fargate validate` and `task-environment` as processes, against the local ECS over HTTP.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { startEcs } from "../../sandbox/aws/server.ts";
import { awsVariables } from "../../sandbox/environment.ts";
import { systemClock } from "../../actors/time/system_clock.ts";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));
const CONFIG = fileURLToPath(new URL("../../deno.json", import.meta.url));
const PERMISSIONS = ["--allow-net", "--allow-env", "--allow-read", "--allow-sys=osRelease,homedir"];
const NETWORK = "networkConfiguration={'awsvpcConfiguration': {'subnets': ['subnet-1']}}";

interface Ended {
  readonly code: number;
  readonly output: string;
}

type Run = (...words: string[]) => Promise<Ended>;

async function withAgent(test: (run: Run, folder: string) => Promise<void>): Promise<void> {
  const ecs = await startEcs({
    port: 0,
    dataDir: null,
    imageExec: [],
    log: () => {},
    clock: systemClock,
    random: Math.random,
  });
  const folder = await Deno.makeTempDir();
  const run: Run = async (...words) => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--config", CONFIG, ...PERMISSIONS, MAIN, ...words],
      env: awsVariables({ ecsUrl: ecs.url, accessKeyId: ecs.accessKeyId }),
    }).output();
    const read = new TextDecoder();
    return { code, output: read.decode(stdout) + read.decode(stderr) };
  };
  try {
    await test(run, folder);
  } finally {
    await ecs.close();
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("fargate validate: given options ECS takes, when run, then a definition is registered and a task started", async () => {
  await withAgent(async (run) => {
    const { code, output } = await run("fargate", "validate", "cpu=256", "memory=512", NETWORK);

    assert.equal(code, 0, output);
    assert.match(output, /Task definition registration successful[^]*Task run arn:aws:ecs:.* successful/);
  });
});

Deno.test("fargate validate: given options AWS would refuse, when run, then nothing is sent and they are named", async () => {
  await withAgent(async (run) => {
    const { code, output } = await run("fargate", "validate", "networkConfiguration={'awsvpc': {}}");

    assert.equal(code, 1);
    assert.match(output, /networkConfiguration\.awsvpc is unknown/);
    assert.doesNotMatch(output, /Testing/);
  });
});

Deno.test("task-environment: given a file and a flow, when set up twice, changed and executed, then it registers, compares, refuses, runs", async () => {
  await withAgent(async (run, folder) => {
    const kwargs = `${folder}/kwargs.yaml`;
    const flow = `${folder}/flow.json`;
    await Deno.writeTextFile(kwargs, "family: my-task\ncpu: 256\nmemory: '512'\nnetworkMode: awsvpc\n");
    await Deno.writeTextFile(
      flow,
      `{"name": "etl", "storage": {"type": "Docker", "image_name": "etl", "image_tag": "1"}}`,
    );
    const files = ["--kwargs-file", kwargs, "--flow-file", flow];

    const first = await run("task-environment", "setup", ...files);
    const second = await run("task-environment", "setup", ...files);
    const changed = await run("task-environment", "setup", ...files, "cpu=512");
    const executed = await run("task-environment", "execute", ...files, "--flow-run-id", "f00d", NETWORK);

    assert.match(first.output, /Registered arn:aws:ecs:.*task-definition\/my-task:1/);
    assert.match(second.output, /my-task exists and is the same/);
    assert.deepEqual([first.code, second.code, changed.code], [0, 0, 1]);
    assert.match(
      changed.output,
      /does not match the existing taskDefinition my-task\.[^]*cpu -> Given: 512, Expected: 256/,
    );
    assert.equal(executed.code, 0, executed.output);
    assert.match(executed.output, /Task ARN: arn:aws:ecs:/);
  });
});

Deno.test("task-environment: given no name at all or a file that is not there, when run, then the message says what to give", async () => {
  await withAgent(async (run) => {
    const nameless = await run("task-environment", "execute", "cluster=x");
    const missing = await run("task-environment", "setup", "--kwargs-file", "nowhere.yaml");

    assert.deepEqual([nameless.code, missing.code], [1, 1]);
    assert.match(nameless.output, /give family, taskDefinition or both/);
    assert.match(missing.output, /Cannot read nowhere\.yaml for --kwargs-file/);
  });
});

Deno.test("task-environment: given a stored flow whose environment names an image, when set up, then it is registered with that", async () => {
  await withAgent(async (run, folder) => {
    const flow = `${folder}/flow.json`;
    const environment = { type: "FargateTaskEnvironment", metadata: { image: "meta/image:1" } };
    await Deno.writeTextFile(flow, JSON.stringify({ name: "etl", storage: { type: "Local" }, environment }));

    const { code, output } = await run(
      "task-environment",
      "setup",
      "family=meta",
      "cpu=256",
      "memory=512",
      "--flow-file",
      flow,
    );

    assert.equal(code, 0, output);
    assert.match(output, /Registered arn:aws:ecs:.*task-definition\/meta:1/);
  });
});
