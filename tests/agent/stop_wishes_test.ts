import assert from "node:assert/strict";
import { makeStopWishes } from "../../agent/stop_wishes.ts";
import type { RunState, StopAnswer } from "../../schemas/contracts/orchestrator.ts";
import { settle } from "../support/clock.ts";
import { runState } from "../support/watched_world.ts";
import { type Failure, FailureError } from "../../schemas/failure/failure.ts";

const SIGNAL = new AbortController().signal;
const PLACE = { canList: true, label: "Task", detail: "place" } as const;

interface Given {
  readonly refused?: Failure | null;
  readonly isKnown?: boolean;
  /** What keeps the end of its task from being seen. */
  readonly unseen?: Failure | null;
  /** Resolves once its task is gone. */
  readonly end?: () => Promise<void>;
  /** Resolves once the stop request is taken. */
  readonly accept?: () => Promise<void>;
  /** What differs in its state; null: the run is gone. */
  readonly state?: Partial<RunState> | null;
}

const taken = (): Promise<void> => Promise.resolve();

function wishes(
  { refused = null, isKnown = true, state = {}, unseen = null, end = taken, accept = taken }: Given = {},
) {
  const stopped: string[] = [];
  const answers: StopAnswer[] = [];
  const warnings: string[] = [];
  const carryOut = makeStopWishes<string, string>({
    orchestrator: {
      read: ([id = ""]) =>
        Promise.resolve(state === null ? [] : [{ ...runState("Cancelled", { id }), ...state }]),
      findRun: (id) => Promise.resolve(isKnown ? { header: HEADER, run: id } : null),
    },
    platform: {
      place: () => PLACE,
      stop: ({ id }) => {
        stopped.push(id);
        return refused === null ? accept() : Promise.reject(new FailureError(refused));
      },
    },
    confirmStopped: () => unseen === null ? end() : Promise.reject(new FailureError(unseen)),
    vault: { has: () => false, get: () => assert.fail() },
    makePlan: () => Promise.resolve("plan"),
    log: (level, message) => void (level === "WARNING" && warnings.push(message)),
  });
  const done = (how: StopAnswer) => void answers.push(how);
  const ask = () => carryOut({ type: "stop.requested", runId: "run", taskId: "task", done }, SIGNAL);
  return { ask, stopped, answers, warnings };
}

const DENIED: Failure = {
  tag: "refused",
  service: "ECS",
  code: "AccessDenied",
  operation: "DescribeTasks",
  message: "no",
};

const HEADER = {
  id: "run",
  name: "",
  flowId: "flow",
  flowName: "",
  version: "1",
  stateType: "CANCELLED",
  dueAtMs: null,
};

for (
  const [what, given, answer, calls] of [
    ["a run of any worker", {}, "stopped", 1],
    [
      "a refusal",
      { refused: { tag: "refused", service: "ECS", code: "X", operation: "StopTask", message: "no" } },
      "refused",
      1,
    ],
    ["a service that is away", { refused: { tag: "unavailable", status: 500, message: "no" } }, "busy", 1],
    ["a run that is gone", { state: null }, "gone", 0],
    [
      "a run that is cancelling",
      { state: { finished: false, cancelled: false, cancelling: true } },
      "stopped",
      1,
    ],
    ["a run that is Completed", { state: { cancelled: false, type: "Completed" } }, "unwanted", 0],
    [
      "a run that goes on under another task",
      { state: { finished: false, cancelled: false, running: true, taskId: "another" } },
      "stopped",
      1,
    ],
    [
      "a run that goes on again under this task",
      { state: { finished: false, cancelled: false, running: true, taskId: "task" } },
      "refused",
      0,
    ],
    [
      "a run that goes on again",
      { state: { finished: false, cancelled: false, running: true } },
      "refused",
      0,
    ],
    ["a run whose configuration is gone", { isKnown: false }, "refused", 0],
  ] as const
) {
  Deno.test(`stop wishes: given ${what}, when the API wants its task stopped, then the answer is ${answer}`, async () => {
    const { ask, stopped, answers } = wishes(given);
    await ask();

    assert.deepEqual([answers, stopped.length], [[answer], calls]);
  });
}

Deno.test("stop wishes: given a task that takes its time, when its stop request is taken, then the wish is answered at once and the end is waited for", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { ask, stopped, answers, warnings } = wishes({ end: () => promise });
  let isOver = false;
  const asked = ask().then(() => void (isOver = true));
  await settle();
  const before = [[...answers], isOver];

  resolve();
  await asked;

  assert.deepEqual([stopped.length, before, answers, warnings], [1, [["stopped"], false], ["stopped"], []]);
});

for (
  const [what, unseen, told] of [
    ["a task that does not go", { tag: "deadline", stage: "stop", message: "it runs on" }, 1],
    ["looks that fail", { tag: "unavailable", status: 500, message: "away" }, 1],
    ["a task that may not be looked at", DENIED, 0],
  ] as const
) {
  Deno.test(`stop wishes: given ${what}, when its stop request was taken, then ${told} warnings name its run`, async () => {
    const { ask, answers, warnings } = wishes({ unseen });
    await ask();

    assert.deepEqual(answers, ["stopped"]);
    assert.equal(warnings.filter((line) => line.startsWith("Flow run run: ")).length, told);
  });
}

Deno.test("stop wishes: given 300 wishes at once, then 16 tasks are stopped at a time, 200 wishes wait, and the API is to ask again for the others", async () => {
  const taking = Promise.withResolvers<void>();
  const { ask, stopped, answers } = wishes({ accept: () => taking.promise });
  const all = Array.from({ length: 300 }, () => ask());
  await settle();
  const atFirst = [stopped.length, answers.filter((how) => how === "busy").length];

  taking.resolve();
  await Promise.all(all);

  assert.deepEqual(atFirst, [16, 84]);
  assert.equal(answers.filter((how) => how === "stopped").length, 216);
});

Deno.test("stop wishes: given 20 tasks that take their time, when their stop requests are taken, then each is asked to stop without waiting for the others' end", async () => {
  const gone = Promise.withResolvers<void>();
  const { ask, stopped, answers } = wishes({ end: () => gone.promise });
  const all = Array.from({ length: 20 }, () => ask());
  await settle();
  const before = [stopped.length, answers.length];

  gone.resolve();
  await Promise.all(all);

  assert.deepEqual(before, [20, 20]);
});
