import assert from "node:assert/strict";
import { isFinalEnd } from "../../../../actors/prefect3/sockets/channel_end.ts";
import { keepSocket, type KeptSocket, type Pauses } from "../../../../actors/prefect3/sockets/kept_socket.ts";
import type { SocketEnd } from "../../../../actors/prefect3/sockets/wire.ts";
import { fakeClock, settle } from "../../../support/clock.ts";
import { fakeWires } from "../../../support/prefect3/fake_sockets.ts";

const ADDRESS = { url: "ws://127.0.0.1/api", headers: {}, token: null };
const PAUSES: Pauses = { baseMs: 1000, capMs: 300_000, wellMs: 60_000 };
const GONE: SocketEnd = { kind: "closed", code: 1006, reason: "" };

function kept(random: () => number, isAgain = true) {
  const clock = fakeClock(0);
  const wires = fakeWires(clock);
  const one: KeptSocket = keepSocket({ openSocket: wires.openSocket, clock, random }, {
    address: () => ADDRESS,
    pauses: PAUSES,
    ready: (socket) => {
      one.isUp();
      socket.settled();
    },
    frame: () => undefined,
    unreadable: () => undefined,
    lost: () => isAgain,
  });
  return { clock, wires, one };
}

/** Moments of the tries while every one of them fails at once, in milliseconds. */
async function triesWithin(ms: number, random: () => number): Promise<readonly number[]> {
  const { clock, wires } = kept(random);
  const tries = [0];
  wires.last().end(GONE);
  await settle();
  while (clock.now() < ms) {
    const before = wires.all.length;
    await clock.advance(100);
    if (wires.all.length === before) continue;
    tries.push(clock.now());
    wires.last().end(GONE);
    await settle();
  }
  return tries;
}

Deno.test("kept socket: given a server that always refuses, when half a minute passes, then there are at most five tries, whatever chance does", async () => {
  for (const chance of [0, 0.25, 0.5, 0.999]) {
    const tries = await triesWithin(30_000, () => chance);
    assert.ok(tries.filter((at) => at < 30_000).length <= 5, `${chance}: ${tries}`);
    assert.ok(tries.length >= 4, `${chance}: ${tries}`);
  }
});

Deno.test("kept socket: given a server that always refuses, when hours pass, then the pauses reach five minutes and stay there", async () => {
  const tries = await triesWithin(7_200_000, () => 0.999);

  const pauses = tries.slice(1).map((at, i) => at - (tries[i] ?? 0));
  assert.ok(Math.max(...pauses) <= 300_100);
  assert.ok(pauses.slice(-5).every((pause) => pause > 290_000), String(pauses));
});

Deno.test("kept socket: given it was up for a minute, when it is lost, then the pause is the shortest again; after less it grows on", async () => {
  for (const [upMs, expected] of [[60_000, 1000], [59_000, 8000]] as const) {
    const { clock, wires } = kept(() => 0.9999999);
    for (const pause of [1000, 2000, 4000]) {
      wires.last().end(GONE);
      await clock.advance(pause);
    }
    assert.equal(wires.all.length, 4);
    wires.last().accept();
    for (let at = 0; at < upMs; at += 1000) {
      await clock.advance(1000);
      wires.last().pong();
    }
    wires.last().end(GONE);
    await clock.advance(expected - 10);
    assert.equal(wires.all.length, 4);
    await clock.advance(10);
    assert.equal(wires.all.length, 5);
  }
});

Deno.test("kept socket: given an end that is final, or its own end, when time passes, then it is not opened again", async () => {
  const final = kept(() => 0.5, false);
  final.wires.last().end(GONE);
  await final.clock.advance(1_000_000);
  assert.equal(final.wires.all.length, 1);
  await final.one.end();

  const ended = kept(() => 0.5);
  ended.wires.last().end(GONE);
  await settle();
  await ended.one.end();
  await ended.clock.advance(1_000_000);
  assert.equal(ended.wires.all.length, 1);
});

Deno.test("worker channel: given every way in which it ends, when it is judged, then only what the server would say again is final", () => {
  const closed = (code: number, reason = ""): SocketEnd => ({ kind: "closed", code, reason });
  const final: readonly SocketEnd[] = [
    ...["authentication_failed", "authorization_failed", "unsupported_version"].map((reason) =>
      closed(1008, reason)
    ),
    closed(1002, "protocol_error"),
    closed(1008),
    closed(1002),
    closed(1000, "authorization_failed"),
    ...[401, 403, 404, 405].map((status): SocketEnd => ({ kind: "refused", status })),
    { kind: "tooLong" },
  ];
  const passing: readonly SocketEnd[] = [
    closed(1011, "heartbeat_persistence_failed"),
    closed(1011, "transient_server_error"),
    closed(1008, "transient_server_error"),
    ...[1000, 1001, 1006, 1011, 1012, 1013].map((code) => closed(code)),
    closed(1011, "constructor"),
    ...[200, 302, 408, 429, 500, 502, 503, 520].map((status): SocketEnd => ({ kind: "refused", status })),
    { kind: "unreachable", why: "refused" },
    { kind: "late" },
    { kind: "silent" },
  ];
  for (const end of final) assert.equal(isFinalEnd(end), true, JSON.stringify(end));
  for (const end of passing) assert.equal(isFinalEnd(end), false, JSON.stringify(end));
});
