import assert from "node:assert/strict";
import { proxyFor } from "../../../../actors/prefect3/sockets/address.ts";
import { makeEmitter } from "../../../../actors/prefect3/sockets/make_emitter.ts";
import { makeOpenSocket, type Socket } from "../../../../actors/prefect3/sockets/socket.ts";
import type { SocketEnd } from "../../../../actors/prefect3/sockets/wire.ts";
import { makeOpenWire, type WsOptions } from "../../../../actors/prefect3/sockets/ws_wire.ts";
import { systemClock } from "../../../../actors/time/system_clock.ts";
import { BOUNDS } from "../../../../schemas/bounds/bounds.ts";
import type { JsonObject } from "../../../../schemas/json/json.ts";
import type { FlowRun } from "../../../../schemas/prefect3/flow_run.ts";
import { countedIds, LOCAL_API } from "../../../support/prefect3/fake_sockets.ts";

const TLS = new URL("../../tls/", import.meta.url);
const read = (name: string) => Deno.readTextFileSync(new URL(name, TLS));
const DIRECT: WsOptions = { authorities: null, skipVerify: false, proxyFor: () => null };

interface Server extends AsyncDisposable {
  readonly port: number;
  /** Headers of each handshake. */
  readonly handshakes: Headers[];
  readonly heard: JsonObject[];
}

/** What the server does once it has accepted who the other side is. */
type Act = (socket: WebSocket) => void;

function serve(act: Act, { status = 101, isSecure = false, protocol = "prefect" } = {}): Server {
  const handshakes: Headers[] = [];
  const heard: JsonObject[] = [];
  const tls = isSecure ? { cert: read("loopback.pem"), key: read("loopback_key.pem") } : {};
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {}, ...tls }, (request) => {
    handshakes.push(new Headers(request.headers));
    if (status !== 101) return new Response("no", { status });
    const { socket, response } = Deno.upgradeWebSocket(request, protocol === "" ? {} : { protocol });
    socket.onmessage = ({ data }) => {
      const frame = JSON.parse(String(data)) as JsonObject;
      heard.push(frame);
      if (frame["type"] !== "auth") return;
      socket.send('{"type":"auth_success"}');
      act(socket);
    };
    return response;
  });
  return {
    port: server.addr.port,
    handshakes,
    heard,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

interface Meeting {
  readonly frames: JsonObject[];
  readonly end: SocketEnd;
}

/** Opens a socket and waits for its end; it is closed here at the first frame `bye`. */
function meet(
  url: string,
  options = DIRECT,
  headers: Readonly<Record<string, string>> = {},
): Promise<Meeting> {
  const openSocket = makeOpenSocket({ openWire: makeOpenWire(options), clock: systemClock });
  const frames: JsonObject[] = [];
  let open: Socket | null = null;
  return new Promise((resolve) => {
    openSocket({ url, headers, token: "t" }, {
      ready: (socket) => {
        socket.settled();
        open = socket;
      },
      frame: (frame) => {
        frames.push(frame);
        if (frame["type"] === "bye") open?.close();
      },
      unreadable: () => undefined,
      ended: (end) => resolve({ frames, end }),
    });
  });
}

const bye: Act = (socket) => socket.send('{"type":"bye"}');

Deno.test("websocket: given a server on loopback, when it accepts, then headers, subprotocol and token arrive and frames are heard", async () => {
  await using server = serve(bye);

  const { frames, end } = await meet(`ws://127.0.0.1:${server.port}/api/x`, DIRECT, {
    "user-agent": "prefect/3.9.1 (API 0.8.4)",
    "x-tenant": "a",
  });

  const [headers] = server.handshakes;
  assert.equal(headers?.get("user-agent"), "prefect/3.9.1 (API 0.8.4)");
  assert.equal(headers?.get("x-tenant"), "a");
  assert.equal(headers?.get("sec-websocket-protocol"), "prefect");
  assert.deepEqual(server.heard, [{ type: "auth", token: "t" }]);
  assert.deepEqual(frames, [{ type: "bye" }]);
  assert.deepEqual(end, { kind: "closed", code: 1000, reason: "" });
});

Deno.test("websocket: given a handshake that is refused, when it is, then the status is known", async () => {
  for (const status of [200, 401, 403, 404, 405, 429, 503]) {
    await using server = serve(bye, { status });
    const { end } = await meet(`ws://127.0.0.1:${server.port}/api/x`);
    assert.deepEqual(end, { kind: "refused", status });
  }
});

Deno.test("websocket: given a server that closes with a code and a reason, when it does, then both are known", async () => {
  for (
    const [code, reason] of [[1008, "authorization_failed"], [1011, "transient_server_error"], [
      1002,
      "",
    ]] as const
  ) {
    await using server = serve((socket) => socket.close(code, reason));
    const { end } = await meet(`ws://127.0.0.1:${server.port}/api/x`);
    assert.deepEqual(end, { kind: "closed", code, reason });
  }
});

Deno.test("websocket: given a message longer than is read, when it comes, then the socket ends and says why; a shorter one is heard", async () => {
  const text = (length: number) => JSON.stringify({ type: "x", text: "y".repeat(length - 22) });
  await using long = serve((socket) => socket.send(text(BOUNDS.socketFrame.most + 1)));
  assert.deepEqual((await meet(`ws://127.0.0.1:${long.port}/`)).end, { kind: "tooLong" });

  await using fits = serve((socket) => {
    socket.send(text(BOUNDS.socketFrame.most));
    bye(socket);
  });
  assert.equal((await meet(`ws://127.0.0.1:${fits.port}/`)).frames.length, 2);
});

Deno.test("websocket: given nobody who listens, a server of no subprotocol, or an address of no use, when it is opened, then it ends and nothing throws", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const refused = await meet(`ws://127.0.0.1:${port}/`);
  assert.equal(refused.end.kind, "unreachable");

  await using plain = serve(bye, { protocol: "" });
  const { end } = await meet(`ws://127.0.0.1:${plain.port}/`);
  assert.equal(end.kind, "unreachable");

  assert.equal((await meet("ws://127.0.0.1:1/", DIRECT, { "x-bad": "a\nb" })).end.kind, "unreachable");
  assert.equal((await meet("not an address")).end.kind, "unreachable");
});

Deno.test("websocket: given a certificate of an own authority, when it is opened, then it counts where the authority is named or nothing is verified", async () => {
  await using server = serve(bye, { isSecure: true });
  const url = `wss://127.0.0.1:${server.port}/`;

  const unknown = await meet(url);
  const named = await meet(url, { ...DIRECT, authorities: read("authority.pem") });
  const unverified = await meet(url, { ...DIRECT, skipVerify: true });

  assert.equal(unknown.end.kind, "unreachable");
  assert.equal(named.frames.length, 1);
  assert.equal(unverified.frames.length, 1);
});

interface Proxy extends AsyncDisposable {
  readonly port: number;
  /** First lines of its requests. */
  readonly asked: string[];
}

/** A proxy that connects one client to where it asks for. */
function proxy(): Proxy {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const asked: string[] = [];
  const serveOne = async () => {
    const client = await listener.accept();
    const buffer = new Uint8Array(4096);
    const length = await client.read(buffer) ?? 0;
    const [line = ""] = new TextDecoder().decode(buffer.subarray(0, length)).split("\r\n");
    asked.push(line);
    const [, place = ""] = line.split(" ");
    const target = await Deno.connect({ hostname: "127.0.0.1", port: Number(place.split(":").at(-1)) });
    await client.write(new TextEncoder().encode("HTTP/1.1 200 OK\r\n\r\n"));
    await Promise.allSettled([
      client.readable.pipeTo(target.writable),
      target.readable.pipeTo(client.writable),
    ]);
  };
  const done = serveOne();
  return {
    port: listener.addr.port,
    asked,
    [Symbol.asyncDispose]: async () => {
      await done;
      listener.close();
    },
  };
}

Deno.test("websocket: given a proxy in the environment, when it is opened, then it goes through the proxy", async () => {
  await using server = serve(bye);
  await using between = proxy();
  const env = { HTTP_PROXY: `http://127.0.0.1:${between.port}` };

  const { frames } = await meet(`ws://127.0.0.1:${server.port}/`, {
    ...DIRECT,
    proxyFor: (url) => proxyFor(url, env),
  });

  assert.equal(frames.length, 1);
  assert.match(between.asked[0] ?? "", new RegExp(`^CONNECT 127\\.0\\.0\\.1:${server.port} `));
});

Deno.test("emitter: given a thousand runs at once, when the worker ends, then every event has arrived, in its order, over one socket", async () => {
  await using server = serve(() => undefined);
  const api = { ...LOCAL_API, url: `http://127.0.0.1:${server.port}/api/` };
  const emitter = makeEmitter({
    openSocket: makeOpenSocket({ openWire: makeOpenWire(DIRECT), clock: systemClock }),
    clock: systemClock,
    random: () => 0.5,
    log: () => undefined,
    newId: countedIds(),
    settings: { api, name: "w-1" },
  });
  const pool = { id: "p-1", name: "pool", type: "ecs", template: {}, isPaused: false };
  emitter.started(pool);
  for (let i = 0; i < 1000; i++) {
    const run = runOf(`r-${i}`, pool);
    const taskId = `arn:aws:ecs:us-east-1:1:task/c/${i}`;
    emitter.submitted(run);
    emitter.executed(run, `c::${taskId}`);
    for (const status of ["PROVISIONING", "PENDING", "RUNNING", "STOPPED"]) {
      emitter.taskSeen(run, { taskId, status });
    }
  }

  await emitter.end(new AbortController().signal);

  const events = server.heard.slice(1);
  assert.equal(server.handshakes.length, 1);
  assert.equal(events.length, 2 + 6 * 1000);
  const ids = events.map(({ id }) => String(id));
  assert.deepEqual(ids, ids.toSorted());
  assert.equal(events.at(-1)?.["event"], "prefect.worker.stopped");
});

function runOf(id: string, pool: FlowRun["pool"]): FlowRun {
  return {
    ...{
      id,
      name: id,
      flowId: "f",
      flowName: "flow",
      deployment: null,
      deploymentId: null,
      jobVariables: {},
    },
    ...{ stateId: "s", stateType: "SCHEDULED", stateName: "Scheduled", scheduledTime: null, dueAtMs: null },
    ...{ workQueue: "default", infrastructurePid: null, labels: {}, tags: ["t"], pool },
  };
}
