/** The gate before all launches. @module */

import assert from "node:assert/strict";
import { holdLaunches } from "../../../actors/ecs/hold_launches.ts";
import type { RunTask, RunTaskRequest } from "../../../actors/ecs/run_task.ts";
import { type Failure, FailureError } from "../../../schemas/failure/failure.ts";
import { NOTHING_LEARNT } from "../../../schemas/contracts/task.ts";
import { fakeClock } from "../../support/clock.ts";

const LIMIT: Failure = {
  tag: "notPlaced",
  class: "accountLimit",
  failures: [{ reason: "You've reached the limit on the number of vCPUs you can run concurrently" }],
  message: "vCPU limit",
};
const FULL: Failure = {
  tag: "notPlaced",
  class: "capacity",
  failures: [{ reason: "RESOURCE:CPU" }],
  message: "no CPU",
};

function gate() {
  const moved = fakeClock();
  let setByMs = 0;
  const clock = { ...moved, now: () => moved.now() + setByMs };
  const asked: string[] = [];
  const logged: string[] = [];
  const answers: (Failure | null)[] = [];
  const launch: RunTask = ({ runId }) => {
    asked.push(runId);
    const failure = answers.shift() ?? null;
    if (failure !== null) return Promise.reject(new FailureError(failure));
    return Promise.resolve({ id: runId, adopted: false });
  };
  const { launch: held, waitsFor } = holdLaunches(launch, {
    clock,
    log: (level, text) => logged.push(`${level} ${text}`),
  });
  const ended: string[] = [];
  const start = (runId: string, signal = new AbortController().signal) => {
    const plan = {
      definition: { how: "existing", name: "f:1" },
      runTask: {},
      taskLabel: "Task",
      sources: () => ({}),
    } as const;
    const request: RunTaskRequest = {
      runId,
      plan: { ...plan, warnings: [], notes: [] },
      definition: "f:1",
      token: runId,
      nextToken: () => Promise.resolve(null),
      learnt: NOTHING_LEARNT,
      confirm: () => Promise.resolve(),
    };
    held(request, signal).then(() => ended.push(`${runId} ok`), () => ended.push(`${runId} refused`));
  };
  return {
    clock,
    asked,
    logged,
    answers,
    ended,
    start,
    waitsFor,
    setClock: (byMs: number) => setByMs = byMs,
  };
}

Deno.test("hold: given the account has room, when runs are launched, then none waits", async () => {
  const one = gate();

  for (const id of ["a", "b", "c"]) one.start(id);
  await one.clock.advance(0);

  assert.deepEqual(one.asked, ["a", "b", "c"]);
});

Deno.test("hold: given the limit is reached, when more are due, then one at a time sees whether there is room", async () => {
  const one = gate();
  one.answers.push(LIMIT, LIMIT, null);

  one.start("a");
  await one.clock.advance(0);
  for (const id of ["b", "c", "d"]) one.start(id);
  await one.clock.advance(29_000);
  const early = [...one.asked];
  await one.clock.advance(2000);
  const probed = [...one.asked];
  await one.clock.advance(35_000);

  assert.deepEqual(early, ["a"]);
  assert.deepEqual(probed, ["a", "b"]);
  assert.deepEqual(one.ended.toSorted(), ["a refused", "b refused", "c ok", "d ok"]);
});

Deno.test("hold: given the limit is reached again and again, when said, then it is said once, and once when it is over", async () => {
  const one = gate();
  one.answers.push(LIMIT, LIMIT, LIMIT, null);

  for (const id of ["a", "b", "c", "d"]) {
    one.start(id);
    await one.clock.advance(40_000);
  }

  assert.deepEqual(one.logged.map((line) => line.split(":")[0]), [
    "WARNING Flow runs wait",
    "INFO The account has room for tasks again",
  ]);
});

Deno.test("hold: given another refusal, when runs are launched, then nothing is held", async () => {
  const one = gate();
  one.answers.push(FULL);

  one.start("a");
  await one.clock.advance(0);
  one.start("b");
  await one.clock.advance(0);

  assert.deepEqual(one.ended, ["a refused", "b ok"]);
});

Deno.test("hold: given a run that is given up while it is held, when aborted, then it is never launched", async () => {
  const one = gate();
  one.answers.push(LIMIT);
  const abort = new AbortController();
  one.start("a");
  await one.clock.advance(0);
  one.start("b", abort.signal);
  await one.clock.advance(5000);

  abort.abort();
  await one.clock.advance(60_000);

  assert.deepEqual(one.asked, ["a"]);
  assert.equal(one.clock.pending(), 0);
});

Deno.test("hold: given a run that is held, when asked what it waits for, then a sentence says it; else null", async () => {
  const one = gate();
  one.answers.push(LIMIT);

  one.start("a");
  await one.clock.advance(0);
  one.start("b");
  await one.clock.advance(0);
  const held = ["a", "b"].map(one.waitsFor);
  await one.clock.advance(60_000);

  assert.deepEqual(held, [null, "waiting for room in the account, whose limit is reached: held launches: 1"]);
  assert.equal(one.waitsFor("b"), null);
});

/** A gate over launches that the test lets end. */
function slowGate() {
  const clock = fakeClock();
  const asked: string[] = [];
  const ends = new Map<string, (failure: Failure | null) => void>();
  const launch: RunTask = ({ runId }) => {
    asked.push(runId);
    return new Promise((resolve, reject) =>
      ends.set(
        runId,
        (failure) =>
          failure === null ? resolve({ id: runId, adopted: false }) : reject(new FailureError(failure)),
      )
    );
  };
  const { launch: held } = holdLaunches(launch, { clock, log: () => undefined });
  const plan = {
    definition: { how: "existing", name: "f:1" },
    runTask: {},
    taskLabel: "Task",
    sources: () => ({}),
    warnings: [],
    notes: [],
  } as const;
  const start = (runId: string) =>
    void held({
      runId,
      plan,
      definition: "f:1",
      token: runId,
      nextToken: () => Promise.resolve(null),
      learnt: NOTHING_LEARNT,
      confirm: () => Promise.resolve(),
    }, new AbortController().signal)
      .catch(() => undefined);
  const end = (runId: string, failure: Failure | null = null) => ends.get(runId)?.(failure);
  return { clock, asked, start, end };
}

Deno.test("hold: given the one that goes ahead is slow, when the time is over for the others, too, then they wait for its answer", async () => {
  const one = slowGate();
  one.start("first");
  await one.clock.advance(0);
  one.end("first", LIMIT);
  await one.clock.advance(0);
  for (const id of ["a", "b", "c"]) one.start(id);

  await one.clock.advance(31_000);
  const ahead = [...one.asked];
  await one.clock.advance(10_000);
  const meanwhile = [...one.asked];
  one.end("a");
  await one.clock.advance(1000);

  assert.deepEqual([ahead, meanwhile], [["first", "a"], ["first", "a"]]);
  assert.deepEqual(one.asked, ["first", "a", "b", "c"]);
});

Deno.test("hold: given a launch from before finds room after all, when others are held, then they go within a second", async () => {
  const one = slowGate();
  for (const id of ["slow", "refused"]) one.start(id);
  await one.clock.advance(0);
  one.end("refused", LIMIT);
  await one.clock.advance(0);
  one.start("held");
  await one.clock.advance(5000);

  one.end("slow");
  await one.clock.advance(1000);

  assert.deepEqual(one.asked, ["slow", "refused", "held"]);
});

Deno.test("hold: given the limit is reached, when the clock is set back by an hour, then the next try comes no later for that", async () => {
  const one = gate();
  one.answers.push(LIMIT);
  one.start("a");
  await one.clock.advance(0);

  one.setClock(-3_600_000);
  one.start("b");
  await one.clock.advance(31_000);

  assert.deepEqual(one.asked, ["a", "b"]);
});
