import assert from "node:assert/strict";
import { makeStopWishes } from "../../agent/stop_wishes.ts";
import type { RunState, StopAnswer } from "../../schemas/contracts/orchestrator.ts";
import { runState } from "../support/watched_world.ts";
import { type Failure, FailureError } from "../../schemas/failure/failure.ts";

const SIGNAL = new AbortController().signal;
const PLACE = { canList: true, label: "Task", detail: "place" } as const;

interface Given {
  readonly refused?: Failure | null;
  readonly isKnown?: boolean;
  /** What differs in its state; null: the run is gone. */
  readonly state?: Partial<RunState> | null;
}

function wishes({ refused = null, isKnown = true, state = {} }: Given = {}) {
  const stopped: string[] = [];
  const answers: StopAnswer[] = [];
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
        return refused === null ? Promise.resolve() : Promise.reject(new FailureError(refused));
      },
    },
    vault: { has: () => false, get: () => assert.fail() },
    makePlan: () => Promise.resolve("plan"),
    log: () => undefined,
  });
  const done = (how: StopAnswer) => void answers.push(how);
  const ask = () => carryOut({ type: "stop.requested", runId: "run", taskId: "task", done }, SIGNAL);
  return { ask, stopped, answers };
}

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
