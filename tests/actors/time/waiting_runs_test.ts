/** What runs wait for at AWS. @module */

import assert from "node:assert/strict";
import { makeTaskDefinitions } from "../../../actors/ecs/definitions/ensure_task_definition.ts";
import { pacedEcsCalls } from "../../../actors/ecs/paced_calls.ts";
import { makeWaitingRuns } from "../../../actors/time/waiting_runs.ts";
import { NO_LIMITS } from "../../../schemas/ecs/aws_limits.ts";
import type { DefinitionPlan } from "../../../schemas/ecs/launch_plan.ts";
import { fakeClock } from "../../support/clock.ts";
import { fakeEcs } from "../../support/fake_ecs.ts";

const planOf = (family: string, digest = `digest of ${family}`): DefinitionPlan => ({
  how: "byDigest",
  family,
  digest,
  request: { family, containerDefinitions: [] },
});

/** Registrations at one in twenty seconds. */
function registrations() {
  const clock = fakeClock();
  const logged: string[] = [];
  const log = (level: string, text: string) => void logged.push(`${level} ${text}`);
  const limits = { ...NO_LIMITS, definitionModify: { burst: 1, refillPerS: 0.05 } };
  const paced = pacedEcsCalls(fakeEcs().calls, { limits, clock });
  const definitions = makeTaskDefinitions({ ecs: paced.calls, clock, log });
  const waitsFor = (name: string) => paced.waitsFor(name) ?? definitions.waitsFor(name);
  const waiting = makeWaitingRuns({ waitsFor, clock, log });
  const ended: string[] = [];
  const ensure = (runId: string, family: string, digest?: string) => {
    const { signal } = new AbortController();
    const request = { runId, plan: planOf(family, digest) };
    const work = () => definitions.ensure(request, signal);
    void waiting.during({ runId, name: definitions.waiterOf(request), work })
      .then(() => ended.push(runId), () => ended.push(`${runId} failed`));
  };
  return { clock, logged, waiting, ensure, ended };
}

const SENTENCE =
  "waiting for registering and deregistering task definitions: 1 call at 0.05 per second as AWS limits the account";

Deno.test("waiting runs: given runs that share a registration that waits, when asked, then each says for what", async () => {
  const { clock, waiting, ensure, ended } = registrations();
  ensure("first", "a");
  await clock.advance(0);
  ensure("second", "b");
  ensure("third", "b");
  await clock.advance(5000);

  assert.deepEqual(["first", "second", "third"].map(waiting.waitsFor), [null, SENTENCE, SENTENCE]);
  await clock.advance(20_000);

  assert.deepEqual(ended, ["first", "second", "third"]);
  assert.deepEqual(["first", "second", "third"].map(waiting.waitsFor), [null, null, null]);
  assert.equal(clock.pending(), 0);
});

Deno.test("waiting runs: given another registration in a run's family, when asked, then it says that it waits for that one", async () => {
  const { clock, waiting, ensure, ended } = registrations();
  ensure("first", "a");
  await clock.advance(0);
  ensure("second", "b", "one");
  ensure("third", "b", "two");
  await clock.advance(5000);

  assert.equal(waiting.waitsFor("third"), "waiting for another registration in the family b");
  await clock.advance(20_000);

  assert.equal(waiting.waitsFor("third"), SENTENCE);
  await clock.advance(20_000);

  assert.deepEqual(ended, ["first", "second", "third"]);
  assert.equal(waiting.waitsFor("third"), null);
});

Deno.test("waiting runs: given a run that waits for long, when ten seconds are over, then the log says for what, once", async () => {
  const { clock, logged, ensure } = registrations();
  ensure("first", "a");
  await clock.advance(0);
  ensure("second", "b");
  await clock.advance(9999);
  const early = logged.filter((line) => line.startsWith("INFO"));
  await clock.advance(15_000);

  assert.deepEqual(early, []);
  assert.deepEqual(logged.filter((line) => line.startsWith("INFO")), [`INFO Flow run second is ${SENTENCE}`]);
});

/** Work of runs that the test ends. */
function atWork(waitsFor: (name: string) => string | null) {
  const clock = fakeClock();
  const logged: string[] = [];
  const waiting = makeWaitingRuns({
    waitsFor,
    clock,
    log: (level, text) => void logged.push(`${level} ${text}`),
  });
  const begin = (runId: string, name = runId) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    void waiting.during({ runId, name, work: () => promise });
    return { end: resolve };
  };
  return { clock, logged, waiting, begin };
}

Deno.test("waiting runs: given work that takes long without waiting for a turn, then the log says nothing", async () => {
  const { clock, logged, begin } = atWork(() => null);
  const { end } = begin("a");

  await clock.advance(60_000);
  end();

  assert.deepEqual(logged, []);
});

Deno.test("waiting runs: given work that ends at once, then no timer is left and nothing is waited for", async () => {
  const { clock, waiting, begin } = atWork(() => "waiting");
  const { end } = begin("a");
  const during = waiting.waitsFor("a");

  end();
  await clock.advance(0);

  assert.deepEqual([during, waiting.waitsFor("a"), clock.pending()], ["waiting", null, 0]);
});

Deno.test("waiting runs: given a run whose next work begins before the last has ended, when that ends, then the next is still told of", async () => {
  const { clock, waiting, begin } = atWork((name) => `waiting for ${name}`);
  const first = begin("a", "the first");
  const second = begin("a", "the second");

  first.end();
  await clock.advance(0);
  const during = waiting.waitsFor("a");
  second.end();
  await clock.advance(0);

  assert.deepEqual([during, waiting.waitsFor("a")], ["waiting for the second", null]);
});
