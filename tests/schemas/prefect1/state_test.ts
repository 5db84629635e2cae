/** States of Prefect 1. @module */

import assert from "node:assert/strict";
import { endState, isFinished, isScheduled, submittedState } from "../../../schemas/prefect1/state.ts";
import { markerOf } from "../../../schemas/prefect1/claim_marker.ts";
import { someClaim } from "../../support/claim.ts";

const claim = someClaim();
const options = {
  message: "Submitted for execution",
  claim,
  by: "p",
  coreVersion: "1.4.1",
};

Deno.test("submittedState: given a state, when wrapped, then the marker can be read back from the context", () => {
  const state = submittedState({ ...options, state: { type: "Scheduled" } });

  assert.deepEqual(markerOf(state), { marker: claim.marker, by: "p", tries: [] });
  assert.deepEqual(state.state, { type: "Scheduled" });
  assert.equal(state.message, "Submitted for execution");
});

Deno.test("submittedState: given a result of null, when wrapped, then it is left out, as the client cannot load it", () => {
  const state = submittedState({ ...options, state: { type: "Scheduled", _result: null, message: "m" } });

  assert.deepEqual(state.state, { type: "Scheduled", message: "m" });
});

Deno.test("endState: given a message, when made, then it is a plain state", () => {
  const state = endState("Failed", "why", "0.15.13");

  assert.equal(state.type, "Failed");
  assert.equal(state.message, "why");
  assert.deepEqual(state._result, { type: "NoResultType", __version__: "0.15.13" });
});

const NO_MARKER: readonly (readonly [string, Parameters<typeof markerOf>[0]])[] = [
  ["no state", null],
  ["no context", { type: "Submitted" }],
  ["a context of null", { type: "Submitted", context: null }],
  ["a context without marker", { type: "Submitted", context: { tags: [] } }],
  ["a marker as text", { context: { "prefect-agent": "x" } }],
  ["half a marker", { context: { "prefect-agent": { agent: "a", region: "r", cluster: "c" } } }],
  ["a marker of numbers", { context: { "prefect-agent": { agent: 1, region: 2, cluster: 3, claim: 4 } } }],
];
for (const [name, state] of NO_MARKER) {
  Deno.test(`markerOf: given ${name}, when read, then there is none`, () => {
    assert.equal(markerOf(state), null);
  });
}

// The families as measured with Prefect 0.15.13, see tests/wire/prefect1/README.md §6.
const FAMILIES = {
  scheduled: ["Scheduled", "Retrying", "Resume", "Paused", "Queued"],
  finished: [
    ...["Failed", "TimedOut", "TriggerFailed", "ValidationFailed", "Success", "Cached", "Mapped", "Skipped"],
    ...["Cancelled", "Looped", "Finished"],
  ],
  neither: ["Pending", "Submitted", "ClientFailed", "Running", "Cancelling"],
};
for (const [family, types] of Object.entries(FAMILIES)) {
  Deno.test(`state families: given the ${family} ones, when asked, then they are told apart`, () => {
    for (const type of types) {
      assert.deepEqual(
        [isScheduled(type), isFinished(type)],
        [family === "scheduled", family === "finished"],
        type,
      );
    }
  });
}
