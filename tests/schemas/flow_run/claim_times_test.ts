/** Relations between the times of claims: each is why two processes do not launch one run. @module */

import assert from "node:assert/strict";
import { CLAIM_TIMES, inFlightUntilMs, patienceMs } from "../../../schemas/flow_run/claim_times.ts";
import { defaultLaunchPolicy } from "../../../schemas/flow_run/launch_policy.ts";
import { defaultLaunchSettings } from "../../../schemas/options/launch_settings.ts";
import { PREFECT1_HOLD_RULES } from "../../../schemas/prefect1/hold_rules.ts";

const { knownHoldMs, unsharedMs, freshMs, inFlightMs, askAgainMs, renewMs, searchMs, searchAgainMs } =
  CLAIM_TIMES;
const { guardMs, refusalMs } = PREFECT1_HOLD_RULES;
const { definition, launch, placement } = defaultLaunchPolicy.deadlineMs;

/** Each row: smaller, larger, and what goes wrong otherwise. */
const SMALLER: readonly (readonly [name: string, less: number, more: number, otherwise: string])[] = [
  [
    "knownHold < unshared",
    knownHoldMs,
    unsharedMs,
    "an answer is relied on although another process may have the claim",
  ],
  [
    "unshared < fresh",
    unsharedMs,
    freshMs,
    "a claim counts as unshared although a starting process may take it up",
  ],
  ["fresh < search again", freshMs, searchAgainMs, "a claim is seen twice while it is still fresh"],
  [
    "search again < search",
    searchAgainMs,
    searchMs,
    "claims that were seen once wait longer than all others",
  ],
  ["unshared < guard", unsharedMs, guardMs, "a claim may be taken over before the API stops guarding it"],
  ["in flight < guard", inFlightMs, guardMs, "the guard is over while a request of before it is in flight"],
  [
    "two guards and a question each < refusal",
    2 * (guardMs + askAgainMs),
    refusalMs,
    "an API that guards counts as one that lets no process take over",
  ],
  ["renew < patience", renewMs, patienceMs(searchMs), "a claim that is worked on is taken for left behind"],
  [
    "renew and refusal < patience",
    renewMs + refusalMs,
    patienceMs(searchMs),
    "a renewal that is refused at first comes too late",
  ],
  [
    "preparing and launching < patience",
    definition + launch + placement,
    patienceMs(searchMs),
    "a launch that takes its time is taken for left behind",
  ],
  [
    "guard and in flight < in flight after a takeover",
    guardMs + inFlightMs,
    inFlightUntilMs(searchMs),
    "what a takeover waits for is less than what a first attempt waits for",
  ],
];
for (const [name, less, more, otherwise] of SMALLER) {
  Deno.test(`claim times: given ${name}, when compared, then it holds`, () => {
    assert.ok(less < more, `${less} ms is not less than ${more} ms: ${otherwise}`);
  });
}

Deno.test("claim times: given no option, when the agent searches for claims, then by the period that the relations are about", () => {
  assert.equal(defaultLaunchSettings.reconcilePeriodMs, searchMs);
});
