/** Ends of runs that are sent again until the API answers, and never over what came meanwhile. @module */

import assert from "node:assert/strict";
import { endRun, restoreEnd } from "../../../actors/prefect3/end_run.ts";
import { makeOutbox } from "../../../actors/prefect3/requests/outbox.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";
import type { ProposedState } from "../../../schemas/prefect3/state_rules/state.ts";
import { dialectWorld, during } from "../../support/prefect3/dialect.ts";

const SIGNAL = new AbortController().signal;
const AWAY = new FailureError({ tag: "unreachable", message: "connection reset" });
const SET = "POST /flow_runs/{id}/set_state";
const CRASHED = { type: "CRASHED", name: "Crashed", message: "its task is gone" } as const;

/** A run that is RUNNING, and the end of it whose first try gets no answer. */
function ending({ isReceived, meanwhile }: {
  /** Whether the first try comes through. */
  readonly isReceived: boolean;
  /** What others set before the second one. */
  readonly meanwhile: readonly ProposedState[];
}) {
  const one = dialectWorld();
  const run = one.world.schedule();
  one.world.set(run.id, { type: "RUNNING" });
  let isFirst = true;
  const lose = ({ route }: { readonly route: string }) => {
    if (route !== SET || !isFirst) return;
    isFirst = false;
    for (const state of meanwhile) one.world.set(run.id, state);
    throw AWAY;
  };
  if (isReceived) one.world.after = lose;
  else one.world.before = (request) => void lose(request);
  const deps = {
    api: one.world.api,
    outbox: makeOutbox({ clock: one.clock, random: () => 0.5, log: () => undefined }),
    logs: { write: (line: { readonly message: string }) => void one.logged.push(line.message) },
    log: () => undefined,
  };
  const mayEnd = ({ stateType }: { readonly stateType: string }) => stateType === "RUNNING";
  const end = () => during(one, endRun({ runId: run.id, state: CRASHED, mayEnd }, deps, SIGNAL));
  return { ...one, run, deps, end };
}

for (
  const [what, isReceived, meanwhile, expected, sent] of [
    ["that was not received", false, [], "CRASHED", 2],
    ["that was received", true, [], "CRASHED", 1],
    ["that was received before a person retried the run", true, [{ type: "SCHEDULED" }], "SCHEDULED", 1],
    ["before another worker cancelled the run", false, [{ type: "CANCELLED" }], "CANCELLED", 1],
    ["before the flow told its own end", false, [{ type: "COMPLETED" }], "COMPLETED", 1],
    ["before the run was suspended", false, [{ type: "PAUSED", name: "Suspended" }], "PAUSED", 1],
  ] as const
) {
  Deno.test(`end of a run: given a try without an answer ${what}, when it is looked at again, then it is ${expected} and was sent ${sent} times`, async () => {
    const one = ending({ isReceived, meanwhile });

    const end = await one.end();

    assert.equal(one.run.state.type, expected);
    assert.equal(one.world.count(SET), sent);
    const isEnded = expected !== "SCHEDULED" && expected !== "PAUSED";
    assert.equal(end?.state.toUpperCase() ?? null, isEnded ? expected : null);
  });
}

Deno.test("end of a run: given a run that is deleted after a try without an answer, when it is looked at again, then nothing more is sent", async () => {
  const one = ending({ isReceived: false, meanwhile: [] });
  const { before } = one.world;
  one.world.before = (request) => {
    if (request.route === SET) one.world.runs.delete(one.run.id);
    return before(request);
  };

  const end = await one.end();

  assert.equal(end, null);
  assert.equal(one.world.count(SET), 1);
});

Deno.test("end of a run: given an end that was taken back and cancelled, when it is restored, then it is told and forced", async () => {
  const one = ending({ isReceived: false, meanwhile: [] });
  one.world.set(one.run.id, { type: "CANCELLING" });
  const completed = { type: "COMPLETED", name: "Completed", message: "done", force: true } as const;

  const end = await during(one, restoreEnd(one.run.id, completed, one.deps, SIGNAL));

  assert.deepEqual([end?.state, one.run.state.type, one.run.state.message], [
    "Completed",
    "COMPLETED",
    "done",
  ]);
  assert.match(one.logged.join("\n"), /had ended as Completed when a proposal of its launch came late/);
});
