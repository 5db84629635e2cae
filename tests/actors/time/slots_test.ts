import assert from "node:assert/strict";
import { makeSlots, type Slot } from "../../../actors/time/slots.ts";
import { settle } from "../../support/clock.ts";

/** Places of which the test sees who has one. */
function places() {
  const slots = makeSlots({ total: 4, perKey: 2, slow: 2 });
  const held: { readonly key: string; readonly slot: Slot }[] = [];
  const ask = (key: string, signal = new AbortController().signal) =>
    slots.acquire(key, signal).then((slot) => void held.push({ key, slot }));
  const give = (key: string, wasSlow = false) => {
    const at = held.findIndex((one) => one.key === key);
    held.splice(at, 1)[0]?.slot.release(wasSlow);
    return settle();
  };
  return { slots, ask, give, keys: () => held.map(({ key }) => key) };
}

Deno.test("slots: given many askers of one key, when they ask, then it has its few places and others have the rest", async () => {
  const { slots, ask, keys } = places();

  for (const key of ["a", "a", "a", "a", "b", "c", "d"]) ask(key);
  await settle();

  assert.deepEqual(keys(), ["a", "a", "b", "c"]);
  assert.equal(slots.waiting(), 3);
});

Deno.test("slots: given waiting keys, when places are freed, then keys take turns", async () => {
  const { ask, give, keys } = places();
  for (const key of ["a", "a", "b", "b", "a", "a", "c", "c", "c"]) ask(key);
  await settle();

  await give("b");
  await give("a");
  await give("b");

  assert.deepEqual(keys(), ["a", "c", "a", "c"]);
});

Deno.test("slots: given keys that were slow, when others ask, then the slow ones have a part of the places and come last", async () => {
  const { ask, give, keys } = places();
  for (const key of ["a", "b", "c", "d"]) ask(key);
  await settle();
  for (const key of ["a", "b", "c", "d"]) await give(key, true);

  for (const key of ["a", "b", "c", "d"]) ask(key);
  await settle();
  const slow = keys();
  for (const key of ["x", "y", "z"]) ask(key);
  await settle();
  const both = keys();
  await give("a");
  const after = keys();

  assert.deepEqual(slow, ["a", "b"]);
  assert.deepEqual(both, ["a", "b", "x", "y"]);
  assert.deepEqual(after, ["b", "x", "y", "z"]);
});

Deno.test("slots: given a waiter that gives up, when a place is freed, then the next one has it; a second release does nothing", async () => {
  const { slots, ask, give, keys } = places();
  const abort = new AbortController();
  for (const key of ["a", "a"]) ask(key);
  const gone = ask("a", abort.signal).then(() => "served", (reason) => reason);
  ask("a");
  const extra = await slots.acquire("b", new AbortController().signal);

  abort.abort("left");
  extra.release(false);
  extra.release(false);
  await give("a");

  assert.equal(await gone, "left");
  assert.deepEqual([keys(), slots.waiting()], [["a", "a"], 0]);
});
