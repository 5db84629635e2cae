import assert from "node:assert/strict";
import { makeKeptHttp } from "../../../actors/http/kept_http.ts";
import { readStream } from "../../../actors/kubernetes/requests/read_stream.ts";
import { toFailure } from "../../../schemas/failure/failure.ts";

const SIGNAL = new AbortController().signal;

/** Reads what a server on loopback answers. */
async function read(
  answer: () => Response,
  { silentMs = 5000, signal = SIGNAL }: { readonly silentMs?: number; readonly signal?: AbortSignal } = {},
) {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => undefined }, answer);
  const kept = makeKeptHttp({ env: {}, authorities: null, skipVerify: false, most: 4 });
  const lines: string[] = [];
  let opened = 0;
  try {
    const url = `http://127.0.0.1:${server.addr.port}/watch`;
    const onLine = (line: string) => void lines.push(line);
    const options = { onOpen: () => void opened++, onLine, beginMs: silentMs, silentMs };
    const end = await readStream({ url, headers: {}, open: kept.open }, options, signal).catch(toFailure);
    return { end, lines, opened };
  } finally {
    kept.close();
    await server.shutdown();
  }
}

function streamed(parts: readonly string[], isOpen = false): Response {
  const encoder = new TextEncoder();
  const body = new ReadableStream({
    start: (controller) => {
      for (const part of parts) controller.enqueue(encoder.encode(part));
      if (!isOpen) controller.close();
    },
  });
  return new Response(body);
}

Deno.test("stream: given lines that are cut anywhere, when they come, then each is whole", async () => {
  const { end, lines } = await read(() => streamed(['{"a":', "1}\n{", '"b":"ü"}\n']));

  assert.equal(end, null);
  assert.deepEqual(lines, ['{"a":1}', '{"b":"ü"}']);
});

Deno.test("stream: given a peer that goes silent after a line, when the time is over, then it is given up", async () => {
  const { end, lines, opened } = await read(() => streamed(["one\n"], true), { silentMs: 150 });

  assert.ok(end !== null && "tag" in end && end.tag === "timedOut");
  assert.equal(opened, 1);
  assert.deepEqual(lines, ["one"]);
});

Deno.test("stream: given a refusal, when it comes, then status and body are answered", async () => {
  const { end, opened } = await read(() => new Response('{"code":410}', { status: 410 }));

  assert.equal(opened, 0);

  assert.ok(end !== null && "body" in end && end.status === 410);
  assert.equal(new TextDecoder().decode(end.body), '{"code":410}');
});

Deno.test("stream: given a line without an end, when it is longer than any object, then it is given up", async () => {
  const { end } = await read(() => streamed(Array.from({ length: 5 }, () => "x".repeat(1024 * 1024)), true));

  assert.ok(end !== null && "tag" in end && end.tag === "unreachable");
});

Deno.test("stream: given a signal, when it is aborted, then the reading ends with its reason", async () => {
  const stop = new AbortController();
  const reading = read(() => streamed(["one\n"], true), { signal: stop.signal });
  stop.abort(new DOMException("enough", "AbortError"));
  const { end } = await reading;

  assert.ok(end !== null && "tag" in end && end.message.includes("enough"));
});
