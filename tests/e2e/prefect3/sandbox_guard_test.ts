/**
 * Whom the sandbox's Prefect 3 API answers: over HTTP and over its sockets, on loopback.
 *
 * @module
 */

import assert from "node:assert/strict";
import { systemClock } from "../../../actors/time/system_clock.ts";
import { type Prefect3Api, startPrefect3 } from "../../../sandbox/prefect3/server.ts";

const KEY = "0123456789abcdef0123456789abcdef";

async function withApi(test: (api: Prefect3Api, lines: readonly string[]) => Promise<void>): Promise<void> {
  const lines: string[] = [];
  const api = await startPrefect3({
    port: 0,
    dataDir: ":memory:",
    key: KEY,
    log: (line) => void lines.push(line),
    clock: systemClock,
    random: Math.random,
  });
  try {
    await test(api, lines);
  } finally {
    await api.close();
  }
}

/** Sends a request as it is written. @returns the first line of the answer */
async function raw({ url }: Prefect3Api, head: readonly string[]): Promise<string> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(new URL(url).port) });
  await connection.write(new TextEncoder().encode(`${head.join("\r\n")}\r\n\r\n`));
  const buffer = new Uint8Array(4096);
  const read = await connection.read(buffer);
  connection.close();
  return new TextDecoder().decode(buffer.subarray(0, read ?? 0)).split("\r\n")[0] ?? "";
}

const AUTH = `Authorization: Bearer ${KEY}`;
const UPGRADE = [
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
];

/** Requests and what they are answered with. `HOST` stands for the API's own. */
const HEADS: readonly (readonly [what: string, head: readonly string[], status: number])[] = [
  ["a request of its own host", ["GET /api/admin/version HTTP/1.1", "Host: HOST", AUTH], 200],
  ["another host", ["GET /api/admin/version HTTP/1.1", "Host: evil.example", AUTH], 403],
  ["a page of another site", [
    "GET /api/admin/version HTTP/1.1",
    "Host: HOST",
    AUTH,
    "Origin: http://evil.example",
  ], 403],
  ["a socket of its own host", [
    "GET /api/events/out HTTP/1.1",
    "Host: HOST",
    ...UPGRADE,
    "Sec-WebSocket-Protocol: prefect",
  ], 101],
  ["a socket of another host", [
    "GET /api/events/out HTTP/1.1",
    "Host: evil.example",
    ...UPGRADE,
    "Sec-WebSocket-Protocol: prefect",
  ], 403],
  ["a socket of another site's page", [
    "GET /api/events/out HTTP/1.1",
    "Host: HOST",
    "Origin: http://evil.example",
    ...UPGRADE,
    "Sec-WebSocket-Protocol: prefect",
  ], 403],
  ["a socket without the subprotocol", ["GET /api/events/out HTTP/1.1", "Host: HOST", ...UPGRADE], 403],
  ["a socket of an unknown path", [
    "GET /api/logs/out HTTP/1.1",
    "Host: HOST",
    ...UPGRADE,
    "Sec-WebSocket-Protocol: prefect",
  ], 404],
  ["a body that says it is too large", [
    "POST /api/flows/ HTTP/1.1",
    "Host: HOST",
    AUTH,
    "Content-Length: 99999999",
  ], 413],
];

for (const [what, head, status] of HEADS) {
  Deno.test(`Prefect 3 API of the sandbox: given ${what}, then it answers ${status}`, () =>
    withApi(async (api) => {
      const { host } = new URL(api.url);

      const line = await raw(api, head.map((each) => each.replace("HOST", host)));

      assert.match(line, new RegExp(`^HTTP/1.1 ${status} `));
    }));
}

/** Opens a socket and says who it is. @returns the first frame, or the end */
function first(address: string, token: unknown): Promise<unknown> {
  return new Promise((resolve) => {
    const socket = new WebSocket(address.replace("http:", "ws:"), "prefect");
    socket.onopen = () => socket.send(JSON.stringify({ type: "auth", token }));
    socket.onmessage = ({ data }) => {
      resolve(JSON.parse(data));
      socket.close();
    };
    socket.onclose = ({ code, reason }) => resolve({ code, reason });
  });
}

const TOKENS: readonly (readonly [path: string, token: unknown, answer: unknown])[] = [
  ["/events/out", KEY, { type: "auth_success" }],
  ["/events/in", KEY, { type: "auth_success" }],
  ["/work_pools/lab/workers/connect", KEY, { type: "auth_success" }],
  ["/events/out", "wrong", { code: 1008, reason: "Invalid token" }],
  ["/events/in", null, { code: 1008, reason: "Auth required but no token provided" }],
  ["/work_pools/lab/workers/connect", "wrong", { code: 1008, reason: "authentication_failed" }],
];

for (const [path, token, answer] of TOKENS) {
  Deno.test(`Prefect 3 API of the sandbox: given ${path} and ${token === KEY ? "its key" : `the token ${token}`}, then ${JSON.stringify(answer)}`, () =>
    withApi(async ({ url }) => {
      assert.deepEqual(await first(`${url}${path}`, token), answer);
    }));
}

Deno.test("Prefect 3 API of the sandbox: given unknown routes over HTTP and sockets, then each is one line", () =>
  withApi(async (api, lines) => {
    const { host } = new URL(api.url);

    await raw(api, ["GET /api/automations HTTP/1.1", `Host: ${host}`, AUTH]);
    await raw(api, [
      "GET /api/logs/out HTTP/1.1",
      `Host: ${host}`,
      ...UPGRADE,
      "Sec-WebSocket-Protocol: prefect",
    ]);

    assert.deepEqual(lines, [
      "prefect3: 404 GET /api/automations: the sandbox has no such route",
      "prefect3: 404 websocket /api/logs/out: the sandbox has no such route",
    ]);
  }));
