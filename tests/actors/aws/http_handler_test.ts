import assert from "node:assert/strict";
import { HttpRequest } from "@smithy/protocol-http";
import { type AwsHttpHandlerOptions, makeAwsHttpHandler } from "../../../actors/aws/http_handler.ts";
import type { HttpRequest as Sent } from "../../../actors/http/http.ts";

const REQUEST = { protocol: "https:", hostname: "ecs.eu-west-1.amazonaws.com", path: "/", method: "POST" };

async function send(
  request: Partial<ConstructorParameters<typeof HttpRequest>[0]>,
  options: Partial<AwsHttpHandlerOptions> & { readonly abortSignal?: AbortSignal } = {},
) {
  const sent: Sent[] = [];
  const body = new TextEncoder().encode('{"ok":true}');
  const { abortSignal, ...more } = options;
  const handler = makeAwsHttpHandler({
    http: (one) => {
      sent.push(one);
      return Promise.resolve({ status: 200, headers: { "content-type": "application/json" }, body });
    },
    timeoutMs: 5000,
    maxBytes: 1000,
    ...more,
  });
  const given = new HttpRequest({ ...REQUEST, ...request });
  const { response } = await handler.handle(given, abortSignal === undefined ? {} : { abortSignal });
  const [one] = sent;
  assert.ok(one);
  return { sent: one, response };
}

Deno.test("AWS handler: given a request of the SDK, when sent, then address, bounds and body are passed on", async () => {
  const { sent } = await send({ body: "{}", port: 8443, headers: { "x-amz-target": "t.RunTask" } });

  assert.deepEqual(sent, {
    method: "POST",
    url: "https://ecs.eu-west-1.amazonaws.com:8443/",
    headers: { "x-amz-target": "t.RunTask" },
    timeoutMs: 5000,
    maxBytes: 1000,
    body: "{}",
  });
});

Deno.test("AWS handler: given headers that the transport sets itself, when sent, then they are left to it", async () => {
  const headers = { Host: "h", "content-length": "2", connection: "keep-alive", authorization: "AWS4" };

  const { sent } = await send({ headers });

  assert.deepEqual(sent.headers, { authorization: "AWS4" });
});

Deno.test("AWS handler: given a query with lists, empty names and signs, when sent, then it is escaped as it was signed", async () => {
  const query = { "x-id": "GetObject", list: ["a b", "c/d"], flag: null, "s'*": "(!)" };

  const { sent } = await send({ query, method: "GET", path: "/bucket/a%20b" });

  assert.equal(
    sent.url,
    "https://ecs.eu-west-1.amazonaws.com/bucket/a%20b?x-id=GetObject&list=a%20b&list=c%2Fd&flag&s%27%2A=%28%21%29",
  );
});

Deno.test("AWS handler: given no body, text or bytes, when sent, then just that; a stream is a fault of this program", async () => {
  const bytes = new Uint8Array([1, 2]);

  assert.equal((await send({ body: "" })).sent.body, undefined);
  assert.deepEqual((await send({ body: bytes })).sent.body, bytes);
  await assert.rejects(send({ body: new Blob(["x"]).stream() }), /Cannot send a streamed body/);
});

Deno.test("AWS handler: given an answer, when the SDK wants bytes or a stream, then it gets that", async () => {
  const bytes = (await send({})).response;
  const stream = (await send({}, { body: "stream" })).response;

  assert.equal(bytes.statusCode, 200);
  assert.ok(bytes.body instanceof Uint8Array);
  assert.ok(stream.body instanceof ReadableStream);
  assert.equal(await new Response(stream.body).text(), '{"ok":true}');
});

Deno.test("AWS handler: given a signal, when sent, then the call can be aborted by it", async () => {
  const stop = new AbortController();

  assert.equal((await send({}, { abortSignal: stop.signal })).sent.signal, stop.signal);
});

const ID_CASES: readonly (readonly [number, Record<string, string>, readonly string[]])[] = [
  [200, { "x-amzn-requestid": "ecs-1" }, ["ecs-1"]],
  [400, { "x-amzn-requestid": "refused-1" }, ["refused-1"]],
  [200, { "x-amz-request-id": "s3-1" }, ["s3-1"]],
  [200, {}, []],
  [200, { "x-amzn-requestid": "x".repeat(1000) }, []],
];

for (const [status, headers, expected] of ID_CASES) {
  Deno.test(`AWS handler: given an answer ${status} with ${Object.keys(headers)}, when listened to, then ${expected.length} ids are told`, async () => {
    const told: string[] = [];

    await send({}, {
      http: () => Promise.resolve({ status, headers, body: new Uint8Array() }),
      onAnswer: (id) => told.push(id),
    }).catch((thrown: unknown) => assert.ok(thrown instanceof assert.AssertionError));

    assert.deepEqual(told, expected);
  });
}
