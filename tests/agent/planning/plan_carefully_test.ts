/** Planning of runs that may have ended an earlier process. @module */

import assert from "node:assert/strict";
import { planCarefully } from "../../../agent/planning/plan_carefully.ts";
import { makePlanTurns } from "../../../agent/planning/plan_turns.ts";
import { makeRunVault } from "../../../agent/run_vault.ts";
import type { PlanNote } from "../../../schemas/contracts/orchestrator.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";
import type { PlanTry } from "../../../schemas/flow_run/flow_run.ts";
import type { FlowRun } from "../../../schemas/prefect1/flow_run.ts";
import { PREFECT1_HOLD_RULES } from "../../../schemas/prefect1/hold_rules.ts";
import { fakeClock, settle } from "../../support/clock.ts";
import { someAdoptedRun } from "../../support/flow_run.ts";

const SIGNAL = new AbortController().signal;
const AMONG: PlanTry = { by: "p1", atMs: 1000, alone: false };
const ALONE: PlanTry = { by: "p2", atMs: 2000, alone: true };

type Answer = "held" | "refused" | "away";

/** One run that was found again with these notes. */
function care(
  tries: readonly PlanTry[],
  { answers = [], plan = () => Promise.resolve("plan"), isFound = true }: {
    /** Answers to what is noted, in order; then all is held. */
    readonly answers?: readonly Answer[];
    readonly plan?: () => Promise<string>;
    readonly isFound?: boolean;
  } = {},
) {
  const clock = fakeClock();
  const vault = makeRunVault<FlowRun, string>();
  const adopted = someAdoptedRun("run");
  vault.admit({ ...adopted, doubt: { refused: null, tries, canNote: true } });
  const grantedMs = isFound ? null : 0;
  vault.keepHold("run", { grantedMs, confirmedMs: null, takenMs: null, setMs: null });
  const told: string[] = [];
  const turns = makePlanTurns(clock);
  const open = [...answers];
  const makePlan = planCarefully<FlowRun, string>({
    makePlan: () => {
      told.push("planned");
      return plan();
    },
    turns,
    vault,
    holds: {
      note: (_runId: string, { earlier, begun }: PlanNote) => {
        const words = [...earlier, ...begun === null ? [] : [begun]].map(({ alone }) =>
          alone ? "alone" : "together"
        );
        told.push(`noted [${words.join(" ")}]`);
        return Promise.resolve(open.shift() ?? "held");
      },
    },
    orchestrator: { holdRules: PREFECT1_HOLD_RULES },
    clock,
    log: () => undefined,
  });
  const planned = makePlan(vault.get("run"), SIGNAL);
  planned.catch(() => undefined);
  return { planned, told, clock, vault, turns };
}

Deno.test("care: given a run that this process has claimed, when planned, then nothing is noted", async () => {
  const { planned, told } = care([], { isFound: false });

  assert.equal(await planned, "plan");
  assert.deepEqual(told, ["planned"]);
});

Deno.test("care: given a run that was found again, when planned, then its claim says so before", async () => {
  const { planned, told } = care([]);

  assert.equal(await planned, "plan");
  assert.deepEqual(told, ["noted [together]", "planned"]);
});

Deno.test("care: given an API that does not let the claim be set yet, when planned, then the run does not wait", async () => {
  const { planned, told } = care([], { answers: ["refused"] });

  assert.equal(await planned, "plan");
  assert.deepEqual(told, ["noted [together]", "planned"]);
});

Deno.test("care: given a noted run, when planned, then alone, and the note is taken out once it is planned", async () => {
  const { planned, told, clock, vault } = care([AMONG]);
  await clock.advance(14_000);
  assert.deepEqual(told, []);
  await clock.advance(1000);

  assert.equal(await planned, "plan");
  assert.deepEqual(told, ["noted [together alone]", "planned", "noted []"]);
  assert.deepEqual(vault.get("run").doubt.tries, []);
});

Deno.test("care: given an API that grants notes late, when planned alone, then it is planned only once that is noted, and goes on only once it is taken out", async () => {
  const { planned, told, clock } = care([AMONG], { answers: ["refused", "held", "away", "refused", "held"] });

  await clock.advance(30_000);

  assert.equal(await planned, "plan");
  assert.deepEqual(told, [
    "noted [together alone]",
    "noted [together alone]",
    "planned",
    "noted []",
    "noted []",
    "noted []",
  ]);
});

Deno.test("care: given a plan that fails, when planned alone, then only what this process noted is taken out", async () => {
  const bad = new FailureError({ tag: "badFlowRun", field: "run_config", message: "no" });
  const { planned, told, clock, vault } = care([AMONG, ALONE], { plan: () => Promise.reject(bad) });
  await clock.advance(15_000);

  await assert.rejects(planned, bad);
  assert.deepEqual(told, ["noted [together alone alone]", "planned", "noted [together alone]"]);
  assert.equal(vault.get("run").doubt.tries.length, 2);
});

Deno.test("care: given a plan that takes long, when planned alone for 15 s, then others have their turn and it is not blamed", async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const { planned, told, clock, turns } = care([AMONG], { plan: () => promise });
  await clock.advance(16_000);
  const other = turns.together(() => Promise.resolve("other"));
  await clock.advance(14_000);

  assert.equal(await other, "other");
  assert.deepEqual(told.slice(2), ["noted [together]"]);
  resolve("late");
  assert.equal(await planned, "late");
});

Deno.test("care: given a stop while a run is planned alone, when told, then the note is taken out at once", async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const { planned, told, clock, turns } = care([AMONG], { plan: () => promise });
  await clock.advance(15_000);

  turns.stop();
  await settle();

  assert.deepEqual(told.slice(2), ["noted [together]"]);
  resolve("plan");
  assert.equal(await planned, "plan");
});

Deno.test("care: given a stop while a run waits to be planned alone, when told, then it is left to the next process", async () => {
  const { planned, told, turns } = care([AMONG]);

  turns.stop();

  await assert.rejects(planned, /run is left to the next process/);
  assert.deepEqual(told, []);
});

Deno.test("care: given three processes that ended while they planned a run alone, when planned, then it is refused with what is known", async () => {
  const { planned, told } = care([
    AMONG,
    ALONE,
    { ...ALONE, by: "p3", atMs: 3000 },
    { ...ALONE, by: "p4", atMs: 4000 },
  ]);

  await assert.rejects(planned, (thrown: FailureError) => {
    assert.equal(thrown.failure.tag, "badFlowRun");
    assert.match(
      thrown.message,
      /^Flow run run was being planned .* 4 times: at 1970-01-01T00:00:01.000Z by process p1, with/,
    );
    assert.match(
      thrown.message,
      /by process p4, alone\. It is not planned again: .* start the flow run again$/,
    );
    return true;
  });
  assert.deepEqual(told, []);
});
