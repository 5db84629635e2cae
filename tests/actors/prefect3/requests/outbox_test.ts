import assert from "node:assert/strict";
import { type Letter, makeOutbox } from "../../../../actors/prefect3/requests/outbox.ts";
import { FailureError } from "../../../../schemas/failure/failure.ts";
import { fakeClock } from "../../../support/clock.ts";

const SIGNAL = new AbortController().signal;
const SOON_MS = 10_000;
const AWAY = new FailureError({ tag: "unreachable", message: "Connection reset" });

/** An outbox whose letters are answered by hand. */
function outboxWorld() {
  const clock = fakeClock();
  const logged: string[] = [];
  const outbox = makeOutbox({
    clock,
    random: () => 0.5,
    log: (_level, message) => void logged.push(message),
  });
  /** What was sent, in order. */
  const sent: string[] = [];
  const underWay: { readonly what: string; readonly answer: () => void; readonly lose: () => void }[] = [];
  const letter = (what: string, more: Partial<Letter<string>> = {}): Letter<string> => ({
    runId: "run",
    what,
    namesTask: true,
    send: () => {
      sent.push(what);
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      underWay.push({ what, answer: () => resolve(what), lose: () => reject(AWAY) });
      return promise;
    },
    ...more,
  });
  const put = (one: Letter<string>) => {
    const told = outbox.put(one, SOON_MS, SIGNAL);
    told.catch(() => undefined);
    return told;
  };
  /** Settles the oldest request of a letter that is under way. */
  const settle = async (what: string, how: "answer" | "lose") => {
    const at = underWay.findIndex((one) => one.what === what);
    const [one] = underWay.splice(at, 1);
    assert.ok(one !== undefined && at >= 0, `${what} is not under way`);
    one[how]();
    await clock.advance(0);
  };
  return { clock, logged, outbox, sent, letter, put, settle };
}

for (const how of ["answer", "lose"] as const) {
  Deno.test(`outbox: given the id of a task under way, when the id of a later one is answered and then the first request ends (${how}), then the later one is sent once more and is the last`, async () => {
    const one = outboxWorld();
    const former = one.put(one.letter("first"));
    const newer = one.put(one.letter("second"));

    await one.settle("second", "answer");
    await one.clock.advance(SOON_MS);
    assert.deepEqual(one.sent, ["first", "second"]);
    await one.settle("first", how);
    await one.clock.advance(120_000);
    await one.settle("second", "answer");
    await one.clock.advance(120_000);

    assert.deepEqual(one.sent, ["first", "second", "second"]);
    assert.deepEqual(await newer, { answer: "second" });
    assert.equal(await former, "kept");
    assert.deepEqual(one.logged, []);
    await one.outbox.end(SIGNAL);
  });
}

Deno.test("outbox: given the ids of three tasks, when the requests of the earlier ones end late, then the last id is the one that is sent at the end", async () => {
  const one = outboxWorld();
  ["first", "second", "third"].forEach((what) => one.put(one.letter(what)));

  await one.settle("third", "answer");
  await one.settle("second", "answer");
  assert.deepEqual(one.sent, ["first", "second", "third"]);
  await one.settle("first", "lose");
  await one.clock.advance(120_000);

  assert.deepEqual(one.sent, ["first", "second", "third", "third"]);
  await one.settle("third", "answer");
  await one.outbox.end(SIGNAL);
});

Deno.test("outbox: given an id that was answered, when the id of a later task is answered, then each is sent once", async () => {
  const one = outboxWorld();

  for (const what of ["first", "second"]) {
    one.put(one.letter(what));
    await one.settle(what, "answer");
  }
  await one.clock.advance(120_000);

  assert.deepEqual(one.sent, ["first", "second"]);
});

Deno.test("outbox: given an id that waits to be sent again, when the run is launched anew, then it is not sent any more and nobody waits for it", async () => {
  const one = outboxWorld();
  const told = one.put(one.letter("first"));
  await one.settle("first", "lose");

  one.outbox.drop("run");
  await one.clock.advance(5000);

  assert.equal(await told, "dropped");
  assert.deepEqual(one.sent, ["first"]);
  await one.outbox.end(SIGNAL);
});

Deno.test("outbox: given another run and another matter of the run, when the run is launched anew and has a new id, then those are sent until they are answered", async () => {
  const one = outboxWorld();
  one.put(one.letter("of another run", { runId: "other" }));
  one.put(one.letter("its end", { namesTask: false }));
  await one.settle("of another run", "lose");
  await one.settle("its end", "lose");

  one.outbox.drop("run");
  one.put(one.letter("new id"));
  await one.clock.advance(5000);

  assert.deepEqual(one.sent.slice(0, 3), ["of another run", "its end", "new id"]);
  assert.deepEqual(one.sent.slice(3).toSorted(), ["its end", "of another run"]);
});

Deno.test("outbox: given a letter that is asked about before each further time, when it holds no more, then it is not sent again", async () => {
  const one = outboxWorld();
  let asked = 0;
  const told = one.put(one.letter("first", { isStill: () => Promise.resolve(++asked < 2) }));
  await one.settle("first", "lose");
  await one.clock.advance(1000);
  await one.settle("first", "lose");
  await one.clock.advance(120_000);

  assert.equal(await told, "dropped");
  assert.deepEqual([one.sent, asked], [["first", "first"], 2]);
});

Deno.test("outbox: given a request that sends again by itself, when the run is launched anew, then it learns that before the next time", async () => {
  const one = outboxWorld();
  const tries: string[] = [];
  const told = one.put(one.letter("first", {
    send: async (signal, again) => {
      for (;;) {
        tries.push("first");
        await one.clock.advance(0);
        one.outbox.drop("run");
        await again(signal);
      }
    },
  }));
  await one.clock.advance(1000);

  assert.equal(await told, "dropped");
  assert.deepEqual(tries, ["first"]);
  assert.deepEqual(one.logged, []);
});
