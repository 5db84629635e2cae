import assert from "node:assert/strict";
import { makeRegisterAgain } from "../../../../actors/ecs/definitions/register_again.ts";
import { type Failure, FailureError, toFailure } from "../../../../schemas/failure/failure.ts";
import { fakeClock } from "../../../support/clock.ts";
import { refused } from "../../../support/fake_ecs.ts";

const SIGNAL = new AbortController().signal;
const NO = refused("RegisterTaskDefinition", "ClientException", "not now");
const ATTEMPTS = { most: 3, delayMs: 1000, jitterMs: 0, mostDelayMs: 10_000 };

/** A registration that ends so, one after the other, and then well. */
function world(ends: readonly Failure[], attempts: typeof ATTEMPTS | null = ATTEMPTS) {
  const clock = fakeClock();
  const logged: string[] = [];
  const askedMs: number[] = [];
  const deps = attempts === null
    ? null
    : { attempts, clock, random: () => 0, log: (_: string, line: string) => void logged.push(line) };
  const again = makeRegisterAgain(deps);
  const startMs = clock.now();
  const work = () => {
    const end = ends[askedMs.length];
    askedMs.push(clock.now() - startMs);
    return end === undefined ? Promise.resolve("done") : Promise.reject(new FailureError(end));
  };
  return { clock, logged, askedMs, result: again("etl", work, SIGNAL).catch(toFailure) };
}

Deno.test("register again: given refusals, when attempts are left, then it waits ever longer between them and says so", async () => {
  const one = world([NO, NO]);
  await one.clock.advance(10_000);

  assert.equal(await one.result, "done");
  assert.deepEqual(one.askedMs, [0, 1000, 3000]);
  assert.match(one.logged[0] ?? "", /family etl yet: .* not now; attempt 2 of 3 follows in 1.0 s/);
});

Deno.test("register again: given as many refusals as attempts, when the last is refused, then that is thrown", async () => {
  const one = world([NO, NO, NO]);
  await one.clock.advance(10_000);

  assert.deepEqual([await one.result, one.askedMs.length], [NO, 3]);
});

const PASSING: readonly Failure[] = [
  { tag: "throttled", retryAfterMs: 500, message: "Rate exceeded" },
  { tag: "unknownOutcome", operation: "RegisterTaskDefinition", message: "no answer" },
];

for (const failure of PASSING) {
  Deno.test(`register again: given ${failure.tag}, when it is thrown, then it is the run's own to try again, at once and uncounted`, async () => {
    const one = world([failure]);

    assert.deepEqual([await one.result, one.askedMs.length, one.clock.pending()], [failure, 1, 0]);
  });
}

Deno.test("register again: given no number of attempts, when it is refused, then that is final", async () => {
  const one = world([NO], null);

  assert.deepEqual([await one.result, one.askedMs.length], [NO, 1]);
});
