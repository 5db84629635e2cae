import assert from "node:assert/strict";
import { makeDeregister } from "../../../../actors/ecs/definitions/deregister_task_definition.ts";
import { fakeClock, settle } from "../../../support/clock.ts";
import { arnOf, fakeEcs, refused } from "../../../support/fake_ecs.ts";

const ARN = arnOf("etl", 1);

function setUp() {
  const ecs = fakeEcs();
  const clock = fakeClock();
  const lines: string[] = [];
  const log = (level: string, message: string) => void lines.push(`${level} ${message}`);
  return { ecs, clock, lines, deregister: makeDeregister({ ecs: ecs.calls, clock, random: () => 0.5, log }) };
}

Deno.test("Q-DEREG-FAILS: given a refusal, when deregistered, then it is a warning and no failure", async () => {
  const { ecs, lines, deregister } = setUp();
  ecs.failNext("DeregisterTaskDefinition", refused("DeregisterTaskDefinition", "ClientException", "Gone."));

  const outcome = await deregister(ARN, new AbortController().signal);

  assert.equal(outcome, "stays");
  assert.deepEqual(ecs.asked, [["DeregisterTaskDefinition", ARN]]);
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? "", /^WARNING Cannot deregister .*etl:1, it stays registered: .*Gone\.$/);
});

Deno.test("deregister: given throttling that passes, when deregistered, then it is tried again without a word", async () => {
  const { ecs, clock, lines, deregister } = setUp();
  ecs.failNext("DeregisterTaskDefinition", { tag: "throttled", retryAfterMs: 500, message: "Rate exceeded" });

  const done = deregister(ARN, new AbortController().signal);
  await clock.advance(1000);

  assert.equal(await done, "done");
  assert.equal(ecs.asked.length, 2);
  assert.deepEqual(lines, []);
});

for (const [times, asked, warnings] of [[6, 7, 0], [100, 24, 1]] as const) {
  Deno.test(`deregister: given throttling ${times} times, when four tries are over, then nobody waits for the others`, async () => {
    const { ecs, clock, lines, deregister } = setUp();
    for (let n = 0; n < times; n++) {
      ecs.failNext("DeregisterTaskDefinition", {
        tag: "throttled",
        retryAfterMs: 500,
        message: "Rate exceeded",
      });
    }

    const done = deregister(ARN, new AbortController().signal);
    await clock.advance(20_000);
    assert.equal(await done, "later");
    assert.equal(ecs.asked.length, 4);
    await clock.advance(3_600_000);

    assert.equal(ecs.asked.length, asked);
    assert.equal(lines.length, warnings);
  });
}

Deno.test("deregister: given a stop while it waits, when aborted, then it ends at once", async () => {
  const { ecs, clock, deregister } = setUp();
  const stop = new AbortController();
  ecs.failNext("DeregisterTaskDefinition", { tag: "unknownOutcome", operation: "x", message: "reset" });

  const done = deregister(ARN, stop.signal);
  await settle();
  stop.abort();
  await done;

  assert.equal(clock.pending(), 0);
});

Deno.test("deregister: given throttling that goes on, when tried again, then with growing pauses, and every half minute after four tries", async () => {
  const { ecs, clock, deregister } = setUp();
  for (let n = 0; n < 5; n++) {
    ecs.failNext("DeregisterTaskDefinition", {
      tag: "throttled",
      retryAfterMs: 500,
      message: "Rate exceeded",
    });
  }
  const counts: number[] = [];

  void deregister(ARN, new AbortController().signal);
  // Three quarters of 0.5, 1 and 2 s, since chance is one half.
  for (const ms of [0, 374, 1, 749, 1, 1499, 1, 29_999, 1, 29_999, 1]) {
    await clock.advance(ms);
    counts.push(ecs.asked.length);
  }

  assert.deepEqual(counts, [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6]);
});
