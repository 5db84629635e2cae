import assert from "node:assert/strict";
import { makeOnAbort } from "../../../actors/time/on_abort.ts";

/** A signal that counts the listeners it has. */
function countingSignal() {
  const controller = new AbortController();
  const { signal } = controller;
  const seen = { now: 0, most: 0 };
  const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    seen.most = Math.max(seen.most, ++seen.now);
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    seen.now--;
    remove(...args);
  };
  return { controller, signal, seen };
}

Deno.test("onAbort: given thousands that wait on one signal, when they register, then it has one listener", () => {
  const { signal, seen } = countingSignal();
  const onAbort = makeOnAbort();

  const stays = Array.from({ length: 5000 }, () => onAbort(signal, () => undefined));

  assert.deepEqual(seen, { now: 1, most: 1 });
  for (const stay of stays) stay();
  assert.equal(seen.now, 0);
});

Deno.test("onAbort: given several callbacks, when the signal is aborted, then each that is left is called once, in order", () => {
  const { controller, signal } = countingSignal();
  const onAbort = makeOnAbort();
  const called: number[] = [];
  const stays = [1, 2, 3].map((n) => onAbort(signal, () => called.push(n)));

  stays[1]?.();
  controller.abort();
  for (const stay of stays) stay();

  assert.deepEqual(called, [1, 3]);
});

Deno.test("onAbort: given all callbacks were taken away, when another is registered, then it is called", () => {
  const { controller, signal, seen } = countingSignal();
  const onAbort = makeOnAbort();
  const called: string[] = [];
  const first = onAbort(signal, () => called.push("first"));
  first();
  first();
  onAbort(signal, () => called.push("second"));

  assert.equal(seen.now, 1);
  controller.abort();
  assert.deepEqual(called, ["second"]);
});

Deno.test("onAbort: given two signals, when one is aborted, then only its callbacks are called", () => {
  const [one, other] = [countingSignal(), countingSignal()];
  const onAbort = makeOnAbort();
  const called: string[] = [];
  onAbort(one.signal, () => called.push("one"));
  onAbort(other.signal, () => called.push("other"));

  one.controller.abort();

  assert.deepEqual(called, ["one"]);
});
