import assert from "node:assert/strict";
import { makeSingleFlight, makeTurns } from "../../../actors/time/single_flight.ts";
import { settle } from "../../support/clock.ts";

const SIGNAL = new AbortController().signal;

/** Work that ends when told, and remembers how often it was begun. */
function controlled() {
  const begun: { readonly signal: AbortSignal; readonly end: PromiseWithResolvers<string> }[] = [];
  const work = (signal: AbortSignal) => {
    const end = Promise.withResolvers<string>();
    signal.addEventListener("abort", () => end.reject(signal.reason));
    begun.push({ signal, end });
    return end.promise;
  };
  return { begun, work };
}

Deno.test("single flight: given callers of one key, when the work ends, then all have its result and it ran once", async () => {
  const { share } = makeSingleFlight<string>();
  const { begun, work } = controlled();

  const all = [share("a", SIGNAL, work), share("a", SIGNAL, work), share("b", SIGNAL, work)];
  begun[0]?.end.resolve("for a");
  begun[1]?.end.resolve("for b");

  assert.deepEqual(await Promise.all(all), ["for a", "for a", "for b"]);
  assert.equal(begun.length, 2);
});

Deno.test("single flight: given work that ended, well or not, when asked again, then it runs again", async () => {
  const { share } = makeSingleFlight<string>();
  const { begun, work } = controlled();

  const failing = share("a", SIGNAL, work);
  begun[0]?.end.reject(new Error("refused"));
  await assert.rejects(failing, /refused/);
  const good = share("a", SIGNAL, work);
  begun[1]?.end.resolve("now");

  assert.equal(await good, "now");
});

Deno.test("single flight: given two who wait, when one gives up, then the work goes on; when both do, it is aborted", async () => {
  const { share } = makeSingleFlight<string>();
  const { begun, work } = controlled();
  const [one, two] = [new AbortController(), new AbortController()];

  const first = share("a", one.signal, work);
  const second = share("a", two.signal, work);
  one.abort(new Error("one left"));
  await assert.rejects(first, /one left/);
  const goesOn = begun[0]?.signal.aborted;
  two.abort(new Error("two left"));
  await assert.rejects(second, /two left/);

  assert.equal(goesOn, false);
  assert.equal(begun[0]?.signal.aborted, true);
});

Deno.test("single flight: given aborted work, when somebody asks at once, then it takes off anew", async () => {
  const { share } = makeSingleFlight<string>();
  const { begun, work } = controlled();
  const gone = new AbortController();
  const first = share("a", gone.signal, work);
  gone.abort(new Error("left"));

  const second = share("a", SIGNAL, work);
  begun[1]?.end.resolve("anew");

  await assert.rejects(first, /left/);
  assert.equal(await second, "anew");
});

Deno.test("single flight: given a caller that has given up already, when it asks, then nothing begins", async () => {
  const { begun, work } = controlled();

  await assert.rejects(
    makeSingleFlight<string>().share("a", AbortSignal.abort(new Error("left")), work),
    /left/,
  );

  assert.equal(begun.length, 0);
});

Deno.test("turns: given work of one key, when one fails, then the next begins only then, in order", async () => {
  const turns = makeTurns();
  const order: string[] = [];
  const job = (name: string, fails = false) =>
    turns("family", SIGNAL, async () => {
      order.push(`${name} begins`);
      await settle();
      order.push(`${name} ends`);
      if (fails) throw new Error(name);
    });

  const results = await Promise.allSettled([job("a"), job("b", true), job("c")]);

  assert.deepEqual(order, ["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
  assert.deepEqual(results.map(({ status }) => status), ["fulfilled", "rejected", "fulfilled"]);
});

Deno.test("turns: given other keys, when work waits, then theirs does not", async () => {
  const turns = makeTurns();
  const never = Promise.withResolvers<void>();
  const waiting = turns("a", SIGNAL, () => never.promise);

  await turns("b", SIGNAL, () => Promise.resolve());

  never.resolve();
  await waiting;
});

Deno.test("turns: given one that gave up while it waited, when its turn comes, then it is passed over", async () => {
  const turns = makeTurns();
  const gone = new AbortController();
  const first = turns("a", SIGNAL, settle);
  let ran = false;
  const second = turns("a", gone.signal, () => {
    ran = true;
    return Promise.resolve();
  });
  gone.abort(new Error("left"));

  await first;
  await assert.rejects(second, /left/);
  await turns("a", SIGNAL, () => Promise.resolve());

  assert.equal(ran, false);
});
