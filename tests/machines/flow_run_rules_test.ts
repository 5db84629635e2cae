/** Rules of the chart of a flow run, and what it says of its states. @module */

import assert from "node:assert/strict";
import { initialTransition, transition } from "xstate";
import { flowRunMachine, metaOf } from "../../machines/flow_run.ts";
import {
  backoffStep,
  failureAtDeadline,
  isGivenUp,
  isOutcomeUnknown,
  leastPauseMs,
} from "../../machines/flow_run_rules.ts";
import type { FlowRunContext, FlowRunInput, Resumption } from "../../machines/flow_run_types.ts";
import type { Failure } from "../../schemas/failure/failure.ts";
import type { FlowRunEvent } from "../../schemas/flow_run/events.ts";
import { defaultLaunchPolicy } from "../../schemas/flow_run/launch_policy.ts";
import { someHeader } from "../support/run_change.ts";

const INPUT: FlowRunInput = {
  header: someHeader("run-1"),
  claim: "v1",
  policy: defaultLaunchPolicy,
  resumed: null,
  isEarly: false,
};

function contextWith(more: Partial<FlowRunContext>): FlowRunContext {
  const [{ context }] = initialTransition(flowRunMachine, INPUT);
  return { ...context, ...more };
}

const RESUMPTIONS = {
  claiming: true,
  planning: true,
  ensuringTaskDefinition: true,
  runningTask: true,
  findingTask: true,
  stopping: true,
  cancelling: true,
  reporting: true,
} satisfies Record<Resumption, true>;

for (const resumeAt of Object.keys(RESUMPTIONS) as Resumption[]) {
  Deno.test(`pause: given a run that is to go on in ${resumeAt}, when the pause is over, then it does`, () => {
    const pausing = flowRunMachine.resolveState({
      value: "backingOff",
      context: contextWith({ resumeAt }),
    });
    const over = { type: "xstate.done.actor.pause", output: undefined } as unknown as FlowRunEvent;

    assert.equal(transition(flowRunMachine, pausing, over)[0].value, resumeAt);
  });
}

const message = "m";
const THROTTLED: Failure = { tag: "throttled", retryAfterMs: 700, message };
const LOST: Failure = { tag: "unknownOutcome", operation: "launch", message };
const REFUSED: Failure = { tag: "refused", service: "s", code: "c", operation: "launch", message };
const FULL: Failure = { tag: "notPlaced", class: "capacity", failures: [{ reason: "no memory" }], message };
const LIMIT: Failure = { tag: "notPlaced", class: "accountLimit", failures: [], message };

for (
  const [name, failure, before, expected] of [
    ["an unknown outcome", LOST, false, true],
    ["listed reasons", FULL, true, false],
    ["a limit without reasons", LIMIT, true, true],
    ["a limit without reasons", LIMIT, false, false],
    ["throttling", THROTTLED, true, true],
    ["a refusal", REFUSED, true, true],
  ] as const
) {
  Deno.test(`outcome: given one that is ${before ? "unknown" : "known"}, when the launch fails with ${name}, then it is ${expected ? "unknown" : "known"}`, () => {
    assert.equal(isOutcomeUnknown(contextWith({ outcomeUnknown: before }), failure), expected);
  });
}

for (
  const [name, failure, pauseMs, step] of [
    ["no failure", null, 0, 5],
    ["throttling", THROTTLED, 700, 5],
    ["a refused placement", FULL, 15_000 / 8, 2],
    ["a reached limit", LIMIT, 30_000, 5],
  ] as const
) {
  Deno.test(`pause: given ${name} after 5 retries and 2 placements, when it begins, then it takes at least ${pauseMs} ms and counts as retry ${step}`, () => {
    const context = contextWith({ failure, retries: 5, placement: { retries: 2, isOver: false } });

    assert.equal(leastPauseMs(context), pauseMs);
    assert.equal(backoffStep(context), step);
  });
}

for (
  const [resumeAt, failure, more, expected] of [
    ["runningTask", THROTTLED, {}, true],
    ["planning", THROTTLED, {}, true],
    ["runningTask", THROTTLED, { outcomeUnknown: true }, false],
    ["runningTask", LOST, {}, false],
    ["ensuringTaskDefinition", LOST, {}, true],
    ["ensuringTaskDefinition", THROTTLED, {}, true],
    ["stopping", LOST, {}, false],
    ["runningTask", LIMIT, {}, false],
    ["claiming", THROTTLED, {}, false],
    ["cancelling", THROTTLED, {}, false],
  ] as const
) {
  Deno.test(`deadline: given a retry in ${resumeAt} after ${failure.tag}${more.outcomeUnknown ? " and an unknown outcome" : ""}, when it passes, then the run is ${expected ? "" : "not "}given up`, () => {
    assert.equal(isGivenUp(contextWith({ resumeAt, failure, ...more })), expected);
  });
}

for (
  const [resumeAt, failure, text] of [
    ["runningTask", THROTTLED, "m; given up after 90 s of trying (--launch-deadline)"],
    ["planning", THROTTLED, "m; given up after 90 s of trying (--definition-deadline)"],
    ["runningTask", REFUSED, "m"],
  ] as const
) {
  Deno.test(`deadline: given ${failure.tag} in ${resumeAt}, when the run is failed, then the message is ${JSON.stringify(text)}`, () => {
    assert.deepEqual(failureAtDeadline(contextWith({ resumeAt, failure })), { ...failure, message: text });
  });
}

Deno.test("chart: given every state with an actor, when its meta is read, then it says what is waited for and names a stage of the policy", () => {
  const lasting = Object.values(flowRunMachine.states).filter(({ invoke }) => invoke.length > 0)
    .map(({ key }) => key).filter((key) => key !== "backingOff");

  assert.ok(lasting.length >= 10);
  for (const state of lasting) {
    const { stage, waitsFor } = metaOf(state);
    assert.ok(waitsFor !== undefined, state);
    if (state !== "waitingForStart") {
      assert.ok(Object.hasOwn(defaultLaunchPolicy.deadlineMs, stage ?? ""), state);
    }
  }
  assert.deepEqual(metaOf("a state of another version"), {});
});
