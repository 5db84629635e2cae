import assert from "node:assert/strict";
import { beginHistory, type RunHistory } from "../../../inspector/model/run_history.ts";
import { deadlineOf, waitingFor } from "../../../inspector/model/waiting_for.ts";
import { flowRunMachine } from "../../../machines/flow_run.ts";

const WAITS = { platform: "ECS", turn: null };

function inState(state: string, more: Partial<RunHistory> = {}): RunHistory {
  return { ...beginHistory("run-1", "x:1", 0), state, ...more };
}

/** States of today's chart in which a run can stay. */
const RESTING = Object.values(flowRunMachine.states).filter(({ type, invoke }) =>
  type !== "final" && invoke.length > 0
);

for (const { key, description } of RESTING) {
  Deno.test(`waitingFor: given a run in ${key}, when asked, then it is said in words of its own`, () => {
    const words = waitingFor(inState(key), WAITS);

    assert.ok(words !== null && words !== description && words !== "its machine to begin", String(words));
    assert.equal(waitingFor(inState(key, { outcome: "failed" }), WAITS), null);
  });
}

const policy = { deadlineMs: { claim: 1, definition: 2, launch: 3, report: 4, start: 5, stop: 6 } };

for (const { key } of RESTING.filter(({ key }) => !["waitingForStart", "backingOff"].includes(key))) {
  Deno.test(`deadlineOf: given a stage that began at 100 and a run in ${key}, when asked, then it is one of the policy's`, () => {
    const deadline = deadlineOf(inState(key, { stageMs: 100, context: { policy } }));

    assert.ok(deadline !== null && deadline > 100 && deadline <= 106, String(deadline));
    assert.equal(deadlineOf(inState(key, { context: { policy } })), null);
  });
}

const SAID: readonly (readonly [state: string, words: string])[] = [
  ["claiming", "the Prefect API to answer the claim"],
  ["planning", "the templates its requests are made from"],
  ["ensuringTaskDefinition", "ECS to find or register its task definition"],
  ["runningTask", "ECS to start its task, attempt 3"],
  ["stopping", "ECS to stop its task, which did not come up in time"],
  ["cancelling", "its task to end after the cancellation"],
  ["backingOff", "the next try of planning, retry 2, after: no room"],
];

for (const [state, words] of SAID) {
  Deno.test(`waitingFor: given a run in ${state}, when asked, then it waits for ${words}`, () => {
    const context = { attempt: 3, retries: 2, resumeAt: "planning", failure: { message: "no room" } };

    assert.equal(waitingFor(inState(state, { context }), WAITS), words);
  });
}

Deno.test("waitingFor: given a watched task, when its start has a deadline, then it is to come up, else to end", () => {
  assert.equal(waitingFor(inState("watching", { stageMs: 5 }), WAITS), "its task to come up");
  assert.equal(waitingFor(inState("watching"), WAITS), "its task to end");
});
