import assert from "node:assert/strict";
import { IDLE_PAUSES_MS } from "../../../schemas/time/poll_pause.ts";
import {
  type HealthFacts,
  type HealthLimits,
  judgeHealth,
  STUCK_AFTER_MS,
} from "../../../schemas/observability/health.ts";

const LIMITS: HealthLimits = { stuckAfterMs: 60_000, awayAfterMs: 300_000, silentAfterMs: null };
const WELL: HealthFacts = {
  nowMs: 1_000_000,
  polling: true,
  turnedMs: 1_000_000,
  answeredMs: 1_000_000,
  away: null,
};

interface Case {
  readonly given: string;
  readonly facts: Partial<HealthFacts>;
  readonly limits?: Partial<HealthLimits>;
  readonly cause: "loop" | "api" | null;
}

const away = (seconds: number) => ({ sinceMs: 1_000_000 - seconds * 1000, failure: "unreachable" as const });

const CASES: readonly Case[] = [
  { given: "a loop that turns", facts: {}, cause: null },
  {
    given: "a loop that stood still for exactly as long as it may",
    facts: { turnedMs: 940_000 },
    cause: null,
  },
  { given: "a loop that stood still for longer", facts: { turnedMs: 939_999 }, cause: "loop" },
  { given: "no more polls to make", facts: { turnedMs: 0, polling: false }, cause: null },
  { given: "an API that has been away for as long as it may", facts: { away: away(300) }, cause: null },
  { given: "an API that has been away for longer", facts: { away: away(300.001) }, cause: "api" },
  { given: "0 for never", facts: { away: away(999) }, limits: { awayAfterMs: 0 }, cause: null },
  { given: "another patience", facts: { away: away(2) }, limits: { awayAfterMs: 1000 }, cause: "api" },
  {
    given: "an answer as long ago as a worker may go without",
    facts: { answeredMs: 700_000 },
    limits: { silentAfterMs: 300_000 },
    cause: null,
  },
  {
    given: "no answer for longer than a worker may go without, before the first poll too",
    facts: { answeredMs: 699_999, polling: false },
    limits: { silentAfterMs: 300_000 },
    cause: "api",
  },
  {
    given: "a worker whose loop stands still and whose API answered lately",
    facts: { turnedMs: 0, away: away(999) },
    limits: { silentAfterMs: 300_000 },
    cause: null,
  },
  { given: "both", facts: { turnedMs: 0, away: away(999) }, cause: "loop" },
];

for (const { given, facts, limits, cause } of CASES) {
  Deno.test(`judgeHealth: given ${given}, when asked, then ${cause ?? "it is well"}`, () => {
    const unhealthy = judgeHealth({ ...WELL, ...facts }, { ...LIMITS, ...limits });

    assert.equal(unhealthy?.cause ?? null, cause);
  });
}

Deno.test("judgeHealth: given an absence, when told, then the reason names its time and its kind", () => {
  assert.deepEqual(judgeHealth({ ...WELL, away: away(312.9) }, LIMITS), {
    status: "unhealthy",
    cause: "api",
    reason: "Polls of the Prefect API have failed for 312 s (unreachable)",
    seconds: 312,
  });
});

Deno.test("judgeHealth: given the pauses of an idle agent, when it waits through the longest, then that is far from stuck", () => {
  assert.ok(STUCK_AFTER_MS >= 60_000);
  assert.ok(STUCK_AFTER_MS >= 6 * Math.max(...IDLE_PAUSES_MS));
});
