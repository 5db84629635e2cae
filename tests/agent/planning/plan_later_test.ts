import assert from "node:assert/strict";
import { BehaviorSubject } from "rxjs";
import { type AnyActorLogic, createActor } from "xstate";
import type { AgentEffects } from "../../../agent/effects.ts";
import { planLater } from "../../../agent/planning/plan_later.ts";
import { provideFlowRun } from "../../../agent/run_actors.ts";
import { makePlanTurns } from "../../../agent/planning/plan_turns.ts";
import { makeRunVault } from "../../../agent/run_vault.ts";
import type { WatchedTask } from "../../../schemas/contracts/platform.ts";
import type { LaunchPlan } from "../../../schemas/ecs/launch_plan.ts";
import { type Failure, FailureError } from "../../../schemas/failure/failure.ts";
import { PREFECT1_HOLD_RULES } from "../../../schemas/prefect1/hold_rules.ts";
import type { FlowRun } from "../../../schemas/prefect1/flow_run.ts";
import { SILENT_STEPS } from "../../support/agent/tried_steps.ts";
import { fakeClock } from "../../support/clock.ts";
import { someAdoptedRun } from "../../support/flow_run.ts";
import { SOME_PLACE, SOME_PLAN } from "../../support/launch_plan.ts";

const BUSY: Failure = { tag: "throttled", retryAfterMs: 500, message: "Rate exceeded" };
const BAD: Failure = { tag: "badFlowRun", field: "run_config", message: "the template is away" };

/** Plans that fail like this, one after the other, before one succeeds; when each was asked for. */
function planning(failures: readonly Failure[]) {
  const clock = fakeClock();
  const began = clock.now();
  const open = [...failures];
  const askedS: number[] = [];
  const logged: string[] = [];
  const plan = () => {
    askedS.push((clock.now() - began) / 1000);
    const failure = open.shift();
    return failure === undefined ? Promise.resolve(SOME_PLAN) : Promise.reject(new FailureError(failure));
  };
  return {
    clock,
    askedS,
    plan,
    logged,
    log: (level: string, line: string) => void logged.push(`${level} ${line}`),
  };
}

for (
  const [what, failures, expected] of [
    ["the first try succeeds", [], [30]],
    ["failures that pass", [BUSY, BUSY], [30, 60, 90]],
    ["a failure that a person has to mend", [BAD, BUSY], [30, 630, 660]],
  ] as const
) {
  Deno.test(`plan later: given ${what}, when time passes, then it is tried after ${expected.join(", ")} s until it is planned`, async () => {
    const { clock, askedS, ...deps } = planning(failures);

    const planned = planLater({ runId: "r1", clock, ...deps }, new AbortController().signal);
    await clock.advance(3_600_000);

    assert.equal(await planned, SOME_PLAN);
    assert.deepEqual(askedS, expected);
    assert.equal(clock.pending(), 0);
  });
}

Deno.test("plan later: given a failure, when it is tried again, then the log says which run is followed without its plan", async () => {
  const { clock, logged, ...deps } = planning([BUSY]);

  void planLater({ runId: "r1", clock, ...deps }, new AbortController().signal);
  await clock.advance(30_000);

  assert.deepEqual(logged, ["DEBUG Following flow run r1 without its plan: Rate exceeded"]);
});

Deno.test("plan later: given its signal is aborted, when time passes, then it is not tried any more", async () => {
  const { clock, askedS, ...deps } = planning([BUSY, BUSY]);
  const stop = new AbortController();
  const planned = planLater({ runId: "r1", clock, ...deps }, stop.signal).catch((thrown) => thrown);
  await clock.advance(30_000);

  stop.abort("over");
  await clock.advance(3_600_000);

  assert.equal(await planned, "over");
  assert.deepEqual([askedS, clock.pending()], [[30], 0]);
});

/** A run that was found again, unplanned, and is followed. */
function followed(failures: readonly Failure[]) {
  const { clock, plan, log } = planning(failures);
  const vault = makeRunVault<FlowRun, LaunchPlan>();
  vault.admit(someAdoptedRun("run"));
  const events: string[] = [];
  const effects = {
    clock,
    log,
    orchestrator: { delegatesToOtherJob: () => false, holdRules: PREFECT1_HOLD_RULES },
    platform: {
      place: (known: LaunchPlan | null) => ({
        ...SOME_PLACE,
        detail: known === null ? "default" : "planned",
      }),
      decided: ({ runId }: { runId: string }) => void events.push(`decided ${runId}`),
    },
    watchTask: ({ place: { detail, canList } }: WatchedTask) => {
      events.push(`watch ${detail} ${canList ? "and list" : "only"}`);
      return () => void events.push(`leave ${detail}`);
    },
    // What this actor does not ask for is left out.
  } as unknown as AgentEffects<FlowRun, LaunchPlan>;
  const { watchTask } = provideFlowRun({ effects, reconcileMs: 60_000 }, {
    turns: makePlanTurns(effects.clock),
    sent: new Set(),
    room: { take: () => undefined },
    steps: SILENT_STEPS,
    vault,
    claims: new BehaviorSubject(0),
    makePlan: plan,
  }).implementations.actors;
  const actor = createActor(watchTask as AnyActorLogic, { input: { runId: "run", taskId: null } });
  actor.start();
  return { clock, events, actor, vault };
}

Deno.test("watching: given a run that cannot be planned at first, when it is planned, then its tasks are looked for where they are", async () => {
  const { clock, events, actor, vault } = followed([BUSY]);

  await clock.advance(59_999);
  const before = [...events];
  await clock.advance(1);
  actor.stop();

  assert.deepEqual(before, ["watch default only"]);
  assert.deepEqual(events.slice(1), [
    "decided run",
    "leave default",
    "watch planned and list",
    "leave planned",
  ]);
  assert.deepEqual([vault.get("run").plan, vault.get("run").place?.detail], [null, "planned"]);
});

Deno.test("watching: given a run that is not planned, when it is left, then planning ends", async () => {
  const { clock, events, actor } = followed([BUSY, BUSY]);
  await clock.advance(30_000);

  actor.stop();
  await clock.advance(3_600_000);

  assert.deepEqual(events, ["watch default only", "leave default"]);
  assert.equal(clock.pending(), 0);
});
