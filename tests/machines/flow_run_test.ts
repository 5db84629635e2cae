import assert from "node:assert/strict";
import fc from "fast-check";
import {
  createActor,
  fromCallback,
  fromPromise,
  getNextTransitions,
  initialTransition,
  transition,
} from "xstate";
import { getShortestPaths } from "xstate/graph";
import { makeDeadlines } from "../../actors/time/deadlines.ts";
import { flowRunMachine } from "../../machines/flow_run.ts";
import type {
  FlowRunInput,
  PlanInput,
  Report,
  Reported,
  RunTaskInput,
  StopInput,
  WatchInput,
} from "../../machines/flow_run_types.ts";
import {
  type EnsuredDefinition,
  type FoundTask,
  NO_TASK_FOUND,
  type Pause,
  type StopResult,
} from "../../schemas/contracts/task.ts";
import type { FlowRunEvent, RunOutcome } from "../../schemas/flow_run/events.ts";
import type { RunEnd } from "../../schemas/flow_run/run_end.ts";
import { type Failure, FailureError, type StopClass } from "../../schemas/failure/failure.ts";
import type { RunHeader } from "../../schemas/flow_run/flow_run.ts";
import { defaultLaunchPolicy } from "../../schemas/flow_run/launch_policy.ts";
import { fakeClock, settle } from "../support/clock.ts";

const header: RunHeader = {
  id: "run-1",
  name: "amber-fox",
  flowId: "flow-1",
  flowName: "etl",
  version: "1",
  stateType: "Scheduled",
  dueAtMs: null,
};
const input: FlowRunInput = {
  header,
  claim: "v1",
  policy: defaultLaunchPolicy,
  resumed: null,
  isEarly: false,
};
const throttled: Failure = { tag: "throttled", retryAfterMs: 0, message: "Rate exceeded" };
const refused: Failure = {
  tag: "refused",
  service: "ECS",
  code: "ClientException",
  operation: "RunTask",
  message: "no",
};
const lost: Failure = { tag: "unknownOutcome", operation: "RunTask", message: "reset" };
const notPlaced: Failure = {
  tag: "notPlaced",
  class: "capacity",
  failures: [{ reason: "RESOURCE:MEMORY" }],
  message: "no memory",
};

const stopped = (cls: StopClass, wasRunning = false): Failure => ({
  tag: "taskStopped",
  class: cls,
  wasRunning,
  taskId: "task-1",
  message: cls,
});

const GONE: StopResult = {
  outcome: "stopped",
  version: "2",
  wasRunning: false,
  failure: stopped("tooSlow"),
};

type Answer<T> = T | Failure;
interface Script {
  readonly claim?: readonly Answer<{ outcome: "claimed" | "lost" }>[];
  readonly plan?: readonly Answer<null>[];
  readonly ensure?: readonly Answer<{ name: string; registered: boolean; releaseId: string | null }>[];
  readonly run?: readonly Answer<{ id: string; adopted: boolean } | "silent">[];
  readonly release?: readonly Answer<null>[];
  readonly report?: readonly Answer<Reported>[];
  readonly find?: readonly Answer<FoundTask>[];
  readonly stop?: readonly Answer<StopResult>[];
  /** Given: the watcher says nothing by itself. */
  readonly watch?: "silent";
}

function isFailure(value: unknown): value is Failure {
  return typeof value === "object" && value !== null && "tag" in value;
}

/** Runs one machine over scripted answers (the last one repeats); says which calls were made and how it ended. */
function drive(
  script: Script,
  { dueAtMs = null, ...more }: Partial<FlowRunInput> & { dueAtMs?: number | null } = {},
) {
  const clock = fakeClock();
  const calls: string[] = [];
  const states: string[] = [];
  const stops: StopInput[] = [];
  const play = <T>(name: string, answers: readonly Answer<T>[]) => (what: string): Promise<T> => {
    const made = calls.filter((c) => c.startsWith(name)).length;
    calls.push(`${name}${what}`);
    const answer = answers[Math.min(made, answers.length - 1)];
    if (isFailure(answer)) return Promise.reject(new FailureError(answer));
    return Promise.resolve(answer as T);
  };
  const claim = play<{ outcome: "claimed" | "lost" }>("claim", script.claim ?? [{ outcome: "claimed" }]);
  const plan = play("plan", script.plan ?? [null]);
  const ensure = play("ensure", script.ensure ?? [{ name: "fam:1", registered: true, releaseId: null }]);
  const run = play("run", script.run ?? [{ id: "task-1", adopted: false }]);
  const release = play("release", script.release ?? [null]);
  const find = play("find", script.find ?? [NO_TASK_FOUND]);
  const stop = play("stop", script.stop ?? [GONE]);
  const early: { tell: (event: FlowRunEvent) => void } = { tell: () => assert.fail("nothing is looked at") };
  const watched: { tell: (event: FlowRunEvent) => void } = { tell: () => assert.fail("nothing is watched") };
  const report = play("report", script.report ?? [NO_TASK_FOUND]);
  const machine = flowRunMachine.provide({
    actors: {
      pause: fromPromise<void, Pause>(({ input }) =>
        new Promise((resolve) => {
          const ms = "untilMs" in input ? input.untilMs - clock.now() : Math.max(1000, input.atLeastMs);
          clock.after(Math.max(0, ms), resolve);
        })
      ),
      deadlines: makeDeadlines(clock),
      claimRun: fromPromise<{ outcome: "claimed" | "lost" }, { runId: string }>(() => claim("")),
      planLaunch: fromPromise<void, PlanInput>(async () => void await plan("")),
      ensureTaskDefinition: fromPromise<EnsuredDefinition, { runId: string }>(() => ensure("")),
      runTask: fromPromise<{ id: string; adopted: boolean }, RunTaskInput>(({ input }) =>
        run(` ${input.attempt}`).then((answer) => answer === "silent" ? new Promise(() => {}) : answer)
      ),
      releaseTaskDefinition: fromPromise<void, { runId: string; id: string }>(async ({ input }) =>
        void await release(` ${input.id}`)
      ),
      reportRun: fromPromise<Reported, { header: RunHeader; report: Report }>(({ input: { report: told } }) =>
        report(` ${told.kind}${told.kind === "failed" && told.mayHaveTask ? ", may have a task" : ""}`)
      ),
      watchTask: fromCallback<FlowRunEvent, WatchInput>(({ sendBack }) => {
        watched.tell = sendBack;
        if (script.watch === undefined) sendBack({ type: "run.ended" });
      }),
      findTask: fromPromise<FoundTask, { runId: string }>(() => find("")),
      stopTask: fromPromise<StopResult, StopInput>(({ input }) => {
        stops.push(input);
        return stop(` ${input.reason}`);
      }),
      watchRun: fromCallback<FlowRunEvent, { runId: string; claim: string }>(({ sendBack }) => {
        early.tell = sendBack;
      }),
    },
  });
  const isEarly = dueAtMs !== null;
  const actor = createActor(machine, {
    input: { ...input, isEarly, ...more, header: { ...header, dueAtMs } },
  });
  actor.subscribe((s) => states.at(-1) === String(s.value) || states.push(String(s.value)));
  actor.start();
  const isLookedAt = (): boolean => actor.getSnapshot().children.watchRun !== undefined;
  return {
    clock,
    calls,
    states,
    stops,
    actor,
    watched,
    early,
    isLookedAt,
    output: () => actor.getSnapshot().output,
  };
}

Deno.test("flow run: given nothing goes wrong, when driven, then it claims, plans, ensures, runs, reports once each", async () => {
  const run = drive({});

  await run.clock.advance(0);

  assert.deepEqual(run.calls, ["claim", "plan", "ensure", "run 1", "report launched"]);
  assert.deepEqual(run.output(), { runId: "run-1", outcome: "completed", failure: null });
});

Deno.test("flow run: given a start time ahead, when it is not reached, then nothing is claimed", async () => {
  const start = fakeClock().now();
  const run = drive({}, { dueAtMs: start + 5000 });

  await run.clock.advance(4999);
  const before = [...run.calls];
  await run.clock.advance(1);

  assert.deepEqual(before, []);
  assert.equal(run.calls[0], "claim");
});

Deno.test("flow run: given a lost claim, when driven, then nothing is launched or reported", async () => {
  const run = drive({ claim: [{ outcome: "lost" }] });

  await run.clock.advance(0);

  assert.deepEqual(run.calls, ["claim"]);
  assert.equal(run.output()?.outcome, "lostClaim");
});

Deno.test("flow run: given a bad plan, when driven, then it is reported Failed and nothing is sent to AWS", async () => {
  const bad: Failure = { tag: "badFlowRun", field: "run_config.cpu", message: "bad cpu" };
  const run = drive({ plan: [bad] });

  await run.clock.advance(0);

  assert.deepEqual(run.calls, ["claim", "plan", "report failed"]);
  assert.deepEqual(run.output(), { runId: "run-1", outcome: "failed", failure: bad });
});

Deno.test("flow run: given an unknown outcome of RunTask, when retried, then the attempt stays the same", async () => {
  const run = drive({ run: [lost, lost, { id: "task-1", adopted: true }] });

  await run.clock.advance(10_000);

  assert.deepEqual(run.calls.filter((c) => c.startsWith("run")), ["run 1", "run 1", "run 1"]);
  assert.equal(run.output()?.outcome, "completed");
});

Deno.test("flow run: given refused placements, when retried, then each try is a new attempt and the last is reported", async () => {
  const run = drive({ run: [notPlaced] });

  await run.clock.advance(60_000);

  assert.deepEqual(run.calls.filter((c) => c.startsWith("run")), ["run 1", "run 2", "run 3", "run 4"]);
  assert.deepEqual(run.output(), { runId: "run-1", outcome: "failed", failure: notPlaced });
});

const runs = (calls: readonly string[]) => calls.filter((call) => call.startsWith("run"));

Deno.test("placement: given it is refused three times, when the fourth attempt is taken, then it is launched within 15 s", async () => {
  const run = drive({ run: [notPlaced, notPlaced, notPlaced, { id: "task-1", adopted: false }] });

  await run.clock.advance(15_000);

  assert.deepEqual(runs(run.calls), ["run 1", "run 2", "run 3", "run 4"]);
  assert.deepEqual(run.output(), { runId: "run-1", outcome: "completed", failure: null });
});

Deno.test("placement: given it is refused again and again, when 15 s are over, then three retries were made and it is Failed with the reasons", async () => {
  const run = drive({ run: [notPlaced] });

  await run.clock.advance(15_000);

  assert.deepEqual(runs(run.calls), ["run 1", "run 2", "run 3", "run 4"]);
  assert.equal(run.calls.at(-1), "report failed");
  assert.deepEqual(run.output(), { runId: "run-1", outcome: "failed", failure: notPlaced });
});

Deno.test("placement: given throttling in between, when it is refused again after 15 s, then no further attempt begins", async () => {
  const run = drive({ run: [notPlaced, ...Array(25).fill(throttled), notPlaced] });

  await run.clock.advance(60_000);

  assert.equal(
    new Set(runs(run.calls)).size,
    2,
    "the attempt that had begun was waited for, no other was begun",
  );
  assert.deepEqual(run.output(), { runId: "run-1", outcome: "failed", failure: notPlaced });
});

Deno.test("placement: given throttling in between, when it ends after 15 s, then the attempt that had begun is launched", async () => {
  const run = drive({ run: [notPlaced, ...Array(25).fill(throttled), { id: "task-1", adopted: false }] });

  await run.clock.advance(60_000);

  assert.equal(new Set(runs(run.calls)).size, 2);
  assert.equal(run.output()?.outcome, "completed");
});

for (
  const [name, limits, expected] of [
    ["no retry", { placementRetries: 0 }, 1],
    ["one retry", { placementRetries: 1 }, 2],
    ["ten retries within 15 s", { placementRetries: 10 }, 11],
    ["ten retries within a minute", {
      placementRetries: 10,
      deadlineMs: { ...defaultLaunchPolicy.deadlineMs, placement: 60_000 },
    }, 11],
    ["ten retries within 3 s", {
      placementRetries: 10,
      deadlineMs: { ...defaultLaunchPolicy.deadlineMs, placement: 3000 },
    }, 3],
  ] as const
) {
  Deno.test(`placement: given ${name}, when it is refused again and again, then so many attempts are made`, async () => {
    const run = drive({ run: [notPlaced] }, { policy: { ...defaultLaunchPolicy, ...limits } });

    await run.clock.advance(120_000);

    assert.equal(runs(run.calls).length, expected);
    assert.equal(run.output()?.outcome, "failed");
  });
}

Deno.test("placement: given a task that was lost after refusals, when it is launched again, then its placement has three retries of its own", async () => {
  const answers = [notPlaced, notPlaced, { id: "task-1", adopted: false }, notPlaced];
  const run = drive({ run: answers, watch: "silent" });
  await run.clock.advance(20_000);

  run.watched.tell({ type: "task.stopped", failure: stopped("transientStart"), version: "3" });
  await run.clock.advance(20_000);

  assert.deepEqual(runs(run.calls), ["run 1", "run 2", "run 3", "run 4", "run 5", "run 6", "run 7"]);
  assert.equal(run.output()?.failure?.tag, "notPlaced");
});

Deno.test("flow run: given AWS refuses for good, when RunTask fails, then there is no second try", async () => {
  const run = drive({ run: [refused] });

  await run.clock.advance(60_000);

  assert.deepEqual(run.calls.filter((c) => c.startsWith("run")), ["run 1"]);
  assert.deepEqual(run.output()?.failure, refused);
});

for (const [stage, step] of [["launch", "run"], ["definition", "ensure"]] as const) {
  Deno.test(`flow run: given endless throttling, when the ${stage} deadline passes, then it is Failed with that reason and the time`, async () => {
    const run = drive({ [step]: [throttled] });

    await run.clock.advance(89_000);
    const before = run.output();
    await run.clock.advance(5000);

    assert.equal(before, undefined);
    const message = `Rate exceeded; given up after 90 s of trying (--${stage}-deadline)`;
    assert.deepEqual(run.output(), { runId: "run-1", outcome: "failed", failure: { ...throttled, message } });
  });
}

Deno.test("flow run: given outcomes that stay unknown, when the deadline passes, then it goes on asking with the same token", async () => {
  const run = drive({ run: [...Array(120).fill(lost), { id: "task-1", adopted: true }] });

  await run.clock.advance(200_000);

  assert.deepEqual(new Set(run.calls.filter((c) => c.startsWith("run"))), new Set(["run 1"]));
  assert.equal(run.output()?.outcome, "completed");
});

Deno.test("flow run: given a registration whose outcome stays unknown, when its deadline passes, then the run is Failed with why, and nothing is launched", async () => {
  const run = drive({ ensure: [{ ...lost, operation: "RegisterTaskDefinition" }] });

  await run.clock.advance(95_000);

  const failure = run.output()?.failure;
  assert.equal(run.output()?.outcome, "failed");
  assert.match(failure?.message ?? "", /^reset; given up after 90 s of trying \(--definition-deadline\)$/);
  assert.deepEqual(run.calls.filter((call) => call.startsWith("run")), []);
});

for (
  const [name, answers] of [["a task", [{ id: "t", adopted: false }]], ["a refusal", [refused]]] as const
) {
  Deno.test(`flow run: given a definition of its own and ${name}, when decided, then the definition is released first`, async () => {
    const run = drive({ ensure: [{ name: "fam:1", registered: true, releaseId: "arn:1" }], run: answers });

    await run.clock.advance(0);

    assert.deepEqual(run.calls.slice(3, 5), ["run 1", "release arn:1"]);
    assert.match(run.calls[5] ?? "", /^report/);
  });
}

Deno.test("flow run: given the release fails, when the task exists, then the run is still reported as launched (Q-DEREG-FAILS)", async () => {
  const ensure = [{ name: "fam:1", registered: true, releaseId: "arn:1" }];
  const run = drive({ ensure, release: [refused] });

  await run.clock.advance(0);

  assert.equal(run.calls.at(-1), "report launched");
  assert.equal(run.output()?.outcome, "completed");
});

Deno.test("flow run: given the log of a launched run cannot be written, when refused, then the run is not failed (Q-LOG-FAIL)", async () => {
  const run = drive({ report: [{ tag: "apiError", code: "", message: "no logs" }] });

  await run.clock.advance(0);

  assert.deepEqual(run.output(), { runId: "run-1", outcome: "completed", failure: null });
});

Deno.test("flow run: given an API that is away while reporting, when the deadline passes, then the run leaves the agent", async () => {
  const run = drive({ report: [{ tag: "unreachable", message: "away" }] });

  await run.clock.advance(95_000);

  assert.equal(run.output()?.outcome, "completed");
  assert.equal(run.clock.pending(), 0);
});

Deno.test("flow run: given an API that is away while claiming, when the deadline passes, then it is released unclaimed", async () => {
  const run = drive({ claim: [{ tag: "unreachable", message: "away" }] });

  await run.clock.advance(95_000);

  assert.equal(run.output()?.outcome, "released");
});

Deno.test("flow run: given it waits for its start, when a stop is requested, then it is released and nothing is claimed", async () => {
  const run = drive({}, { dueAtMs: fakeClock().now() + 5000 });

  run.actor.send({ type: "stop.requested" });
  await settle();

  assert.deepEqual(run.calls, []);
  assert.equal(run.output()?.outcome, "released");
});

const done = (actor: string, output: unknown) => ({
  type: `xstate.done.actor.${actor}`,
  output,
  actorId: actor,
});
const error = (actor: string, failure: Failure) => ({
  type: `xstate.error.actor.${actor}`,
  error: new FailureError(failure),
  actorId: actor,
});
const events = [
  done("pause", undefined),
  done("claimRun", { outcome: "claimed" }),
  done("claimRun", { outcome: "lost" }),
  done("planLaunch", undefined),
  done("ensureTaskDefinition", { name: "fam:1", registered: true, releaseId: null }),
  done("ensureTaskDefinition", { name: "fam:1", registered: true, releaseId: "arn:1" }),
  done("runTask", { id: "task-1", adopted: false }),
  done("releaseTaskDefinition", undefined),
  done("reportRun", NO_TASK_FOUND),
  done("reportRun", { ...NO_TASK_FOUND, taskId: "task-9" }),
  done("findTask", NO_TASK_FOUND),
  done("findTask", { ...NO_TASK_FOUND, over: true }),
  done("findTask", { ...NO_TASK_FOUND, started: true }),
  done("findTask", { ...NO_TASK_FOUND, taskId: "task-0" }),
  done("stopTask", GONE),
  done("stopTask", { outcome: "running" }),
  done("stopTask", { outcome: "ended" }),
  { type: "task.started" },
  { type: "run.ended" },
  { type: "cancel.requested" },
  { type: "task.stopped", failure: stopped("transientStart"), version: "3" },
  { type: "task.stopped", failure: stopped("exited"), version: "3" },
  { type: "deadline.passed", stage: "start" },
  ...[
    "claimRun",
    "planLaunch",
    "ensureTaskDefinition",
    "runTask",
    "releaseTaskDefinition",
    "reportRun",
    "findTask",
    "stopTask",
  ]
    .flatMap((actor) => [throttled, refused, lost, notPlaced].map((f) => error(actor, f))),
  { type: "deadline.passed", stage: "launch" },
  { type: "launch.delayed" },
  { type: "stop.requested" },
] as unknown as FlowRunEvent[];

type Snapshot = ReturnType<typeof initialTransition<typeof flowRunMachine>>[0];
const legal = (s: Snapshot): FlowRunEvent[] =>
  events.filter((e) => getNextTransitions(s).some((t) => t.eventType === e.type));

/** States in which a run can be found; `deciding` only passes on. */
const lasting = Object.entries(flowRunMachine.states).filter(([, s]) =>
  s.invoke.length > 0 || s.type === "final"
);

function reached(resumed: FlowRunInput["resumed"]): readonly string[] {
  const paths = getShortestPaths(flowRunMachine, {
    input: { ...input, resumed, isEarly: resumed === null },
    events: legal,
    serializeState: (s) =>
      JSON.stringify([s.value, s.context.definition, s.context.task, s.context.resumeAt, s.context.expired]),
    stopWhen: (s) => s.status !== "active" || s.context.retries > 1 || s.context.attempt > 2,
  });
  return paths.map((p) => String(p.state.value));
}

Deno.test("flow run: given every legal event, when paths are searched, then every state is reached", () => {
  const found = new Set([null, "submitted", "running"].flatMap((r) => reached(r as FlowRunInput["resumed"])));

  assert.deepEqual(found, new Set(lasting.map(([name]) => name)));
});

Deno.test("flow run: given any legal walk, when taken, then the context is plain JSON, finals are final and no task is forgotten", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1000), { maxLength: 30 }), (choices) => {
      let [snapshot] = initialTransition(flowRunMachine, input);
      for (const choice of choices) {
        if (snapshot.status !== "active") break;
        const options = legal(snapshot);
        assert.ok(options.length > 0, `dead end in ${snapshot.value}`);
        const event = options[choice % options.length];
        if (event === undefined) return;
        [snapshot] = transition(flowRunMachine, snapshot, event);
        assert.deepEqual(JSON.parse(JSON.stringify(snapshot.context)), snapshot.context);
        assert.notEqual(snapshot.status, "error");
        if (snapshot.context.task !== null) assert.notEqual(snapshot.value, "failed");
      }
    }),
    { numRuns: 300 },
  );
});

const watching = { watch: "silent" } as const;

Deno.test("flow run: given a watched task that is lost before it ran, when the class allows it, then another attempt follows", async () => {
  const run = drive(watching);
  await run.clock.advance(0);

  run.watched.tell({ type: "task.stopped", failure: stopped("transientStart"), version: "3" });
  await run.clock.advance(2000);

  assert.deepEqual(run.calls.filter((c) => c.startsWith("run ")), ["run 1", "run 2"]);
  assert.equal(run.states.at(-1), "watching");
});

Deno.test("flow run: given a task that exited without a report, when told, then the run is Failed with the explanation and not relaunched", async () => {
  const run = drive(watching);
  await run.clock.advance(0);
  const failure = stopped("exited", true);

  run.watched.tell({ type: "task.stopped", failure, version: "3" });
  await run.clock.advance(2000);

  assert.deepEqual(run.calls.slice(-2), ["report launched", "report failed"]);
  assert.deepEqual(run.output(), { runId: "run-1", outcome: "failed", failure });
});

for (const relaunch of ["never", "start", "infrastructure"] as const) {
  Deno.test(`flow run: given --relaunch ${relaunch}, when AWS takes the task of a running flow, then only infrastructure relaunches`, async () => {
    const run = drive(watching, { policy: { ...defaultLaunchPolicy, relaunch } });
    await run.clock.advance(0);

    run.watched.tell({ type: "task.stopped", failure: stopped("infrastructure", true), version: "3" });
    await run.clock.advance(2000);

    assert.equal(run.calls.includes("run 2"), relaunch === "infrastructure");
  });
}

Deno.test("flow run: given tasks that are lost again and again, when the attempts are used up, then the run is Failed", async () => {
  const run = drive(watching);
  await run.clock.advance(0);

  for (let i = 0; i < 4; i++) {
    run.watched.tell({ type: "task.stopped", failure: stopped("infrastructure"), version: "3" });
    await run.clock.advance(3000);
  }

  assert.deepEqual(run.calls.filter((c) => c.startsWith("run ")), ["run 1", "run 2", "run 3", "run 4"]);
  assert.equal(run.output()?.outcome, "failed");
});

Deno.test("flow run: given a task that does not come up, when the start deadline passes, then it is stopped before another is started", async () => {
  const run = drive(watching);

  await run.clock.advance(defaultLaunchPolicy.deadlineMs.start + 1);

  assert.deepEqual(run.calls.slice(4), [
    "report launched",
    "stop tooSlow",
    "plan",
    "ensure",
    "run 2",
    "report launched",
  ]);
  const { start: startMs } = defaultLaunchPolicy.deadlineMs;
  assert.deepEqual(run.stops, [{ runId: "run-1", taskId: "task-1", reason: "tooSlow", startMs }]);
});

Deno.test("flow run: given a task that came up, when the start deadline would pass, then nothing is stopped", async () => {
  const run = drive(watching);
  await run.clock.advance(0);

  run.watched.tell({ type: "task.started" });
  await run.clock.advance(2 * defaultLaunchPolicy.deadlineMs.start);

  assert.ok(!run.calls.includes("stop tooSlow"));
});

Deno.test("flow run: given a slow task that cannot be stopped, when refused, then nothing else is started for the run", async () => {
  const run = drive({ ...watching, stop: [refused] });

  await run.clock.advance(defaultLaunchPolicy.deadlineMs.start + 1);

  assert.ok(!run.calls.includes("run 2"));
  assert.equal(run.states.at(-1), "watching");
});

Deno.test("flow run: given Prefect wants it cancelled, when told, then the task is stopped and the run is cancelled", async () => {
  const run = drive({ ...watching, stop: [throttled, GONE] });
  await run.clock.advance(0);

  run.watched.tell({ type: "cancel.requested" });
  await run.clock.advance(5000);

  assert.deepEqual(run.calls.slice(-2), ["stop cancel", "stop cancel"]);
  assert.equal(run.output()?.outcome, "cancelled");
});

Deno.test("flow run: given a claim found again whose task lives, when resumed, then it is watched and nothing is launched", async () => {
  const run = drive({ ...watching, find: [{ ...NO_TASK_FOUND, taskId: "task-0" }] }, {
    resumed: "submitted",
  });

  await run.clock.advance(0);

  assert.deepEqual(run.calls, ["find"]);
  assert.equal(run.states.at(-1), "watching");
});

Deno.test("flow run: given a claim found again without a task, when resumed, then the same attempt is asked again, not claimed again", async () => {
  const run = drive(watching, { resumed: "submitted" });

  await run.clock.advance(0);

  assert.deepEqual(run.calls, ["find", "plan", "ensure", "run 1", "report launched"]);
});

Deno.test("flow run: given a running flow found again without a live task, when resumed, then it is watched, never launched blindly", async () => {
  const run = drive(watching, { resumed: "running" });

  await run.clock.advance(0);

  assert.deepEqual(run.calls, ["find"]);
  assert.equal(run.states.at(-1), "watching");
});

Deno.test("flow run: given RunTask whose outcome is unknown, when later tries are throttled beyond the deadline, then it is not given up", async () => {
  const run = drive({ run: [lost, ...Array(12).fill(throttled), { id: "task-1", adopted: true }] });

  await run.clock.advance(200_000);

  assert.deepEqual(new Set(run.calls.filter((c) => c.startsWith("run"))), new Set(["run 1"]));
  assert.equal(run.output()?.outcome, "completed");
});

Deno.test("flow run: given an unknown outcome and then a refusal, when it is about to be failed, then a task is looked for and watched", async () => {
  const run = drive({
    ...watching,
    run: [lost, refused],
    report: [{ ...NO_TASK_FOUND, taskId: "task-7" }, NO_TASK_FOUND],
  });

  await run.clock.advance(5000);

  assert.deepEqual(run.calls.slice(3), ["run 1", "run 1", "report failed, may have a task"]);
  assert.equal(run.states.at(-1), "watching");
  assert.equal(run.actor.getSnapshot().context.task?.id, "task-7");
});

for (
  const [name, failures, report] of [
    ["lists its reason", [{ reason: "vCPU limit" }], "report failed"],
    ["refuses the whole request", [], "report failed, may have a task"],
  ] as const
) {
  Deno.test(`flow run: given an unknown outcome, when the account's limit then ${name}, then the run is failed with ${report}`, async () => {
    const limit: Failure = { tag: "notPlaced", class: "accountLimit", failures, message: "limit" };
    const run = drive({ ...watching, run: [lost, limit, refused] });

    await run.clock.advance(60_000);

    assert.equal(run.calls.at(-1), report);
  });
}

Deno.test("flow run: given the account's limit is reached, when it stays so for long, then the run waits and each try is a new attempt", async () => {
  const limit: Failure = {
    tag: "notPlaced",
    class: "accountLimit",
    failures: [{ reason: "You've reached the limit on the number of vCPUs you can run concurrently" }],
    message: "limit",
  };
  const run = drive({ run: [...Array(9).fill(limit), notPlaced, { id: "task-1", adopted: false }] });

  await run.clock.advance(400_000);

  const tries = run.calls.filter((c) => c.startsWith("run "));
  assert.equal(new Set(tries).size, 11);
  assert.equal(run.output()?.outcome, "completed");
});

Deno.test("flow run: given a placement that will never fit, when refused, then it is Failed at once", async () => {
  const never: Failure = {
    tag: "notPlaced",
    class: "configuration",
    failures: [{ reason: "LOCATION" }],
    message: "LOCATION",
  };
  const run = drive({ run: [never] });

  await run.clock.advance(0);

  assert.deepEqual(run.output(), { runId: "run-1", outcome: "failed", failure: never });
});

Deno.test("flow run: given launches that take long, when 5 s are over, then the run is looked at until there is a task", async () => {
  const run = drive({
    run: [...Array(8).fill(throttled), { id: "task-1", adopted: false }],
    watch: "silent",
  });
  await run.clock.advance(4999);
  const early = run.isLookedAt();
  await run.clock.advance(1);
  const late = run.isLookedAt();
  await run.clock.advance(10_000);
  const launched = [run.states.at(-1), run.isLookedAt()];

  assert.deepEqual([early, late, launched], [false, true, ["watching", false]]);
});

Deno.test("flow run: given a task that is lost, when the next launch takes long, then the run is looked at again, else never", async () => {
  const again = drive({ plan: [null, ...Array(20).fill(throttled)], watch: "silent" });
  await again.clock.advance(6000);
  const watching = again.isLookedAt();
  again.watched.tell({ type: "task.stopped", failure: stopped("transientStart"), version: "3" });
  await again.clock.advance(4999);
  const early = again.isLookedAt();
  await again.clock.advance(1);

  assert.deepEqual([watching, early, again.isLookedAt()], [false, false, true]);
});

for (const step of ["plan", "ensure", "run"] as const) {
  Deno.test(`flow run: given a run that is cancelled while ${step} is tried again, when told, then nothing is launched and it is cancelled`, async () => {
    const run = drive({ ...watching, [step]: [throttled] });
    await run.clock.advance(6000);
    const before = run.calls.length;

    run.early.tell({ type: "cancel.requested" });
    await run.clock.advance(0);

    assert.deepEqual(run.calls.slice(before), ["stop cancel"]);
    assert.equal(run.output()?.outcome, "cancelled");
  });

  Deno.test(`flow run: given a run that is taken away while ${step} is tried again, when told, then it is let go`, async () => {
    const run = drive({ ...watching, [step]: [throttled] });
    await run.clock.advance(6000);
    const before = run.calls.length;

    run.early.tell({ type: "run.ended" });
    await run.clock.advance(0);

    assert.equal(run.calls.length, before);
    assert.equal(run.output()?.outcome, "lostClaim");
  });
}

for (
  const [event, next, outcome] of [
    ["cancel.requested", ["stop cancel"], "cancelled"],
    ["run.ended", [], "lostClaim"],
  ] as const
) {
  for (const [name, run] of [["tried again", [throttled]], ["on its way", ["silent"]]] as const) {
    Deno.test(`flow run: given a definition of its own while RunTask is ${name}, when ${event}, then the definition is released once`, async () => {
      const ensure = [{ name: "fam:1", registered: true, releaseId: "arn:1" }];
      const one = drive({ ...watching, ensure, run });
      await one.clock.advance(1500);
      const before = one.calls.length;

      one.actor.send({ type: event });
      await one.clock.advance(0);

      assert.deepEqual(one.calls.slice(before), ["release arn:1", ...next]);
      assert.equal(one.output()?.outcome, outcome);
    });
  }
}

Deno.test("flow run: given a definition of its own that was released, when another launch is cancelled before it has one, then it is not released again", async () => {
  const ensure = [{ name: "fam:1", registered: true, releaseId: "arn:1" }, throttled];
  const one = drive({ ensure, watch: "silent" });
  await one.clock.advance(0);
  one.watched.tell({ type: "task.stopped", failure: stopped("transientStart"), version: "3" });
  await one.clock.advance(1500);

  one.actor.send({ type: "cancel.requested" });
  await one.clock.advance(0);

  assert.equal(one.calls.filter((call) => call.startsWith("release")).length, 1);
  assert.equal(one.output()?.outcome, "cancelled");
});

Deno.test("flow run: given a slow task that came up at the last moment, when it was to be stopped, then it is watched on", async () => {
  const run = drive({ ...watching, stop: [{ outcome: "running" }] });

  await run.clock.advance(3 * defaultLaunchPolicy.deadlineMs.start);

  assert.equal(run.calls.filter((c) => c === "stop tooSlow").length, 1);
  assert.equal(run.states.at(-1), "watching");
});

Deno.test("flow run: given a slow task whose start was held back, when it was to be stopped, then it gets the time that it has left, again and again, and is stopped after that", async () => {
  const stopOne = {
    outcome: "stopped",
    version: "2",
    wasRunning: false,
    failure: stopped("configuration"),
  } as const;
  const held = [{ outcome: "running", startMs: 60_000 }, { outcome: "running", startMs: 20_000 }] as const;
  const run = drive({ ...watching, stop: [...held, stopOne] });
  const count = () => run.calls.filter((c) => c === "stop tooSlow").length;
  const counts: number[] = [];
  for (const ms of [defaultLaunchPolicy.deadlineMs.start + 1, 59_000, 1000, 19_000, 1001]) {
    await run.clock.advance(ms);
    counts.push(count());
  }

  assert.deepEqual(counts, [1, 1, 2, 2, 3]);
  assert.equal(run.output()?.outcome, "failed");
});

Deno.test("flow run: given a slow task that had failed by itself, when it was to be stopped, then that decides", async () => {
  const failure = stopped("configuration");
  const run = drive({
    ...watching,
    stop: [{ outcome: "stopped", version: "2", wasRunning: false, failure }],
  });

  await run.clock.advance(defaultLaunchPolicy.deadlineMs.start + 1);

  assert.ok(!run.calls.includes("run 2"));
  assert.deepEqual(run.output(), { runId: "run-1", outcome: "failed", failure });
});

Deno.test("flow run: given a run that has begun elsewhere, when it was to be failed, then it is followed", async () => {
  const run = drive({ ...watching, run: [refused], report: [{ ...NO_TASK_FOUND, started: true }] });

  await run.clock.advance(0);

  assert.equal(run.states.at(-1), "watching");
});

Deno.test("placement: given a claim found again, when refusals take longer than 15 s, then all tokens of the process before are tried", async () => {
  const run = drive({ run: [notPlaced, ...Array(25).fill(throttled), notPlaced] }, { resumed: "submitted" });

  await run.clock.advance(90_000);

  assert.deepEqual([...new Set(runs(run.calls))], ["run 1", "run 2", "run 3", "run 4"]);
});

Deno.test("flow run: given a run that started while its slow task was stopped, when stopped, then the watcher tells whose task it is", async () => {
  const stop = [{ ...GONE, version: "7", wasRunning: true, failure: stopped("tooSlow", true) } as const];
  const run = drive({ ...watching, stop });

  await run.clock.advance(defaultLaunchPolicy.deadlineMs.start + 1);

  assert.equal(run.states.at(-1), "watching");
  assert.ok(!run.calls.includes("run 2"));
  assert.ok(!run.calls.includes("report failed"));
});

for (const tag of ["unauthorized", "timedOut"] as const) {
  Deno.test(`flow run: given a claim that ends ${tag} for good, when given up, then the run is left to whoever can claim it`, async () => {
    const failure: Failure = { tag, message: "no" };
    const run = drive({ claim: [failure] });
    await run.clock.advance(1);

    run.actor.send({ type: "deadline.passed", stage: "claim" });
    await run.clock.advance(20_000);

    assert.equal(run.output()?.outcome, "released");
    assert.ok(!run.calls.some((call) => call.startsWith("report")));
  });
}

Deno.test("flow run: given a claim found again that is over, when looked at, then nothing is launched", async () => {
  const run = drive({ find: [{ ...NO_TASK_FOUND, over: true }] }, { resumed: "submitted" });

  await run.clock.advance(0);

  assert.deepEqual(run.calls, ["find"]);
  assert.equal(run.output()?.outcome, "lostClaim");
});

Deno.test("flow run: given an API that is away for long, when a claim is found again, then it is not failed for that", async () => {
  const away: Failure = { tag: "unreachable", message: "away" };
  const run = drive({ ...watching, find: [...Array(40).fill(away), NO_TASK_FOUND] }, {
    resumed: "submitted",
  });

  await run.clock.advance(200_000);

  assert.ok(!run.calls.some((c) => c.startsWith("report failed")));
  assert.equal(run.states.at(-1), "watching");
});

Deno.test("flow run: given a claim found again whose plan is refused, when it is failed, then a task is looked for first", async () => {
  const bad: Failure = { tag: "badFlowRun", field: "run_config", message: "bad" };
  const run = drive({ plan: [bad] }, { resumed: "submitted" });

  await run.clock.advance(0);

  assert.deepEqual(run.calls, ["find", "plan", "report failed, may have a task"]);
});

Deno.test("flow run: given a cancelled run whose task cannot be stopped, when refused, then it is followed on, not let go of", async () => {
  const run = drive({ ...watching, stop: [refused] });
  await run.clock.advance(0);

  run.watched.tell({ type: "cancel.requested" });
  await run.clock.advance(5000);

  assert.equal(run.states.at(-1), "watching");
});

Deno.test("flow run: given a claim without an answer until its deadline, when it is given up, then the run is not failed: somebody else may have it", async () => {
  const slow: Failure = { tag: "timedOut", message: "No answer within 15 s" };
  const run = drive({ claim: [slow, slow] });
  await run.clock.advance(1);

  run.actor.send({ type: "deadline.passed", stage: "claim" });
  await run.clock.advance(5000);

  assert.equal(run.output()?.outcome, "released");
  assert.ok(!run.calls.some((call) => call.startsWith("report")));
});

for (const reason of ["cancel", "tooSlow"] as const) {
  Deno.test(`flow run: given a run that ended by itself, when its task was to be stopped (${reason}), then it is completed`, async () => {
    const run = drive({ ...watching, stop: [{ outcome: "ended" }] });
    await run.clock.advance(0);

    if (reason === "cancel") run.watched.tell({ type: "cancel.requested" });
    await run.clock.advance(defaultLaunchPolicy.deadlineMs.start + 1);

    assert.equal(run.output()?.outcome, "completed");
  });
}

const FAILED_END: RunEnd = { state: "Failed", kind: "failure" };
const CANCELLED_END: RunEnd = { state: "Cancelled", kind: "cancelled" };

/** Ways to the end of a run, with the outcome of the machine. What tells the end names a state that the machine only passes on. */
const ENDINGS: readonly (readonly [string, RunEnd, RunOutcome, () => Promise<ReturnType<typeof drive>>])[] = [
  ["the watcher tells it", FAILED_END, "completed", async () => {
    const one = drive({ watch: "silent" });
    await one.clock.advance(0);
    one.watched.tell({ type: "run.ended", end: FAILED_END });
    return one;
  }],
  ["its launch failed", FAILED_END, "failed", async () => {
    const one = drive({ plan: [refused], report: [{ ...NO_TASK_FOUND, end: FAILED_END }] });
    await one.clock.advance(0);
    return one;
  }],
  ["it was cancelled", CANCELLED_END, "cancelled", async () => {
    const one = drive({ watch: "silent", stop: [{ ...GONE, end: CANCELLED_END }] });
    await one.clock.advance(0);
    one.watched.tell({ type: "cancel.requested" });
    await one.clock.advance(0);
    return one;
  }],
  ["it ended by itself while it was cancelled", FAILED_END, "completed", async () => {
    const one = drive({ watch: "silent", stop: [{ outcome: "ended", end: FAILED_END }] });
    await one.clock.advance(0);
    one.watched.tell({ type: "cancel.requested" });
    await one.clock.advance(0);
    return one;
  }],
  ["it was over before a task was started", CANCELLED_END, "lostClaim", async () => {
    const one = drive({ run: ["silent"] });
    await one.clock.advance(0);
    one.actor.send({ type: "run.ended", end: CANCELLED_END });
    await one.clock.advance(0);
    return one;
  }],
  ["it was over when its claim was found again", FAILED_END, "lostClaim", async () => {
    const one = drive({ find: [{ ...NO_TASK_FOUND, over: true, end: FAILED_END }] }, {
      resumed: "submitted",
    });
    await one.clock.advance(0);
    return one;
  }],
];
for (const [what, end, outcome, play] of ENDINGS) {
  Deno.test(`flow run: given ${what}, when the machine is done, then it has the outcome ${outcome} and the state that the run ended in`, async () => {
    const one = await play();

    assert.equal(one.output()?.outcome, outcome);
    assert.deepEqual(one.actor.getSnapshot().context.end, end);
  });
}

Deno.test("flow run: given a run that goes on elsewhere, when it is let go, then no end of it is known", async () => {
  const one = drive({});

  await one.clock.advance(0);

  assert.deepEqual([one.output()?.outcome, one.actor.getSnapshot().context.end], ["completed", null]);
});
