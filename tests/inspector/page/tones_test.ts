/** How runs are shown on the inspector's page. @module */

import assert from "node:assert/strict";
import { hasEndedBadly, shownRun, standingOf } from "../../../inspector/page/tones.ts";
import { endOf } from "../../../schemas/prefect1/state.ts";
import type { RunRow } from "../../../inspector/protocol/protocol.ts";
import { someRow } from "./support/rows.ts";

const ROWS: readonly (readonly [RunRow["outcome"], string | null, string, string, boolean])[] = [
  [null, null, "claiming", "busy", false],
  ["completed", "Success", "Success", "good", false],
  ["completed", "Failed", "Failed", "bad", true],
  ["completed", "TimedOut", "TimedOut", "bad", true],
  ["completed", "Cancelled", "Cancelled", "quiet", false],
  ["completed", null, "completed", "quiet", false],
  ["cancelled", "Cancelled", "Cancelled", "quiet", false],
  ["failed", "Failed", "Failed", "bad", true],
  ["failed", "Success", "Success", "good", false],
  ["failed", null, "failed", "bad", true],
  ["lostClaim", null, "lost claim", "quiet", false],
];
for (const [outcome, state, text, tone, isBad] of ROWS) {
  Deno.test(`page: given a machine that is ${outcome ?? "at work"} and a run that ended as ${state ?? "nobody knows"}, when shown, then it is ${tone} and reads ${text}`, () => {
    const row = someRow("a", {
      state: outcome ?? "claiming",
      outcome,
      end: state === null ? null : endOf(state),
    });

    assert.deepEqual(shownRun(row), { text, tone });
    assert.equal(standingOf(row), state ?? outcome ?? "claiming");
    assert.equal(hasEndedBadly(row), isBad);
  });
}
