import assert from "node:assert/strict";
import { PING_MS, SETUP_MS, type Socket } from "../../../../actors/prefect3/sockets/socket.ts";
import { endText, type SocketEnd } from "../../../../actors/prefect3/sockets/wire.ts";
import type { JsonObject } from "../../../../schemas/json/json.ts";
import { fakeClock, settle } from "../../../support/clock.ts";
import { fakeWires } from "../../../support/prefect3/fake_sockets.ts";

const ADDRESS = { url: "ws://127.0.0.1/api/events/in", headers: {}, token: "t" };

function opened() {
  const clock = fakeClock();
  const wires = fakeWires(clock);
  const heard: JsonObject[] = [];
  const ends: SocketEnd[] = [];
  const sockets: Socket[] = [];
  let unreadable = 0;
  const close = wires.openSocket(ADDRESS, {
    ready: (socket) => void sockets.push(socket),
    frame: (frame) => void heard.push(frame),
    unreadable: () => void unreadable++,
    ended: (end) => void ends.push(end),
  });
  return { clock, wire: wires.last(), heard, ends, sockets, close, unreadable: () => unreadable };
}

Deno.test("socket: given a server that accepts, when it opens, then the token is sent first and frames are heard after the answer", () => {
  const { wire, heard, sockets } = opened();

  wire.accept();
  wire.say({ type: "x" });

  assert.deepEqual(wire.sent, [{ type: "auth", token: "t" }]);
  assert.equal(sockets.length, 1);
  assert.deepEqual(heard, [{ type: "x" }]);
});

Deno.test("socket: given answers that do not accept who it is, when they come, then it ends with their reason", async () => {
  const rows = [
    [{ type: "auth_failure", reason: "authorization_failed" }, "authorization_failed"],
    [{ type: "other" }, "authentication_failed"],
    ["<html>", "authentication_failed"],
    ["[]", "authentication_failed"],
  ] as const;
  for (const [answer, reason] of rows) {
    const { wire, ends, sockets } = opened();
    wire.open();
    wire.say(answer);
    await settle();
    assert.deepEqual(ends, [{ kind: "closed", code: 1008, reason }]);
    assert.equal(sockets.length, 0);
  }
});

Deno.test("socket: given a setup that is not answered, when ten seconds are over, then it ends as late", async () => {
  const { clock, wire, ends } = opened();

  wire.open();
  await clock.advance(SETUP_MS - 1);
  assert.deepEqual(ends, []);
  await clock.advance(1);

  assert.deepEqual(ends, [{ kind: "late" }]);
});

Deno.test("socket: given messages that are no JSON objects, or nest too deep, when they come, then they are left out and later ones are heard", () => {
  const { wire, heard, unreadable } = opened();
  wire.accept();

  for (const text of ["", "{", "3", "null", "[1]", `{"a":${"[".repeat(300)}${"]".repeat(300)}}`]) {
    wire.say(text);
  }
  wire.say({ fine: true });

  assert.equal(unreadable(), 6);
  assert.deepEqual(heard, [{ fine: true }]);
});

Deno.test("socket: given a server that falls silent, when two pings bring nothing, then it ends; a pong or a frame keeps it", async () => {
  const silent = opened();
  silent.wire.accept();
  silent.sockets[0]?.settled();
  await silent.clock.advance(3 * PING_MS);
  assert.deepEqual(silent.ends, [{ kind: "silent" }]);

  const alive = opened();
  alive.wire.accept();
  alive.sockets[0]?.settled();
  for (let i = 0; i < 6; i++) {
    await alive.clock.advance(PING_MS);
    if (i % 2 === 0) alive.wire.pong();
    else alive.wire.say({ type: "x" });
  }
  assert.deepEqual(alive.ends, []);
  assert.equal(alive.wire.pings(), 6);
});

Deno.test("socket: given it was closed here, when the other side confirms, then it ends once and no timer is left", async () => {
  const { clock, wire, ends, close } = opened();
  wire.accept();

  close();
  close();
  await settle();

  assert.deepEqual(ends, [{ kind: "closed", code: 1000, reason: "" }]);
  assert.equal(clock.pending(), 0);
});

Deno.test("socket end: given every kind of end, when it is told, then the line says what happened", () => {
  const rows: readonly (readonly [SocketEnd, RegExp])[] = [
    [{ kind: "closed", code: 1008, reason: "authorization_failed" }, /1008 authorization_failed/],
    [{ kind: "closed", code: 1006, reason: "" }, /connection was lost/],
    [{ kind: "closed", code: 1001, reason: "" }, /closed with 1001/],
    [{ kind: "refused", status: 404 }, /HTTP 404/],
    [{ kind: "unreachable", why: "connection refused" }, /connection refused/],
    [{ kind: "late" }, /10 seconds/],
    [{ kind: "silent" }, /sign of life/],
    [{ kind: "tooLong" }, /longer/],
  ];
  for (const [end, text] of rows) assert.match(endText(end), text);
});
