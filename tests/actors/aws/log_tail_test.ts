/** The end of a log stream, as CloudWatch Logs answers. @module */

import assert from "node:assert/strict";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { HttpResponse } from "@smithy/protocol-http";
import { readLogTail } from "../../../actors/aws/log_tail.ts";
import { toFailure } from "../../../schemas/failure/failure.ts";

const PLACE = { group: "/ecs/flows", stream: "flow/flow/0123", region: null, container: "flow" };
const SIGNAL = new AbortController().signal;

/** A client whose every request is answered with this. */
function answering(statusCode: number, answer: unknown) {
  const asked: unknown[] = [];
  const client = new CloudWatchLogsClient({
    region: "us-east-1",
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
    maxAttempts: 1,
    requestHandler: {
      handle: ({ body }: { body: Uint8Array }) => {
        asked.push(JSON.parse(new TextDecoder().decode(body)));
        const bytes = new TextEncoder().encode(JSON.stringify(answer));
        const headers = { "content-type": "application/x-amz-json-1.1" };
        return Promise.resolve({ response: new HttpResponse({ statusCode, headers, body: bytes }) });
      },
    },
  });
  return { asked, read: (lines: number) => readLogTail(client, { place: PLACE, lines }, SIGNAL) };
}

Deno.test("log tail: given a stream, when its end is read, then the last lines come in their order", async () => {
  const events = ["one", "two", "three"].map((message, timestamp) => ({ message, timestamp }));
  const { asked, read } = answering(200, { events });

  assert.deepEqual(await read(2), ["two", "three"]);
  assert.deepEqual(asked, [
    { logGroupName: "/ecs/flows", logStreamName: "flow/flow/0123", limit: 2, startFromHead: false },
  ]);
});

Deno.test("log tail: given events without text, or none, when read, then they are empty lines, or none", async () => {
  assert.deepEqual(await answering(200, { events: [{ timestamp: 1 }] }).read(5), [""]);
  assert.deepEqual(await answering(200, {}).read(5), []);
});

Deno.test("log tail: given a stream or group that does not exist, when read, then it has no lines", async () => {
  const missing = {
    __type: "ResourceNotFoundException",
    message: "The specified log stream does not exist.",
  };

  assert.deepEqual(await answering(400, missing).read(5), []);
});

for (
  const [type, status, tag] of [
    ["AccessDeniedException", 400, "refused"],
    ["ThrottlingException", 400, "throttled"],
    ["ServiceUnavailableException", 503, "unavailable"],
  ] as const
) {
  Deno.test(`log tail: given ${type}, when read, then the failure is ${tag}`, async () => {
    const failure = await answering(status, { __type: type, message: "no" }).read(5).catch(toFailure);

    assert.ok("tag" in failure);
    assert.equal(failure.tag, tag);
  });
}
