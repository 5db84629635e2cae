/** What is sent to ECS, beside what the SDK sends, and what is read of its answers. @module */

import assert from "node:assert/strict";
import {
  DescribeTasksCommand,
  type ECSClientConfig,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
} from "@aws-sdk/client-ecs";
import type { HttpRequest } from "@smithy/protocol-http";
import { FailureError } from "../../../schemas/failure/failure.ts";
import { answering, NOW, type StubAnswer } from "../../support/ecs_stub.ts";

const SIGNAL = new AbortController().signal;
const ARN = "arn:aws:ecs:us-east-1:123456789012:task/default/0123456789abcdef0123456789abcdef";

const RUN = {
  cluster: "prod",
  taskDefinition: "flow:1",
  clientToken: "t".repeat(64),
  count: 1,
  enableExecuteCommand: true,
  overrides: {
    containerOverrides: [{ name: "flow", cpu: 256, environment: [{ name: "A", value: "ü \u2028" }] }],
  },
  tags: [{ key: "k", value: "" }],
};
const REGISTER = {
  family: "flow",
  containerDefinitions: [{
    name: "flow",
    image: "i",
    dockerLabels: { a: "b" },
  }],
};

/** What all requests carry that the SDK sends as well. */
const told = ({ method, protocol, hostname, port, path, headers, body }: HttpRequest) => ({
  ...{ method, protocol, hostname, port, path },
  target: headers["x-amz-target"],
  type: headers["content-type"],
  host: headers["host"],
  body: JSON.parse(String(body)),
});

Deno.test("ecs exchange: given requests, when sent, then AWS is told what the SDK's own layers would tell it, signed for the same host", async () => {
  const places: Partial<ECSClientConfig>[] = [
    {},
    { useFipsEndpoint: true },
    { useDualstackEndpoint: true, region: "cn-north-1" },
    { endpoint: "http://127.0.0.1:4566/base" },
    { endpoint: "https://ecs.example" },
  ];
  for (const place of places) {
    const { client, exchange, sent } = answering("{}", {}, place);
    await client.send(new RunTaskCommand(RUN));
    await client.send(new RegisterTaskDefinitionCommand({ ...REGISTER }));
    await client.send(new DescribeTasksCommand({ tasks: [ARN] }));
    await exchange({ service: "ECS", operation: "RunTask", kind: "write" }, RUN, SIGNAL);
    await exchange({ service: "ECS", operation: "RegisterTaskDefinition", kind: "write" }, REGISTER, SIGNAL);
    await exchange({ service: "ECS", operation: "DescribeTasks", kind: "read" }, { tasks: [ARN] }, SIGNAL);

    assert.equal(sent.length, 6);
    assert.deepEqual(sent.slice(3).map(told), sent.slice(0, 3).map(told), JSON.stringify(place));
    const [theirs, ours] = [sent[0], sent[3]].map((request) => request?.headers["authorization"] ?? "");
    const scope = /Credential=a\/\d+(\/[^,]+), SignedHeaders=([^,]+),/;
    assert.equal(ours?.match(scope)?.[1], theirs?.match(scope)?.[1]);
    assert.match(ours ?? "", /SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-target,/);
    assert.equal(sent[3]?.headers["x-amz-date"], "20260102T030405Z");
  }
});

Deno.test("ecs exchange: given one request, when it is signed twice, then whatever is changed changes the signature", async () => {
  const signatureOf = async (request: { clientToken: string }, secretAccessKey: string) => {
    const { exchange, sent } = answering("{}", {}, { credentials: { accessKeyId: "a", secretAccessKey } });
    await exchange({ service: "ECS", operation: "RunTask", kind: "write" }, request, SIGNAL);
    return sent[0]?.headers["authorization"];
  };
  const first = await signatureOf({ clientToken: "1" }, "b");

  assert.equal(await signatureOf({ clientToken: "1" }, "b"), first);
  assert.notEqual(await signatureOf({ clientToken: "2" }, "b"), first);
  assert.notEqual(await signatureOf({ clientToken: "1" }, "c"), first);
});

Deno.test("ecs exchange: given a clock that is wrong, when AWS has told its time, then the next request is signed with that", async () => {
  const datesFor = async (aheadMs: number) => {
    const date = new Date(NOW + aheadMs).toUTCString();
    const { exchange, sent } = answering("{}", { headers: { date } });
    for (let call = 0; call < 2; call++) {
      await exchange({ service: "ECS", operation: "ListTasks", kind: "read" }, {}, SIGNAL);
    }
    return sent.map(({ headers }) => headers["x-amz-date"]);
  };

  assert.deepEqual(await datesFor(600_000), ["20260102T030405Z", "20260102T031405Z"]);
  assert.deepEqual(await datesFor(-600_000), ["20260102T030405Z", "20260102T025405Z"]);
  assert.deepEqual(await datesFor(30_000), ["20260102T030405Z", "20260102T030405Z"]);
});

Deno.test("ecs exchange: given refusals as AWS writes them, when read, then code and text are those of AWS", async () => {
  const table: readonly [string, StubAnswer, string, string][] = [
    [
      `{"__type":"com.amazonaws.ecs#ClusterNotFoundException","message":"m"}`,
      { status: 400 },
      "ClusterNotFoundException",
      "m",
    ],
    [`{"__type":"ClientException","Message":"M"}`, { status: 400 }, "ClientException", "M"],
    [
      `{"message":"m"}`,
      { status: 400, headers: { "x-amzn-errortype": "AccessDeniedException:http://x/" } },
      "AccessDeniedException",
      "m",
    ],
    [`{"code":"InvalidSignatureException","message":"m"}`, { status: 403 }, "InvalidSignatureException", "m"],
    [`{}`, { status: 400 }, "Unknown", "UnknownError"],
  ];
  for (const [body, answer, code, text] of table) {
    const { exchange } = answering(body, answer);
    const thrown: unknown = await exchange(
      { service: "ECS", operation: "StopTask", kind: "write" },
      {},
      SIGNAL,
    ).catch((
      error,
    ) => error);

    assert.ok(thrown instanceof FailureError, body);
    const message = `An error occurred (${code}) when calling the StopTask operation: ${text}`;
    assert.deepEqual(thrown.failure, {
      tag: "refused",
      service: "ECS",
      code,
      operation: "StopTask",
      message,
    });
  }
});

Deno.test("ecs exchange: given answers that are not of AWS, when read, then a write's outcome is unknown and a read is unavailable", async () => {
  const pages: readonly [string, number][] = [["<html>", 200], ["[]", 200], [`{"tasks": [`, 200], [
    "<html>",
    503,
  ], ["5", 408]];
  for (const [body, status] of pages) {
    const { exchange } = answering(body, { status });
    for (const [kind, tag] of [["write", "unknownOutcome"], ["read", "unavailable"]] as const) {
      const thrown: unknown = await exchange({ service: "ECS", operation: "RunTask", kind }, {}, SIGNAL)
        .catch((error) => error);

      assert.ok(thrown instanceof FailureError, `${body} ${status}`);
      assert.equal(thrown.failure.tag, tag);
      assert.match(thrown.failure.message, new RegExp(`HTTP status ${status} is not one of AWS`));
    }
  }
});

const PAGE = "<!DOCTYPE html><html><body>Sign in</body></html>";

for (
  const [operation, body, status, tag] of [
    ["RunTask", PAGE, 302, "refused"],
    ["RunTask", PAGE, 403, "refused"],
    ["RunTask", "page not found", 404, "refused"],
    ["RunTask", PAGE, 501, "refused"],
    ["RunTask", PAGE, 200, "unknownOutcome"],
    ["RunTask", PAGE, 500, "unknownOutcome"],
    ["RunTask", PAGE, 502, "unknownOutcome"],
    ["RegisterTaskDefinition", PAGE, 200, "refused"],
    ["RegisterTaskDefinition", PAGE, 407, "refused"],
    ["RegisterTaskDefinition", PAGE, 502, "unknownOutcome"],
    ["RegisterTaskDefinition", `{"taskDefinition": `, 200, "unknownOutcome"],
    ["StopTask", PAGE, 404, "unknownOutcome"],
    ["StopTask", PAGE, 501, "unknownOutcome"],
  ] as const
) {
  Deno.test(`ecs exchange: given ${operation} answered with ${status} and ${body.slice(0, 20)}, when read, then it is ${tag}`, async () => {
    const { exchange } = answering(body, { status });

    const thrown: unknown = await exchange({ service: "ECS", operation, kind: "write" }, {}, SIGNAL)
      .catch((error) => error);

    assert.ok(thrown instanceof FailureError);
    assert.equal(thrown.failure.tag, tag);
    assert.match(thrown.failure.message, /AWS_ENDPOINT_URL/);
  });
}

for (const status of [404, 501]) {
  Deno.test(`ecs exchange: given a search for tasks answered with a page and ${status}, when read, then nothing is concluded from it`, async () => {
    for (const operation of ["ListTasks", "DescribeTasks"]) {
      const { exchange } = answering(PAGE, { status });

      const thrown: unknown = await exchange({ service: "ECS", operation, kind: "read" }, {}, SIGNAL)
        .catch((error) => error);

      assert.ok(thrown instanceof FailureError && thrown.failure.tag === "unavailable", operation);
    }
  });
}

Deno.test("ecs exchange: given credentials that come late, when the first request fails for them, then the next one asks again", async () => {
  let asked = 0;
  const credentials = () => {
    asked++;
    return asked === 1
      ? Promise.reject(new FailureError({ tag: "credentials", message: "not yet" }))
      : Promise.resolve({ accessKeyId: "a", secretAccessKey: "b" });
  };
  const { exchange, sent } = answering(`{"taskArns":[]}`, {}, { credentials });
  const call = { service: "ECS", operation: "ListTasks", kind: "read" } as const;
  const first: unknown = await exchange(call, {}, SIGNAL).catch((error) => error);

  assert.ok(first instanceof FailureError);
  assert.equal(first.failure.tag, "credentials");
  assert.deepEqual(await exchange(call, {}, SIGNAL), { taskArns: [] });
  assert.equal(sent.length, 1);
});
