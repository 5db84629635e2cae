/** Gathering questions into requests, on a clock that is moved by hand. @module */

import assert from "node:assert/strict";
import { type Ask, batch, type BatchOptions } from "../../../actors/time/batch.ts";
import { type FakeClock, fakeClock, settle } from "../../support/clock.ts";

const signal = new AbortController().signal;

interface Setup {
  readonly clock: FakeClock;
  readonly ask: Ask<number, number>;
  readonly sent: (readonly number[])[];
}

/** Answers with the double, 10 ms after it was asked. */
function setUp(options: Partial<BatchOptions<number, number>> = {}): Setup {
  const clock = fakeClock(0);
  const sent: (readonly number[])[] = [];
  const send = async (items: readonly number[]) => {
    sent.push(items);
    await new Promise<void>((resolve) => clock.after(10, resolve));
    return items.map((item) => ({ value: item * 2 }));
  };
  const ask = batch({ clock, windowMs: 2, maxItems: 3, maxInFlight: 2, send, ...options });
  return { clock, ask, sent };
}

Deno.test("batch: given questions within the window, when it closes, then one request answers each", async () => {
  const { clock, ask, sent } = setUp();

  const first = ask(1, signal);
  await clock.advance(1);
  const second = ask(2, signal);
  await clock.advance(20);

  assert.deepEqual(await Promise.all([first, second]), [2, 4]);
  assert.deepEqual(sent, [[1, 2]]);
});

Deno.test("batch: given more questions than fit, when sent, then requests are full and in order", async () => {
  const { clock, ask, sent } = setUp();

  const all = [1, 2, 3, 4, 5].map((n) => ask(n, signal));
  await clock.advance(50);

  assert.deepEqual(await Promise.all(all), [2, 4, 6, 8, 10]);
  assert.deepEqual(sent, [[1, 2, 3], [4, 5]]);
});

Deno.test("batch: given all slots are taken, when questions come, then they gather until one is free", async () => {
  const { clock, ask, sent } = setUp({ maxInFlight: 1 });

  const all = [ask(1, signal)];
  await clock.advance(3);
  all.push(ask(2, signal));
  await clock.advance(3);
  all.push(ask(3, signal));
  await clock.advance(30);

  assert.deepEqual(await Promise.all(all), [2, 4, 6]);
  assert.deepEqual(sent, [[1], [2, 3]]);
  assert.equal(clock.pending(), 0);
});

Deno.test("batch: given outcomes of both kinds, when answered, then each asker gets its own", async () => {
  const { clock, ask } = setUp({
    send: (items) => Promise.resolve(items.map((n) => n === 2 ? { thrown: new Error("no") } : { value: n })),
  });

  const all = Promise.allSettled([1, 2, 3].map((n) => ask(n, signal)));
  await clock.advance(5);

  assert.deepEqual((await all).map((one) => one.status), ["fulfilled", "rejected", "fulfilled"]);
});

Deno.test("batch: given the request throws, when answered, then every asker gets the error and the slot is free", async () => {
  let calls = 0;
  const { clock, ask } = setUp({
    maxInFlight: 1,
    send: (items) =>
      calls++ === 0 ? Promise.reject(new Error("down")) : Promise.resolve(items.map((value) => ({ value }))),
  });

  const all = Promise.allSettled([ask(1, signal), ask(2, signal)]);
  await clock.advance(5);
  const next = ask(3, signal);
  await clock.advance(5);

  assert.deepEqual((await all).map((one) => one.status), ["rejected", "rejected"]);
  assert.equal(await next, 3);
});

Deno.test("batch: given too few outcomes, when answered, then the asker left over gets an error", async () => {
  const { clock, ask } = setUp({ send: () => Promise.resolve([{ value: 1 }]) });

  const all = Promise.allSettled([ask(1, signal), ask(2, signal)]);
  await clock.advance(5);

  assert.deepEqual((await all).map((one) => one.status), ["fulfilled", "rejected"]);
});

Deno.test("batch: given an asker who left before the window closed, when sent, then its item is not in the request", async () => {
  const { clock, ask, sent } = setUp();
  const leave = new AbortController();

  const gone = ask(1, leave.signal);
  const stays = ask(2, signal);
  leave.abort(new Error("left"));
  await assert.rejects(gone, { message: "left" });
  await clock.advance(20);

  assert.equal(await stays, 4);
  assert.deepEqual(sent, [[2]]);
});

Deno.test("batch: given every asker left, when the request is under way, then its signal is aborted", async () => {
  const leave = new AbortController();
  const seen: AbortSignal[] = [];
  const { clock, ask } = setUp({
    send: (_, inner) => {
      seen.push(inner);
      return new Promise((_, reject) => inner.addEventListener("abort", () => reject(inner.reason)));
    },
  });

  const gone = [ask(1, leave.signal), ask(2, leave.signal)].map((one) =>
    assert.rejects(one, { message: "left" })
  );
  await clock.advance(5);
  leave.abort(new Error("left"));
  await Promise.all(gone);
  await settle();

  assert.equal(seen[0]?.aborted, true);
});

Deno.test("batch: given a signal that is aborted already, when asked, then nothing is queued", async () => {
  const { clock, ask, sent } = setUp();

  await assert.rejects(ask(1, AbortSignal.abort(new Error("left"))), { message: "left" });
  await clock.advance(20);

  assert.deepEqual(sent, []);
});

Deno.test("batch: given a steady trickle, when requests are to keep a distance, then each carries what came meanwhile", async () => {
  const { clock, ask, sent } = setUp({ apartMs: 100, maxItems: 50 });

  for (let n = 0; n < 10; n++) {
    void ask(n, signal);
    await clock.advance(20);
  }
  await clock.advance(200);

  // The first goes after its window, at 2 ms; the next ones leave at 102 and 202 ms.
  assert.deepEqual(sent, [[0], [1, 2, 3, 4, 5], [6, 7, 8, 9]]);
});

Deno.test("batch: given requests that keep a distance, when enough wait, then they go at once, and so does one after a pause", async () => {
  const { clock, ask, sent } = setUp({ apartMs: 100, enough: 3, maxItems: 50 });

  void ask(0, signal);
  await clock.advance(5);
  for (const n of [1, 2, 3, 4]) void ask(n, signal);
  await clock.advance(0);
  const early = [...sent];
  await clock.advance(500);
  void ask(5, signal);
  await clock.advance(2);

  assert.deepEqual(early, [[0], [1, 2, 3]]);
  assert.deepEqual(sent.slice(2), [[4], [5]]);
  await clock.advance(20);
});

Deno.test("batch: given one of two askers left, when the request is under way, then its signal is not aborted", async () => {
  const stop = new AbortController();
  const signals: AbortSignal[] = [];
  const clock = fakeClock(0);
  const send = async (items: readonly number[], sent: AbortSignal) => {
    signals.push(sent);
    await new Promise<void>((resolve) => clock.after(10, resolve));
    return items.map((item) => ({ value: item * 2 }));
  };
  const ask = batch({ clock, windowMs: 2, maxItems: 3, maxInFlight: 2, send });
  const left = ask(1, stop.signal).catch(() => "left");
  const stays = ask(2, signal);

  await clock.advance(5);
  stop.abort();
  await clock.advance(20);

  assert.deepEqual([await left, await stays, signals.map(({ aborted }) => aborted)], ["left", 4, [false]]);
});

Deno.test("batch: given as many requests as may be, when more is asked for within their time, then none is sent beyond them", async () => {
  const { clock, ask, sent } = setUp({ maxItems: 1 });
  const all = [1, 2, 3].map((n) => ask(n, signal));

  await clock.advance(5);
  all.push(ask(4, signal));
  await clock.advance(4);
  const during = sent.length;
  await clock.advance(50);

  assert.equal(during, 2);
  assert.deepEqual([await Promise.all(all), sent], [[2, 4, 6, 8], [[1], [2], [3], [4]]]);
});

Deno.test("batch: given 20 000 questions on one signal, when they are asked, then the signal has one listener", async () => {
  const asking = new AbortController();
  let listeners = 0;
  const add = asking.signal.addEventListener.bind(asking.signal);
  asking.signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners++;
    add(...args);
  };
  const { clock, ask, sent } = setUp({ maxItems: 50, maxInFlight: 400 });

  const all = Promise.all(Array.from({ length: 20_000 }, (_, n) => ask(n, asking.signal)));
  await clock.advance(50);

  assert.equal((await all)[19_999], 39_998);
  assert.deepEqual([listeners, sent.length], [1, 400]);
});

Deno.test("batch: given questions on one signal, when it is aborted, then all leave and none is sent", async () => {
  const asking = new AbortController();
  const { clock, ask, sent } = setUp();

  const all = Promise.allSettled([1, 2, 3, 4].map((n) => ask(n, asking.signal)));
  asking.abort(new Error("the end"));
  await clock.advance(50);

  assert.deepEqual((await all).map((one) => one.status), Array(4).fill("rejected"));
  assert.deepEqual(sent, []);
});

Deno.test("batch: given a request that is not answered, when its patience is over, then the next one takes its place", async () => {
  const silent = new Promise<never>(() => undefined);
  const asked: (readonly number[])[] = [];
  const send = (items: readonly number[]) => {
    asked.push(items);
    return items.includes(1) ? silent : Promise.resolve(items.map((item) => ({ value: item * 2 })));
  };
  const { clock, ask } = setUp({ maxInFlight: 1, patienceMs: 100, send });
  void ask(1, signal);
  await clock.advance(2);

  const other = ask(2, signal);
  await clock.advance(99);
  const before = asked.length;
  await clock.advance(1);

  assert.deepEqual([before, await other, asked], [1, 4, [[1], [2]]]);
  assert.equal(clock.pending(), 0);
});
