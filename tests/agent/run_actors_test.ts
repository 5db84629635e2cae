/** What is asked and waited for before a task of a run is launched, or the run is set to Failed. @module */

import { CLAIM_TIMES } from "../../schemas/flow_run/claim_times.ts";
import assert from "node:assert/strict";
import { BehaviorSubject } from "rxjs";
import { type AnyActorLogic, createActor, toPromise } from "xstate";
import type {
  HoldResult,
  Orchestrator,
  ReportedTask,
  TaskReport,
} from "../../schemas/contracts/orchestrator.ts";
import { makePlanTurns } from "../../agent/planning/plan_turns.ts";
import { makeRunVault } from "../../agent/run_vault.ts";
import type { LaunchPlan } from "../../schemas/ecs/launch_plan.ts";
import type { AgentEffects } from "../../agent/effects.ts";
import { provideFlowRun } from "../../agent/run_actors.ts";
import type { Report, Reported } from "../../machines/flow_run_types.ts";
import { type FoundTask, NO_TASK_FOUND } from "../../schemas/contracts/task.ts";
import { type Failure, FailureError } from "../../schemas/failure/failure.ts";
import { PREFECT1_HOLD_RULES } from "../../schemas/prefect1/hold_rules.ts";
import { PREFECT1_LINES } from "../../schemas/prefect1/agent_lines.ts";
import type { FlowRun } from "../../schemas/prefect1/flow_run.ts";
import { clientToken } from "../../schemas/flow_run/client_token.ts";
import { SILENT_STEPS } from "../support/agent/tried_steps.ts";
import { fakeClock } from "../support/clock.ts";
import { someAdoptedRun } from "../support/flow_run.ts";
import { SOME_PLACE, SOME_PLAN } from "../support/launch_plan.ts";
import { someClaim } from "../support/claim.ts";

const HELD: HoldResult = { outcome: "held" };
const TAKEN: HoldResult = { outcome: "taken" };
const REFUSED: HoldResult = { outcome: "refused", why: "not yet" };
const LOST: HoldResult = { outcome: "lost", why: "another process of this agent works on it" };
const NONE: FoundTask = NO_TASK_FOUND;

const refused: Failure = {
  tag: "refused",
  service: "ECS",
  code: "ClientException",
  operation: "RunTask",
  message: "no",
};
const lost = (wasRunning: boolean): Failure => ({
  tag: "taskStopped",
  class: "configuration",
  wasRunning,
  taskId: "task-1",
  message: "gone",
});

interface World {
  /** Answers to who holds the claim, the last again and again. */
  readonly hold: readonly HoldResult[];
  readonly find?: FoundTask;
  /** It was found again, and not claimed a moment ago. */
  readonly isFound?: boolean;
  /** What the API answers when the claim is to skip tokens. @default no */
  readonly skip?: boolean | Error;
  /** What the API answers to the report of a task. @default reported */
  readonly told?: TaskReport;
}

type Failed = Parameters<Orchestrator["fail"]>[0];

/** One run in hand of a process, whose actors a test starts. */
async function world({ hold, find = NONE, isFound = false, told = "reported", skip = false }: World) {
  const clock = fakeClock();
  const vault = makeRunVault<FlowRun, LaunchPlan>();
  const adopted = someAdoptedRun("run");
  vault.admit(adopted);
  vault.keepPlan("run", SOME_PLAN, SOME_PLACE);
  const calls: string[] = [];
  const failed: Failed[] = [];
  const reported: ReportedTask[] = [];
  const logged: string[] = [];
  const answers = [...hold];
  const orchestrator = {
    claim: () => Promise.resolve({ outcome: "claimed" }),
    holdRules: PREFECT1_HOLD_RULES,
    lines: PREFECT1_LINES,
    reportTask: (_runId: string, task: ReportedTask) => {
      reported.push(task);
      return Promise.resolve(told);
    },
    hold: () => {
      calls.push("hold");
      return Promise.resolve((answers.length > 1 ? answers.shift() : answers[0]) ?? HELD);
    },
    skip: ({ skipped }: { readonly skipped: readonly number[] }) => {
      calls.push(`skip ${skipped.join(" ")}`);
      return skip instanceof Error ? Promise.reject(skip) : Promise.resolve(skip);
    },
    fail: (one: Failed) => {
      calls.push("fail");
      failed.push(one);
      return Promise.resolve();
    },
  };
  const tokens: (number | null)[] = [];
  const numberOf = (token: string) =>
    [1, 2, 3, 4].find((attempt) => clientToken({ runId: "run", claim: "v1", attempt }) === token) ?? 0;
  let isGone = false;
  const effects = {
    clock,
    orchestrator,
    log: (level: string, line: string) => void logged.push(`${level} ${line}`),
    findTask: () => {
      calls.push("find");
      return Promise.resolve(find);
    },
    platform: {
      decided: () => undefined,
      run: async (
        { confirm, token, nextToken }: {
          confirm: () => Promise<void>;
          token: string;
          nextToken: () => Promise<string | null>;
        },
      ) => {
        await confirm();
        tokens.push(numberOf(token));
        calls.push("run");
        if (isGone) {
          const next = await nextToken();
          await confirm();
          tokens.push(next === null ? null : numberOf(next));
        }
        return { id: "task-1", adopted: false };
      },
    },
    // What these actors do not ask for is left out.
  } as unknown as AgentEffects<FlowRun, LaunchPlan>;
  const makePlan = () => Promise.resolve(SOME_PLAN);
  const machine = provideFlowRun({ effects, reconcileMs: 60_000 }, {
    turns: makePlanTurns(effects.clock),
    sent: new Set(),
    room: { take: () => undefined },
    steps: SILENT_STEPS,
    vault,
    claims: new BehaviorSubject(0),
    makePlan,
  });
  const { claimRun, findTask, reportRun, runTask } = machine.implementations.actors;
  /** How many milliseconds an actor took, and what it gave. */
  const play = async <T>(logic: unknown, input: object): Promise<{ ms: number; result: T | Failure }> => {
    const actor = createActor(logic as AnyActorLogic, { input });
    const sinceMs = clock.now();
    let result: unknown = null;
    // An actor that fails tells its observers as well.
    actor.subscribe({ error: () => undefined });
    toPromise(actor).then(
      (value) => result = value,
      (thrown) => result = (thrown as FailureError).failure,
    );
    actor.start();
    await clock.advance(0);
    while (result === null && clock.now() - sinceMs < 300_000) await clock.advance(1000);
    return { ms: clock.now() - sinceMs, result: result as T | Failure };
  };
  await play(isFound ? findTask : claimRun, { runId: "run" });
  calls.length = 0;
  const report = (what: Report) => play<Reported>(reportRun, { header: adopted.header, report: what });
  return {
    calls,
    failed,
    reported,
    logged,
    tokens,
    clock,
    /** `gone`: its definition has to be replaced. */
    launch: (attempt: number, definition: "there" | "gone" = "there") => {
      isGone = definition === "gone";
      return play(runTask, {
        runId: "run",
        claim: "v1",
        attempt,
        definition: "f:1",
        learnt: { refusals: 0, wasReclaimed: false },
      });
    },
    report,
    fail: (failure: Failure) => report({ kind: "failed", failure, version: "2", mayHaveTask: false }),
    launched: () => report({ kind: "launched", task: { id: "task-1", adopted: false } }),
  };
}

Deno.test("failing: given a claim of a moment ago, when its launch fails, then nothing is asked", async () => {
  const it = await world({ hold: [HELD] });

  await it.fail(refused);

  assert.deepEqual(it.calls, ["fail"]);
  assert.deepEqual(it.failed, [{ id: "run", version: "2", claim: someClaim(), held: true }]);
});

for (const failure of [refused, lost(false)]) {
  const what = failure.tag === "taskStopped" ? "its task is lost" : "its launch fails";

  Deno.test(`failing: given a claim that another process has taken, when ${what}, then the run is left to that one`, async () => {
    const it = await world({ hold: [LOST], isFound: true });

    const { result } = await it.fail(failure);

    assert.equal((result as Failure).tag, "claimLost");
    assert.deepEqual(it.failed, []);
  });

  Deno.test(`failing: given another process's claim, when ${what}, then it is taken, waited for, looked at, and only then failed`, async () => {
    const it = await world({ hold: [TAKEN, HELD], isFound: true });

    const { ms } = await it.fail(failure);

    assert.equal(ms, 65_000);
    assert.deepEqual(it.calls, ["hold", "hold", "find", "fail"]);
    assert.equal(it.failed[0]?.held, true);
  });

  Deno.test(`failing: given another process has launched it again, when ${what}, then that task is followed`, async () => {
    const it = await world({
      hold: [TAKEN, HELD],
      isFound: true,
      find: { ...NO_TASK_FOUND, taskId: "task-2" },
    });

    const { result } = await it.fail(failure);

    assert.equal((result as Reported).taskId, "task-2");
    assert.deepEqual(it.reported.at(-1), { id: "task-2", label: "Task", isTakenUp: true });
    assert.deepEqual(it.failed, []);
  });

  Deno.test(`failing: given the claim is taken back while it is waited, when ${what}, then the run is left alone`, async () => {
    const it = await world({ hold: [TAKEN, LOST], isFound: true });

    const { result } = await it.fail(failure);

    assert.equal((result as Failure).tag, "claimLost");
    assert.ok(!it.calls.includes("fail"));
  });
}

Deno.test("failing: given its own claim and a task that was launched long ago, when that is lost, then it must still be its own", async () => {
  const it = await world({ hold: [LOST] });
  await it.launched();
  await it.clock.advance(60_000);

  const { result } = await it.fail(lost(false));

  assert.equal((result as Failure).tag, "claimLost");
});

Deno.test("failing: given a run that has begun meanwhile, when its launch fails, then it is followed though its task is not seen", async () => {
  const it = await world({ hold: [HELD], isFound: true, find: { ...NO_TASK_FOUND, started: true } });

  const { result } = await it.fail(refused);

  assert.deepEqual(result, { ...NO_TASK_FOUND, started: true });
  assert.deepEqual(it.failed, []);
});

Deno.test("failing: given a request of unknown outcome and then a refusal, when no task is shown, then it is looked for once more before the run is failed", async () => {
  const it = await world({ hold: [HELD] });

  const { ms } = await it.report({ kind: "failed", failure: refused, version: "2", mayHaveTask: true });

  assert.equal(ms, CLAIM_TIMES.shownLateMs);
  assert.deepEqual(it.calls, ["find", "find", "fail"]);
});

Deno.test("failing: given a flow that had begun, when its task is lost, then it is failed", async () => {
  const it = await world({ hold: [HELD], isFound: true, find: { ...NO_TASK_FOUND, started: true } });

  await it.fail(lost(true));

  assert.equal(it.failed.length, 1);
});

Deno.test("failing: given an API that lets nobody take a claim, when its task is lost, then the run is failed without", async () => {
  const it = await world({ hold: [REFUSED], isFound: true });

  const { ms } = await it.fail(lost(false));

  assert.ok(ms < 80_000, String(ms));
  assert.equal(it.failed[0]?.held, false);
});

Deno.test("launching: given a definition that is gone, when the claim says which token is skipped, then later attempts use later tokens", async () => {
  const it = await world({ hold: [HELD], skip: true });

  await it.launch(1, "gone");
  await it.launch(1);
  await it.launch(2);

  assert.deepEqual(it.tokens, [1, 2, 2, 3]);
  assert.deepEqual(it.calls, ["run", "skip 1", "run", "run"]);
});

Deno.test("launching: given a claim that cannot say which tokens are skipped, when its definition is gone, then it keeps its token", async () => {
  const it = await world({ hold: [HELD], skip: false });

  await it.launch(1, "gone");
  await it.launch(1);

  assert.deepEqual(it.tokens, [1, null, 1]);
});

for (const [what, isFound] of [["was found again", true], ["was taken over", false]] as const) {
  Deno.test(`launching: given a claim that ${what}, when its definition is gone, then it keeps its token, because another process may have used it`, async () => {
    const it = await world({ hold: [TAKEN], isFound, skip: true });
    // Its task was lost, so that the claim is looked at anew before the next launch.
    if (!isFound) await it.launched();

    await it.launch(isFound ? 1 : 2, "gone");

    assert.deepEqual(it.tokens, isFound ? [1, null] : [2, null]);
    assert.ok(!it.calls.some((call) => call.startsWith("skip")));
  });
}

Deno.test("launching: given that it is not known whether the claim says which token is skipped, when it is launched again, then that is found out before anything is sent", async () => {
  const away = new FailureError({ tag: "unreachable", message: "the API is away" });
  const it = await world({ hold: [HELD], skip: away });

  await it.launch(1, "gone");
  await it.launch(1);

  assert.deepEqual(it.tokens, [1]);
  assert.deepEqual(it.calls, ["run", "skip 1", "skip 1"]);
});

Deno.test("launching: given a claim whose former process skipped a token, when it is taken over, then that token is not sent", async () => {
  const it = await world({ hold: [{ outcome: "taken", skipped: [1] }, HELD], isFound: true });

  const { result } = await it.launch(1);
  await it.launch(1);

  assert.equal((result as Failure).tag, "unavailable");
  assert.deepEqual(it.tokens, [2]);
});

Deno.test("launching: given another process's claim that cannot be taken yet, when the first attempt is due, then its token will do", async () => {
  const it = await world({ hold: [REFUSED, REFUSED, TAKEN], isFound: true });

  const { ms } = await it.launch(1);

  assert.equal(ms, 0);
  assert.deepEqual(it.calls, ["hold", "run"]);
});

Deno.test("launching: given another process's claim that cannot be taken yet, when a later attempt is due, then it waits for the claim", async () => {
  const it = await world({ hold: [REFUSED, REFUSED, TAKEN], isFound: true });

  const { ms } = await it.launch(2);

  assert.equal(ms, 6000);
  assert.deepEqual(it.calls, ["hold", "hold", "hold", "run"]);
});

for (
  const [name, ageMs, failure, waitedMs] of [
    ["a claim that nobody can have taken up yet", 7000, refused, 0],
    ["a claim that others may have launched without taking it", 20_000, refused, 15_000],
    ["such a claim whose token was spent", 20_000, {
      tag: "notPlaced",
      class: "capacity",
      failures: [],
      message: "no room",
    }, 0],
    ["a claim that others had to take", 40_000, refused, 0],
  ] as const
) {
  Deno.test(`failing: given ${name}, when its launch fails, then ${waitedMs} ms are waited before the look`, async () => {
    const it = await world({ hold: [HELD] });
    await it.clock.advance(ageMs);

    const { ms } = await it.fail(failure);

    assert.equal(ms, waitedMs);
    assert.deepEqual(it.calls.slice(-2), ["find", "fail"]);
  });
}

Deno.test("reporting: given a task that this process has started, when it is reported, then it is not called taken up", async () => {
  const it = await world({ hold: [HELD] });

  await it.launched();

  assert.deepEqual(it.reported, [{ id: "task-1", label: "Task", isTakenUp: false }]);
  assert.deepEqual(it.logged.filter((line) => line.startsWith("DEBUG")), []);
});

Deno.test("reporting: given an API that keeps the report for later, when a task is reported, then the run goes on and the log says so", async () => {
  const it = await world({ hold: [HELD], told: "kept" });

  const { result } = await it.launched();

  assert.deepEqual(result, NO_TASK_FOUND);
  assert.deepEqual(it.logged.filter((line) => line.startsWith("DEBUG")), [
    "DEBUG Flow run run has Task task-1; the API will be told as soon as it answers",
  ]);
});
