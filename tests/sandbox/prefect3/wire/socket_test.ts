import assert from "node:assert/strict";
import { eventsIn } from "../../../../sandbox/prefect3/events/event_sockets.ts";
import { type PeerListener, socketEvents } from "../../../../sandbox/prefect3/wire/socket.ts";
import type { JsonObject } from "../../../../schemas/json/json.ts";
import { fakePeer, prefect3World } from "../../support/prefect3_world.ts";

const KEY = "0123456789abcdef0123456789abcdef";
const AUTH = JSON.stringify({ type: "auth", token: KEY });

const EVENT: JsonObject = {
  occurred: "2026-12-01T05:00:00Z",
  event: "prefect.worker.submitted-flow-run",
  resource: { "prefect.resource.id": "prefect.worker.one" },
  id: "44444444-4444-4444-8444-444444444444",
};

function opened(open: () => PeerListener) {
  const lines: string[] = [];
  const peer = fakePeer();
  const options = { key: KEY, path: "/events/in", open, log: (line: string) => void lines.push(line) };
  return { peer, lines, events: socketEvents(options, peer, true) };
}

Deno.test("websocket of the sandbox: given a store that fails, when a frame comes, then one line says so, the socket is closed with 1011, and later frames are not heard", () => {
  const { serving } = prefect3World();
  const { peer, lines, events } = opened(() => eventsIn(serving, fakePeer()));
  events.message(AUTH);
  serving.store.close();

  events.message(JSON.stringify(EVENT));
  events.message(JSON.stringify(EVENT));

  assert.deepEqual(peer.sent, [{ type: "auth_success" }]);
  assert.deepEqual(peer.closed, [{ code: 1011, reason: "transient_server_error" }]);
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? "", /^prefect3: websocket \/events\/in is closed with 1011: ./);
});

Deno.test("websocket of the sandbox: given what throws when it is opened, when the key is right, then one line says so and the socket is closed with 1011", () => {
  const { peer, lines, events } = opened(() => {
    throw new Error("no room\nleft");
  });

  events.message(AUTH);

  assert.deepEqual(peer.closed, [{ code: 1011, reason: "transient_server_error" }]);
  assert.deepEqual(lines, ["prefect3: websocket /events/in is closed with 1011: no room left"]);
});

Deno.test("websocket of the sandbox: given what throws when the socket ends, then one line says so", () => {
  const { lines, events } = opened(() => ({
    frame: () => undefined,
    closed: () => {
      throw new Error("gone already");
    },
  }));
  events.message(AUTH);

  events.closed();

  assert.deepEqual(lines, ["prefect3: websocket /events/in is closed: gone already"]);
});

Deno.test("websocket of the sandbox: given a first frame that is no auth, or a frame that is no text, then it is closed and nothing is opened", () => {
  const noAuth = opened(() => assert.fail("opened"));
  const noText = opened(() => assert.fail("opened"));

  noAuth.events.message("{}");
  noText.events.message(new ArrayBuffer(8));

  assert.deepEqual(noAuth.peer.closed, [{ code: 1008, reason: "Expected 'auth' message" }]);
  assert.deepEqual(noText.peer.closed, [{ code: 1009, reason: "too long" }]);
});
