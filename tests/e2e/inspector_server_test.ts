import { makeRedactor } from "../../schemas/secrets/redact.ts";
import assert from "node:assert/strict";
import { createWebSocketReceiver, type StatelyInspectionEvent } from "@statelyai/inspect";
import * as v from "valibot";
import { startInspection } from "../../commands/wiring/inspection.ts";
import { pageAssets } from "../../inspector/page_assets.ts";
import {
  chartLayoutSchema,
  runDetailSchema,
  type ServerMessage,
  serverMessageSchema,
} from "../../inspector/protocol/protocol.ts";
import type { Clock } from "../../schemas/time/clock.ts";
import { systemClock } from "../../actors/time/system_clock.ts";
import type { Failure } from "../../schemas/failure/failure.ts";
import { inspectedAgent } from "../support/inspected_agent.ts";
import { until } from "./support/process.ts";
import { SOME_PLATFORM } from "../inspector/support/platform_view.ts";

const SECRETS = ["planted-api-key-1", "planted-token-2", "planted-env-value-3", "planted-aws-secret-4"];
const leaky: Failure = {
  tag: "refused",
  service: "ECS",
  code: "InvalidParameterException",
  operation: "RunTask",
  message: `sent: ${
    SECRETS.join(" ")
  }; Authorization: Bearer planted-by-look-5, password="planted-by-name-6"`,
};
const LOOKS = ["planted-by-look-5", "planted-by-name-6"];

/** An agent that is looked at over HTTP. Real time for the sockets, the fake one for the runs. */
async function served(
  address: { hostname: string; isOpen?: boolean } = { hostname: "127.0.0.1", isOpen: true },
) {
  const lines: string[] = [];
  const inspection = startInspection({
    home: "",
    platform: SOME_PLATFORM,
    settings: {
      inspect: { hostname: address.hostname, port: 0, isDefault: false, isOpen: address.isOpen ?? false },
      record: null,
      trace: true,
      uiUrl: null,
    },
    name: "my agent",
    clock: systemClock satisfies Clock,
    redact: makeRedactor({ credentials: SECRETS }),
    limiters: () => [],
    write: (line) => void lines.push(line),
  });
  const agent = inspectedAgent((event) => inspection.inspect?.(event), { launches: [leaky] });
  await agent.clock.advance(0);
  const url = new URL(lines[0]?.replace("Inspector: ", "").replace("0.0.0.0", "127.0.0.1") ?? "");
  return {
    ...agent,
    lines,
    url,
    stop: async () => {
      agent.actor.stop();
      await inspection[Symbol.asyncDispose]();
    },
  };
}

/** Everything a page is told, until something is among it. */
async function listen(
  url: URL,
  path: string,
  until: (messages: readonly ServerMessage[]) => boolean,
  say?: string,
) {
  const socket = new WebSocket(new URL(path, url).href.replace("http", "ws"));
  const texts: string[] = [];
  const messages: ServerMessage[] = [];
  socket.onopen = () => say === undefined ? undefined : socket.send(say);
  await new Promise<void>((resolve, reject) => {
    socket.onerror = () => reject(new Error(`no socket at ${path}`));
    socket.onmessage = ({ data }) => {
      texts.push(data);
      messages.push(v.parse(serverMessageSchema, JSON.parse(data)));
      if (until(messages)) resolve();
    };
  });
  const closed = new Promise((resolve) => socket.onclose = resolve);
  socket.close();
  await closed;
  return { texts, messages };
}

/** One request with exactly these headers; `fetch` would drop some. @returns status line and headers */
async function raw(url: URL, request: string): Promise<string> {
  using connection = await Deno.connect({ hostname: url.hostname, port: Number(url.port) });
  await connection.write(new TextEncoder().encode(request.replaceAll("\n", "\r\n")));
  const buffer = new Uint8Array(4096);
  return new TextDecoder().decode(buffer.subarray(0, await connection.read(buffer) ?? 0));
}

Deno.test("inspector: given a page, when asked for, then every file comes from here, with headers that let nothing else in", async () => {
  const { url, stop } = await served();

  for (const [path, { type, body }] of pageAssets) {
    const response = await fetch(new URL(path, url));
    assert.equal(await response.text(), body);
    assert.equal(response.headers.get("content-type"), type);
    assert.match(
      response.headers.get("content-security-policy") ?? "",
      /^default-src 'none'; script-src 'self';/,
    );
    assert.equal(response.headers.get("x-content-type-options"), "nosniff");
  }
  const missing = await fetch(new URL("/nothing", url));
  assert.equal(missing.status, 404);
  await missing.body?.cancel();
  await stop();
});

Deno.test("inspector: given runs, when asked over HTTP, then overview, details and charts come in their own form", async () => {
  const { url, find, clock, stop } = await served();
  find("run-1", "run/2");
  await clock.advance(2000);

  const overview = v.parse(serverMessageSchema, await (await fetch(new URL("/api/overview", url))).json());
  const detail = v.parse(runDetailSchema, await (await fetch(new URL("/api/runs/run%2F2", url))).json());
  const charts = v.parse(v.array(chartLayoutSchema), await (await fetch(new URL("/api/charts", url))).json());
  const unknown = await fetch(new URL("/api/runs/nobody", url));
  await unknown.body?.cancel();

  assert.ok(overview.type === "snapshot" && overview.runs.length === 2);
  assert.equal(detail.row.outcome, "completed");
  assert.deepEqual(charts.map(({ name }) => name), ["flow_run", "agent"]);
  const edges = new Set(charts[0]?.edges.map(({ id }) => id));
  for (const edge of Object.keys(detail.taken)) assert.ok(edges.has(edge), edge);
  assert.equal(unknown.status, 404);
  await stop();
});

Deno.test("inspector: given a page that watches, when the run moves, then it is told within the second", async () => {
  const { url, find, clock, stop } = await served();
  const attached = Promise.withResolvers<void>();
  const going = listen(
    url,
    "/ws",
    (all) => {
      if (all.some(({ type }) => type === "snapshot")) attached.resolve();
      return all.some((m) => m.type === "run" && m.detail?.row.outcome === "completed");
    },
    JSON.stringify({ type: "watch", id: "run-2" }),
  );
  await attached.promise;
  find("run-1", "run-2");
  for (let i = 0; i < 20; i++) {
    await clock.advance(50);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }

  const { messages } = await going;

  assert.deepEqual(messages.slice(0, 2).map(({ type }) => type), ["hello", "snapshot"]);
  const updates = messages.flatMap((m) => m.type === "update" ? [m] : []);
  assert.ok(updates.length >= 2);
  assert.ok(updates.every((m, i) => i === 0 || m.seq >= (updates[i - 1]?.seq ?? 0)));
  await stop();
});

Deno.test("inspector: given secrets planted everywhere, when every frame, answer and line is searched, then none is found", async () => {
  const { url, find, clock, lines, stop } = await served();
  const stately: string[] = [];
  const tool = new WebSocket(new URL("/stately", url).href.replace("http", "ws"));
  tool.onmessage = ({ data }) => void stately.push(data);
  await until(() => stately[0], () => "nothing came from /stately");
  find("run-1");
  await clock.advance(2000);
  const { texts } = await listen(
    url,
    "/ws",
    (all) => all.some((m) => m.type === "run"),
    JSON.stringify({ type: "watch", id: "run-1" }),
  );
  const answers = await Promise.all(
    ["/", "/api/overview", "/api/runs/run-1", "/api/charts"].map(async (path) =>
      await (await fetch(new URL(path, url))).text()
    ),
  );
  await until(() => stately[20], () => `only ${stately.length} frames came from /stately`);
  const closed = new Promise((resolve) => tool.onclose = resolve);
  tool.close();
  await closed;

  const everything = [...texts, ...answers, ...stately, ...lines].join("\n");
  for (const secret of [...SECRETS, ...LOOKS]) assert.ok(!everything.includes(secret), secret);
  assert.ok(everything.includes("sent: (hidden)"), "the failure itself is shown");
  await stop();
});

Deno.test("inspector: given the receiver of @statelyai/inspect, when it is attached, then it gets every actor with its chart, events and snapshots", async () => {
  const { url, find, clock, stop } = await served();
  find("run-1");
  await clock.advance(30);
  const got: StatelyInspectionEvent[] = [];
  const receiver = createWebSocketReceiver({ server: new URL("/stately", url).href.replace("http", "ws") });
  const { unsubscribe } = receiver.subscribe((event) => void got.push(event));
  const has = (name: string) => got.some((event) => event.type === "@xstate.actor" && event.name === name);
  await until(() => has("run-1") || undefined, () => "the receiver was told of no run");
  find("run-2");
  await clock.advance(2000);
  const session = () =>
    got.flatMap((event) => "name" in event && event.name === "run-2" ? [event.sessionId] : [])[0];
  const values = () =>
    got.flatMap((event) =>
      event.type === "@xstate.snapshot" && event.sessionId === session()
        ? [Reflect.get(event.snapshot, "value")]
        : []
    );
  await until(() => values()[2], () => `the receiver was told of ${values()}`);
  unsubscribe();
  await stop();
  await new Promise((resolve) => setTimeout(resolve, 1000)); // the receiver closes its socket by itself, a moment later

  const actors = got.flatMap((event) => event.type === "@xstate.actor" ? [event] : []);
  assert.deepEqual(
    actors.filter(({ name }) => ["agent", "run-1", "run-2"].includes(name)).map(({ name }) => name),
    ["agent", "run-1", "run-2"],
  );
  const chart = JSON.parse(actors.find(({ name }) => name === "run-2")?.definition ?? "{}");
  assert.equal(chart.id, "flowRun");
  assert.ok("runningTask" in chart.states);
  assert.deepEqual(values().slice(0, 3), ["claiming", "planning", "ensuringTaskDefinition"]);
  assert.ok(
    got.some((event) => event.type === "@xstate.event" && event.event.type === "xstate.done.actor.claimRun"),
  );
});

const REFUSED: readonly (readonly [string, (host: string) => string, number])[] = [
  ["another Host", () => "GET / HTTP/1.1\nHost: evil.example\n\n", 421],
  ["a Host with another port", () => "GET / HTTP/1.1\nHost: 127.0.0.1:1\n\n", 421],
  [
    "another Origin",
    (host) => `GET /api/overview HTTP/1.1\nHost: ${host}\nOrigin: http://evil.example\n\n`,
    403,
  ],
  ["the Origin null", (host) => `GET /api/overview HTTP/1.1\nHost: ${host}\nOrigin: null\n\n`, 403],
  [
    "a request from another site",
    (host) =>
      `GET /api/overview HTTP/1.1\nHost: ${host}\nSec-Fetch-Site: cross-site\nSec-Fetch-Mode: no-cors\n\n`,
    403,
  ],
  ["a POST", (host) => `POST /api/overview HTTP/1.1\nHost: ${host}\nContent-Length: 0\n\n`, 405],
  ["a DELETE", (host) => `DELETE /api/runs/x HTTP/1.1\nHost: ${host}\n\n`, 405],
  [
    "a socket from another Origin",
    (host) =>
      `GET /ws HTTP/1.1\nHost: ${host}\nUpgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Version: 13\n` +
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\nOrigin: http://evil.example\n\n",
    403,
  ],
  ["a socket path without an upgrade", (host) => `GET /ws HTTP/1.1\nHost: ${host}\n\n`, 426],
];

for (const [what, request, status] of REFUSED) {
  Deno.test(`inspector: given ${what}, when it comes over a raw socket, then it is refused with ${status}`, async () => {
    const { url, stop } = await served();

    const answer = await raw(url, request(url.host));

    assert.match(answer, new RegExp(`^HTTP/1.1 ${status} `));
    await stop();
  });
}

for (const hostname of ["0.0.0.0", "127.0.0.1"]) {
  Deno.test(`inspector: given it is served at ${hostname}, when asked, then only the printed token opens it`, async () => {
    const { url, stop } = await served({ hostname });
    const token = url.searchParams.get("token") ?? "";
    const get = async (path: string, headers: HeadersInit = {}) => {
      const response = await fetch(new URL(path, url), { headers });
      await response.body?.cancel();
      return response;
    };

    const first = await get(`/?token=${token}`);
    const cookie = first.headers.get("set-cookie") ?? "";

    assert.match(token, /^[0-9a-f]{32}$/);
    assert.equal(first.status, 200);
    assert.match(cookie, /HttpOnly; SameSite=Strict$/);
    assert.equal((await get("/api/overview", { cookie: cookie.split(";")[0] ?? "" })).status, 200);
    for (const path of ["/", "/api/overview", "/ws", "/stately", "/?token=", `/?token=${token}0`]) {
      assert.equal((await get(path)).status, 401, path);
    }
    await stop();
  });
}

/** Opens a websocket by hand and never reads from it. */
async function deafSocket(url: URL, path: string): Promise<Deno.TcpConn> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(url.port) });
  const head =
    `GET ${path}${url.search} HTTP/1.1\nHost: ${url.host}\nUpgrade: websocket\nConnection: Upgrade\n` +
    "Sec-WebSocket-Version: 13\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n\n";
  await connection.write(new TextEncoder().encode(head.replaceAll("\n", "\r\n")));
  return connection;
}

/** A text in a frame with a mask of zeros. */
function frame(text: string): Uint8Array {
  const payload = new TextEncoder().encode(text);
  assert.ok(payload.length < 126);
  return new Uint8Array([0x81, 0x80 | payload.length, 0, 0, 0, 0, ...payload]);
}

Deno.test("inspector: given 40,000 messages on a socket that reads nothing, when they come, then it is closed, memory does not grow, and others are answered", async () => {
  const { url, find, clock, stop } = await served();
  find(...Array.from({ length: 50 }, (_, at) => `run-${at}`));
  await clock.advance(2000);
  const before = Deno.memoryUsage().rss;
  const connection = await deafSocket(url, "/ws");
  const watch = frame(JSON.stringify({ type: "watch", id: "run-1" }));
  const block = new Uint8Array(watch.length * 1000);
  for (let at = 0; at < 1000; at++) block.set(watch, at * watch.length);

  const writing = (async () => {
    for (let i = 0; i < 40; i++) {
      for (let at = 0; at < block.length;) at += await connection.write(block.subarray(at));
    }
  })().catch(() => "the other side has closed it");
  const answer = await fetch(new URL("/api/overview", url));
  await answer.body?.cancel();
  await writing;

  assert.equal(answer.status, 200);
  assert.ok(Deno.memoryUsage().rss - before < 100 * 1024 * 1024);
  connection.close();
  await stop();
});
