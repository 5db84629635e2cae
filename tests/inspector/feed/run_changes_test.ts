import assert from "node:assert/strict";
import { createActor, fromCallback, fromPromise } from "xstate";
import { observeChanges } from "../../../inspector/feed/run_changes.ts";
import { agentMachine } from "../../../machines/agent.ts";
import { flowRunMachine } from "../../../machines/flow_run.ts";
import type { Report, Reported } from "../../../machines/flow_run_types.ts";
import { type EnsuredDefinition, NO_TASK_FOUND } from "../../../schemas/contracts/task.ts";
import type { AgentEvent } from "../../../schemas/flow_run/events.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";
import type { RunHeader } from "../../../schemas/flow_run/flow_run.ts";
import { defaultLaunchPolicy } from "../../../schemas/flow_run/launch_policy.ts";
import type { RunChange } from "../../../schemas/flow_run/change.ts";
import { settle } from "../../support/clock.ts";
import { someHeader } from "../../support/run_change.ts";

const HEADER = someHeader("f00dcafe-0000-4000-8000-000000000001");

/** Runs one flow run's machine, alone, to where nothing moves any more. */
async function walk(runTask: () => Promise<{ id: string; adopted: boolean }>) {
  const changes: RunChange[] = [];
  /** Changes that were told when each actor began. */
  const began: [actor: string, lastChange: string | undefined][] = [];
  const note = (name: string) => began.push([name, changes.at(-1)?.to]);
  const machine = flowRunMachine.provide({
    actors: {
      pause: fromPromise(() => Promise.resolve(note("pause")).then(() => undefined)),
      claimRun: fromPromise<{ outcome: "claimed" | "lost" }, { runId: string }>(() => {
        note("claimRun");
        return Promise.resolve({ outcome: "claimed" });
      }),
      planLaunch: fromPromise(() => Promise.resolve()),
      ensureTaskDefinition: fromPromise<EnsuredDefinition, { runId: string }>(() => {
        note("ensureTaskDefinition");
        return Promise.resolve({ name: "etl:1", registered: false, releaseId: null });
      }),
      runTask: fromPromise(() => {
        note("runTask");
        return runTask();
      }),
      reportRun: fromPromise<Reported, { header: RunHeader; report: Report }>(() =>
        Promise.resolve(NO_TASK_FOUND)
      ),
    },
  });
  let now = 0;
  const actor = createActor(machine, {
    input: { header: HEADER, claim: "v1", policy: defaultLaunchPolicy, resumed: null, isEarly: true },
    clock: { setTimeout: () => 0, clearTimeout: () => undefined },
    inspect: observeChanges(
      { onRun: (change) => changes.push(change), onAgent: () => assert.fail() },
      () => ++now,
    ),
  });
  actor.start();
  for (let i = 0; i < 20; i++) await settle();
  return { actor, changes, began };
}

Deno.test("run changes: given a run on its way, when inspected, then every state is told once, those passed through too", async () => {
  const { actor, changes } = await walk(() => Promise.resolve({ id: "task-1", adopted: false }));
  actor.send({ type: "task.started" });
  actor.send({ type: "run.ended" });

  assert.deepEqual(changes.map(({ from, to, event, ended }) => [from, to, event, ended]), [
    [null, "waitingForStart", "xstate.init", null],
    ["waitingForStart", "claiming", "xstate.done.actor.pause", null],
    ["claiming", "planning", "xstate.done.actor.claimRun", null],
    ["planning", "ensuringTaskDefinition", "xstate.done.actor.planLaunch", null],
    ["ensuringTaskDefinition", "runningTask", "xstate.done.actor.ensureTaskDefinition", null],
    ["runningTask", "reporting", "xstate.done.actor.runTask", null],
    ["reporting", "watching", "xstate.done.actor.reportRun", null],
    ["watching", "watching", "task.started", null],
    ["watching", "completed", "run.ended", "completed"],
  ]);
  assert.equal(changes.at(-1)?.taskId, "task-1");
  assert.deepEqual(changes.flatMap(({ to, step }) => step === null ? [] : [[to, step]]), [
    ["planning", "claimed"],
    ["runningTask", "registered"],
    ["reporting", "launched"],
    ["watching", "running"],
  ]);
  assert.deepEqual(changes[0]?.header, HEADER);
});

Deno.test("run changes: given a state whose actor begins, when inspected, then the state has been told before", async () => {
  const { began } = await walk(() => Promise.resolve({ id: "task-1", adopted: false }));

  assert.deepEqual(began.filter(([actor]) => actor !== "pause"), [
    ["claimRun", "claiming"],
    ["ensureTaskDefinition", "ensuringTaskDefinition"],
    ["runTask", "runningTask"],
  ]);
});

Deno.test("run changes: given a refusal, when inspected, then the failure's kind and the end are told, its text is not", async () => {
  const failure = {
    tag: "refused",
    service: "ECS",
    code: "AccessDenied",
    operation: "RunTask",
    message: "secret text",
  } as const;
  const { changes } = await walk(() => Promise.reject(new FailureError(failure)));

  const last = changes.at(-1);
  assert.deepEqual([last?.to, last?.ended, last?.failure], ["failed", "failed", "awsRefused"]);
  assert.ok(!JSON.stringify(changes).includes("secret text"));
  assert.deepEqual(changes.flatMap(({ step }) => step ?? []), ["claimed", "registered"]);
});

Deno.test("run changes: given a run whose agent is stopped, when inspected, then it has ended as stopped", async () => {
  const { actor, changes } = await walk(() => new Promise(() => undefined));
  const before = changes.length;
  actor.stop();

  assert.deepEqual(changes.slice(before).map(({ from, to, ended }) => [from, to, ended]), [
    ["runningTask", "runningTask", "stopped"],
  ]);
});

Deno.test("run changes: given the agent's machine, when inspected, then its states are told once each", async () => {
  const states: string[] = [];
  let tell: (event: AgentEvent) => void = () => undefined;
  const machine = agentMachine.provide({
    actors: {
      startAgent: fromPromise(() => Promise.resolve()),
      pollFlowRuns: fromCallback<AgentEvent, { polls: number | null }>(({ sendBack }) => {
        tell = sendBack;
      }),
    },
  });
  const actor = createActor(machine, {
    input: { policy: defaultLaunchPolicy, maxPolls: 1, graceMs: 1000 },
    inspect: observeChanges({ onRun: () => assert.fail(), onAgent: (state) => states.push(state) }, () => 0),
  });
  actor.start();
  await settle();
  tell({ type: "polls.exhausted" });
  await settle();

  assert.deepEqual(states, ["starting", "polling", "finishing", "stopped"]);
});
