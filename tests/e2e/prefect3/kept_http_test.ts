/** Kept connections over loopback: slow answers, and servers that close what was kept. @module */

import assert from "node:assert/strict";
import { makeKeptHttp } from "../../../actors/http/kept_http.ts";
import type { HttpAnswer } from "../../../actors/http/http.ts";
import { toFailure } from "../../../schemas/failure/failure.ts";

const TEXT = new TextDecoder();

/** What a server does with one request: the answer; null: it breaks the connection without one. */
type Serve = (
  request: string,
  at: { readonly connection: number; readonly count: number },
) => Promise<string | null>;

/** A server that speaks HTTP/1.1 in text. */
async function serving(
  serve: Serve,
  idleMs: number,
  use: (given: {
    readonly post: (body: string) => Promise<HttpAnswer>;
    readonly got: readonly string[];
  }) => Promise<void>,
): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const got: string[] = [];
  const open: Promise<void>[] = [];
  let connections = 0;
  const talk = async (connection: Deno.TcpConn, number: number): Promise<void> => {
    const buffer = new Uint8Array(65_536);
    for (let count = 1;; count++) {
      const size = await connection.read(buffer).catch(() => null);
      if (size === null) break;
      const request = TEXT.decode(buffer.subarray(0, size));
      got.push(request.split("\r\n\r\n")[1] ?? "");
      const answer = await serve(request, { connection: number, count });
      if (answer === null) break;
      const written = await connection.write(new TextEncoder().encode(answer)).catch(() => null);
      if (written === null) break;
    }
    connection.close();
  };
  const accept = (async () => {
    for await (const connection of listener) open.push(talk(connection, ++connections));
  })();
  const http = makeKeptHttp({ env: {}, authorities: null, skipVerify: false, most: 4, idleMs });
  const url = `http://127.0.0.1:${listener.addr.port}/api/x`;
  const post = (body: string) =>
    http.call({ method: "POST", url, headers: { "content-type": "text/plain" }, body, timeoutMs: 20_000 });
  try {
    await use({ post, got });
  } finally {
    http.close();
    listener.close();
    await Promise.all([accept, ...open]);
  }
}

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";

Deno.test("kept HTTP: given an idle limit of 100 ms, when an answer takes eight times as long, on a new and on a kept connection, then it is not cut off", async () => {
  const slow = async () => {
    await new Promise((next) => setTimeout(next, 800));
    return OK;
  };

  await serving(slow, 100, async ({ post, got }) => {
    assert.equal((await post("1")).status, 200);
    assert.equal((await post("2")).status, 200);
    assert.deepEqual(got, ["1", "2"]);
  });
});

Deno.test("kept HTTP: given a kept connection that the server breaks when the next request comes, then the same request is sent once more on a new connection", async () => {
  const once: Serve = (_, { count }) => Promise.resolve(count === 1 ? OK : null);

  await serving(once, 25_000, async ({ post, got }) => {
    assert.equal((await post("first")).status, 200);
    assert.equal((await post("transition t-1")).status, 200);
    assert.deepEqual(got.filter((body) => body !== "first"), ["transition t-1", "transition t-1"]);
  });
});

Deno.test("kept HTTP: given a new connection that the server breaks, when a request was sent on it, then it is not sent again here, and the failure says that no answer came", async () => {
  await serving(() => Promise.resolve(null), 25_000, async ({ post, got }) => {
    const failure = await post("1").then(() => null, toFailure);

    assert.equal(failure?.tag, "unreachable");
    assert.deepEqual(got, ["1"]);
  });
});

Deno.test("kept HTTP: given an answer of 503, when the next request is sent, then it goes over another connection", async () => {
  const seen: number[] = [];
  const busy: Serve = (_, { connection }) => {
    seen.push(connection);
    return Promise.resolve(seen.length === 1 ? OK.replace("200 OK", "503 Busy") : OK);
  };

  await serving(busy, 25_000, async ({ post }) => {
    await post("1");
    await post("2");
    await post("3");

    assert.deepEqual(seen, [1, 2, 2]);
  });
});
