/**
 * The local ECS over HTTP, with the AWS SDK as its client and real subprocesses as its tasks.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Socket } from "node:net";
import { DescribeSubnetsCommand, DescribeVpcsCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
  ConflictException,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  StopTaskCommand,
  type Task,
} from "@aws-sdk/client-ecs";
import {
  GetResourcesCommand,
  ResourceGroupsTaggingAPIClient,
} from "@aws-sdk/client-resource-groups-tagging-api";
import * as v from "valibot";
import { systemClock } from "../../actors/time/system_clock.ts";
import { type EcsOptions, type LocalEcs, startEcs } from "../../sandbox/aws/server.ts";
import { faultPlanSchema } from "../../sandbox/ecs/faults.ts";
import type { CountedRequest } from "../../sandbox/http/request_counts.ts";
import { parseImageExec } from "../../sandbox/containers/image_exec.ts";
import { until } from "./support/process.ts";

const NETWORK = { awsvpcConfiguration: { subnets: ["subnet-1"] } };
const FAST = { provisioningMs: 1, pendingMs: 1, deprovisioningMs: 1 };

function clientOptions({ url, accessKeyId }: Pick<LocalEcs, "url" | "accessKeyId">) {
  const credentials = { accessKeyId, secretAccessKey: "FAKE" };
  return { endpoint: url, region: "eu-west-1", credentials, maxAttempts: 1 };
}

async function withEcs(
  options: Partial<EcsOptions>,
  test: (ecs: LocalEcs, client: ECSClient) => Promise<void>,
): Promise<void> {
  const ecs = await startEcs({
    port: 0,
    dataDir: null,
    imageExec: [parseImageExec("test/*=env GREETING=hello")],
    log: () => {},
    clock: systemClock,
    random: Math.random,
    pace: FAST,
    ...options,
  });
  const client = new ECSClient(clientOptions(ecs));
  try {
    await test(ecs, client);
  } finally {
    client.destroy();
    await ecs.close();
  }
}

function register(client: ECSClient, script: string, image = "test/image:1") {
  return client.send(
    new RegisterTaskDefinitionCommand({
      family: "flow",
      networkMode: "awsvpc",
      cpu: "256",
      memory: "512",
      requiresCompatibilities: ["FARGATE"],
      containerDefinitions: [{ name: "flow", image, command: ["/bin/sh", "-c", script], stopTimeout: 2 }],
      tags: [{ key: "PrefectFlowId", value: "abc" }],
    }),
  );
}

function run(client: ECSClient, more: Record<string, unknown> = {}) {
  return client.send(
    new RunTaskCommand({
      taskDefinition: "flow",
      launchType: "FARGATE",
      networkConfiguration: NETWORK,
      ...more,
    }),
  );
}

async function describe(client: ECSClient, arn: string): Promise<Task> {
  const { tasks = [] } = await client.send(new DescribeTasksCommand({ tasks: [arn] }));
  assert.ok(tasks[0], "the task is known");
  return tasks[0];
}

async function untilStatus(client: ECSClient, arn: string, status: string): Promise<Task> {
  const look = async () => {
    const task = await describe(client, arn);
    return task.lastStatus === status ? task : undefined;
  };
  return await until(look, () => `the task is not ${status}`);
}

/** What the task's container printed. */
async function printedBy({ url, accessKeyId }: LocalEcs, arn: string): Promise<string> {
  const headers = { authorization: `Bearer ${accessKeyId}` };
  return await (await fetch(`${url}/logs/flow/${arn.split("/")[2]}`, { headers })).text();
}

async function untilPrinted(ecs: LocalEcs, arn: string, text: string): Promise<void> {
  await until(
    async () => (await printedBy(ecs, arn)).includes(text) || undefined,
    () => `the task did not print ${text}`,
  );
}

function firstArn(answer: { tasks?: Task[] | undefined }): string {
  const arn = answer.tasks?.[0]?.taskArn;
  assert.ok(arn, "RunTask started a task");
  return arn;
}

Deno.test("local ECS: given a command, when run by the SDK, then its environment and exit code arrive", () =>
  withEcs({}, async (ecs, client) => {
    await register(client, 'echo "$GREETING $NAME"; echo oops >&2; exit 3');

    const overrides = {
      containerOverrides: [{ name: "flow", environment: [{ name: "NAME", value: "a b" }] }],
    };
    const answer = await run(client, { overrides, startedBy: "run-1" });
    const arn = firstArn(answer);
    const task = await untilStatus(client, arn, "STOPPED");

    assert.match(arn, /^arn:aws:ecs:eu-west-1:123456789012:task\/default\/[0-9a-f]{32}$/);
    assert.equal(task.containers?.[0]?.exitCode, 3);
    assert.equal(task.stopCode, "EssentialContainerExited");
    assert.equal(task.startedBy, "run-1");
    assert.ok((task.stoppedAt ?? new Date(0)) >= (task.startedAt ?? new Date()));
    const printed = await printedBy(ecs, arn);
    assert.deepEqual(printed.trim().split("\n").sort(), ["hello a b", "oops"]);
  }));

Deno.test("local ECS: given a task that ignores SIGTERM, when stopped, then it is killed after stopTimeout", () =>
  withEcs({}, async (ecs, client) => {
    await register(client, "trap '' TERM; echo deaf; while true; do sleep 0.05; done");
    const arn = firstArn(await run(client));
    await untilPrinted(ecs, arn, "deaf");

    await client.send(new StopTaskCommand({ task: arn, reason: "enough" }));
    const task = await untilStatus(client, arn, "STOPPED");

    assert.equal(task.containers?.[0]?.exitCode, 137);
    assert.equal(task.stopCode, "UserInitiated");
    assert.equal(task.stoppedReason, "enough");
  }));

Deno.test("local ECS: given a token, when repeated and changed, then replayed and refused", () =>
  withEcs({}, async (_ecs, client) => {
    await register(client, "sleep 5");

    const arn = firstArn(await run(client, { clientToken: "t1", startedBy: "r" }));
    const again = firstArn(await run(client, { clientToken: "t1", startedBy: "r" }));
    const changed = await run(client, { clientToken: "t1", startedBy: "other" }).catch((error) => error);
    const listed = await client.send(new ListTasksCommand({ startedBy: "r" }));

    assert.equal(again, arn);
    assert.ok(changed instanceof ConflictException);
    assert.deepEqual(changed.resourceIds, [arn]);
    assert.deepEqual(listed.taskArns, [arn]);
  }));

Deno.test("local ECS: given a lost reply, when the token is sent again, then there is one task", () => {
  const rules = [{ operation: "RunTask", times: 1, rates: { lostReply: 1 } }];
  const statuses: number[] = [];
  const onRequest = ({ operation, status }: CountedRequest) => {
    if (operation === "RunTask") statuses.push(status);
  };
  return withEcs({ faults: v.parse(faultPlanSchema, { rules }), onRequest }, async (_ecs, client) => {
    await register(client, "sleep 5");
    const attempt = () => run(client, { clientToken: "t", startedBy: "r" });

    // Deno's HTTP client sends a request again by itself when a kept connection breaks.
    const arn = firstArn(await attempt().catch(attempt));
    const listed = await client.send(new ListTasksCommand({ startedBy: "r" }));

    assert.deepEqual(statuses, [0, 200]);
    assert.deepEqual(listed.taskArns, [arn]);
  });
});

Deno.test("local ECS: given an image that nothing runs, when launched, then it stops with the reason", () =>
  withEcs({}, async (_ecs, client) => {
    await register(client, "true", "other/image");

    const task = await untilStatus(client, firstArn(await run(client)), "STOPPED");

    assert.equal(task.stopCode, "TaskFailedToStart");
    assert.match(task.stoppedReason ?? "", /^CannotPullContainerError: .*other\/image$/);
    assert.equal(task.containers?.[0]?.exitCode, undefined);
  }));

Deno.test("local ECS: given the other services, when asked by their SDKs, then they know the default network", () =>
  withEcs({}, async (ecs, client) => {
    await register(client, "true");
    const ec2 = new EC2Client(clientOptions(ecs));
    const tagging = new ResourceGroupsTaggingAPIClient(clientOptions(ecs));

    const vpcs = await ec2.send(
      new DescribeVpcsCommand({ Filters: [{ Name: "isDefault", Values: ["true"] }] }),
    );
    const vpcId = vpcs.Vpcs?.[0]?.VpcId ?? "";
    const subnets = await ec2.send(
      new DescribeSubnetsCommand({ Filters: [{ Name: "vpc-id", Values: [vpcId] }] }),
    );
    const found = await tagging.send(
      new GetResourcesCommand({
        TagFilters: [{ Key: "PrefectFlowId", Values: ["abc"] }],
        ResourceTypeFilters: ["ecs:task-definition"],
      }),
    );

    assert.equal(vpcs.Vpcs?.length, 1);
    assert.equal(subnets.Subnets?.length, 2);
    assert.deepEqual(found.ResourceTagMappingList?.map((each) => each.ResourceARN), [
      "arn:aws:ecs:eu-west-1:123456789012:task-definition/flow:1",
    ]);
    ec2.destroy();
    tagging.destroy();
  }));

/** One request over a raw socket: `fetch` sets the Host header itself. */
function rawStatus(url: string, headers: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = new Socket();
    socket.once("error", reject);
    socket.once("data", (data) => {
      socket.destroy();
      resolve(data.toString().split("\r\n")[0] ?? "");
    });
    socket.connect(Number(new URL(url).port), "127.0.0.1", () => {
      socket.write(["GET / HTTP/1.1", ...headers, "Connection: close", "", ""].join("\r\n"));
    });
  });
}

Deno.test("local ECS: given a foreign Host or Origin, when asked, then it refuses", () =>
  withEcs({}, async (ecs) => {
    const key = `Authorization: Bearer ${ecs.accessKeyId}`;
    const status = (...headers: readonly string[]) => rawStatus(ecs.url, [...headers, key]);

    assert.match(await status("Host: localhost:1"), / 200 /);
    assert.match(await status("Host: localhost:1", "Origin: http://localhost:1"), / 200 /);
    for (
      const headers of [
        ["Host: evil.example"],
        ["Host: 127.0.0.1", "Host: evil.example"],
        ["Host: 127.0.0.1", "Origin: https://evil.example"],
        ["Host: 127.0.0.1", "Origin: http://127.0.0.1:8080"],
        ["Host: 127.0.0.1", "Origin: null"],
        ["Host: 127.0.0.1", "Sec-Fetch-Site: cross-site"],
        ["Host: 127.0.0.1", "Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: no-cors"],
      ]
    ) assert.match(await status(...headers), / 40[03] /, headers.join());
  }));

const ACTIONS = [
  new RegisterTaskDefinitionCommand({ family: "x", containerDefinitions: [{ name: "x", image: "test/x" }] }),
  new RunTaskCommand({ taskDefinition: "flow" }),
  new ListTasksCommand({}),
];

Deno.test("local ECS: given any other access key than its own, when asked, then nothing is done and the error names what it asks for", () =>
  withEcs({}, async (ecs, own) => {
    await register(own, "true");
    const { accessKeyId } = ecs;
    const others = [
      "sandbox",
      "AKIDEXAMPLE",
      accessKeyId.slice(0, -1),
      `${accessKeyId}0`,
      accessKeyId.toLowerCase(),
    ];
    for (const other of others) {
      const client = new ECSClient(clientOptions({ url: ecs.url, accessKeyId: other }));
      for (const action of ACTIONS) {
        // deno-lint-ignore no-explicit-any
        await assert.rejects(client.send(action as any), (thrown: Error) => {
          assert.equal(thrown.name, "UnrecognizedClientException", other);
          assert.match(thrown.message, /AWS_ACCESS_KEY_ID/);
          assert.ok(!thrown.message.includes(accessKeyId));
          return true;
        });
      }
      client.destroy();
    }
    const { taskArns } = await own.send(new ListTasksCommand({}));
    assert.deepEqual(taskArns, []);
  }));

Deno.test("local ECS: given a request without any signature, when asked, then each protocol refuses it and shows no log", () =>
  withEcs({}, async (ecs) => {
    const post = async (headers: Record<string, string>, body: string) => {
      const answer = await fetch(ecs.url, { method: "POST", headers, body });
      assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
      return [answer.status, await answer.text()] as const;
    };
    const [json, why] = await post({ "x-amz-target": "AmazonEC2ContainerServiceV20141113.RunTask" }, "{}");
    const [query, xml] = await post(
      { "content-type": "application/x-www-form-urlencoded" },
      "Action=DescribeVpcs",
    );
    const large = await post(
      { "x-amz-target": "AmazonEC2ContainerServiceV20141113.RunTask" },
      "x".repeat(1e6),
    );

    assert.equal(json, 400);
    assert.match(why, /MissingAuthenticationTokenException/);
    assert.equal(query, 401);
    assert.match(xml, /<Code>AuthFailure<\/Code>/);
    assert.equal(large[0], 400);
    for (const path of ["/", "/logs/flow/x", "/?token=", "/?token=sandbox"]) {
      const answer = await fetch(ecs.url + path);
      await answer.body?.cancel();
      assert.equal(answer.status, 401, path);
    }
  }));

Deno.test("local ECS: given the address that is printed, when opened, then the logs are listed and a cookie opens the rest", () =>
  withEcs({}, async (ecs) => {
    const first = await fetch(`${ecs.url}/?token=${ecs.accessKeyId}`);
    await first.body?.cancel();
    const cookie = first.headers.get("set-cookie") ?? "";
    const next = await fetch(`${ecs.url}/logs/flow/x`, { headers: { cookie: cookie.split(";")[0] ?? "" } });
    await next.body?.cancel();

    assert.deepEqual([first.status, next.status], [200, 200]);
    assert.match(cookie, /HttpOnly; SameSite=Strict$/);
  }));

Deno.test("local ECS: given a body that is too large, when sent, then 413 says how much is read", () =>
  withEcs({}, async (ecs) => {
    const authorization =
      `AWS4-HMAC-SHA256 Credential=${ecs.accessKeyId}/20260101/us-east-1/ecs/aws4_request`;
    const headers = { authorization, "x-amz-target": "AmazonEC2ContainerServiceV20141113.ListTasks" };
    const told = await fetch(ecs.url, { method: "POST", headers, body: "x".repeat(9 * 1024 * 1024) });
    assert.equal(told.status, 413);
    assert.match(await told.text(), /at most 8388608 bytes/);
    const piece = new Uint8Array(1024 * 1024);
    let pieces = 0;
    const body = new ReadableStream({ pull: (c) => pieces++ < 200 ? c.enqueue(piece) : c.close() });
    const untold = await fetch(ecs.url, { method: "POST", headers, body }).catch(() => null);
    assert.equal(untold?.status ?? 413, 413);
    await untold?.body?.cancel();
    assert.ok(pieces < 100, `${pieces} MiB were read`);
  }));
