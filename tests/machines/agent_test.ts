import assert from "node:assert/strict";
import { createActor, fromCallback, fromPromise } from "xstate";
import { agentMachine } from "../../machines/agent.ts";
import { flowRunMachine } from "../../machines/flow_run.ts";
import { holdFlowRuns } from "../../machines/flow_runs.ts";
import type {
  FlowRunInput,
  PlanInput,
  Report,
  Reported,
  RunTaskInput,
} from "../../machines/flow_run_types.ts";
import {
  type EnsuredDefinition,
  type LaunchedTask,
  NO_TASK_FOUND,
  type Pause,
} from "../../schemas/contracts/task.ts";
import { AGENT_SYSTEM_ID, type AgentEmitted, type AgentEvent } from "../../schemas/flow_run/events.ts";
import { type Failure, FailureError } from "../../schemas/failure/failure.ts";
import type { RunHeader } from "../../schemas/flow_run/flow_run.ts";
import { defaultLaunchPolicy } from "../../schemas/flow_run/launch_policy.ts";
import { fakeClock } from "../support/clock.ts";

const away: Failure = { tag: "unreachable", message: "connection refused" };
const denied: Failure = { tag: "unauthorized", message: "401" };

interface Script {
  readonly starts?: readonly (Failure | null)[];
  readonly maxPolls?: number | null;
  /** How long RunTask takes, in milliseconds. */
  readonly launchMs?: number;
  /** What comes of each claim. */
  readonly claims?: "claimed" | "lost";
  /** The run whose chart throws. */
  readonly breaks?: string;
}

/** An agent over fakes; `queue` is how runs are found. */
function drive({ starts = [null], maxPolls = null, launchMs = 100, claims = "claimed", breaks }: Script) {
  const clock = fakeClock();
  const ended: AgentEmitted[] = [];
  const calls: string[] = [];
  let found: (event: AgentEvent) => void = () => assert.fail("the agent is not polling");
  const wait = (ms: number) => new Promise<void>((resolve) => clock.after(ms, resolve));
  const pause = fromPromise<void, Pause>(({ input }) =>
    wait("untilMs" in input ? Math.max(0, input.untilMs - clock.now()) : 1000)
  );
  const run = flowRunMachine.provide({
    guards: {
      isClaimed: ({ context }, { outcome }) => {
        if (context.header.id === breaks) throw new TypeError("no such state");
        return outcome === "claimed";
      },
    },
    actors: {
      pause,
      claimRun: fromPromise<{ outcome: "claimed" | "lost" }, { runId: string }>(({ input }) => {
        calls.push(`claim ${input.runId}`);
        return Promise.resolve({ outcome: claims });
      }),
      planLaunch: fromPromise<void, PlanInput>(() => Promise.resolve()),
      ensureTaskDefinition: fromPromise<EnsuredDefinition, { runId: string }>(() =>
        Promise.resolve({ name: "f:1", registered: false, releaseId: null })
      ),
      runTask: fromPromise<LaunchedTask, RunTaskInput>(async () => {
        await wait(launchMs);
        return { id: "task", adopted: false };
      }),
      reportRun: fromPromise<Reported, { header: RunHeader; report: Report }>(() =>
        Promise.resolve(NO_TASK_FOUND)
      ),
      watchTask: fromCallback(() => undefined),
    },
  });
  const machine = agentMachine.provide({
    actors: {
      pause,
      flowRuns: holdFlowRuns(run),
      startAgent: fromPromise(() => {
        const answer = starts[Math.min(calls.filter((c) => c === "start").length, starts.length - 1)] ?? null;
        calls.push("start");
        return answer === null ? Promise.resolve() : Promise.reject(new FailureError(answer));
      }),
      pollFlowRuns: fromCallback<AgentEvent, { polls: number | null }>(({ sendBack, input }) => {
        calls.push(`poll ${input.polls}`);
        found = sendBack;
        return () => calls.push("poll stopped");
      }),
    },
  });
  const actor = createActor(machine, {
    systemId: AGENT_SYSTEM_ID,
    clock: { setTimeout: (fn, ms) => clock.after(ms, fn), clearTimeout: (cancel) => cancel() },
    input: { policy: defaultLaunchPolicy, maxPolls, graceMs: 25_000 },
  });
  actor.on("run.ended", (event) => ended.push(event));
  actor.start();
  const header: FlowRunInput["header"] = {
    id: "a",
    name: "",
    flowId: "f",
    flowName: "flow",
    version: "1",
    stateType: "Scheduled",
    dueAtMs: null,
  };
  const find = (id: string, dueAtMs: number | null = null) =>
    found({
      type: "runs.found",
      runs: [{ header: { ...header, id, dueAtMs }, claim: "v1", resumed: null, isEarly: dueAtMs !== null }],
    });
  return {
    clock,
    calls,
    ended,
    actor,
    find,
    sendBack: (e: AgentEvent) => found(e),
    state: () => actor.getSnapshot(),
    states: () =>
      Object.fromEntries(
        [...actor.getSnapshot().children.flowRuns?.getSnapshot().runs ?? []].map((
          [id, run],
        ) => [id, run.getSnapshot().value]),
      ),
    followed: () => [...actor.getSnapshot().children.flowRuns?.getSnapshot().runs.keys() ?? []],
  };
}

Deno.test("agent: given a good start, when a run is found, then it is launched and only watched afterwards", async () => {
  const agent = drive({});
  await agent.clock.advance(0);

  agent.find("a");
  await agent.clock.advance(50);
  const during = agent.state().context.inFlight;
  await agent.clock.advance(100);

  assert.deepEqual(during, ["a"]);
  assert.deepEqual(agent.state().context.inFlight, []);
  assert.deepEqual(agent.followed(), ["a"]);
});

Deno.test("agent: given the API is away at start, when it comes back, then the agent polls", async () => {
  const agent = drive({ starts: [away, away, null] });

  await agent.clock.advance(5000);

  assert.deepEqual(agent.calls, ["start", "start", "start", "poll null"]);
  assert.equal(agent.state().context.failure, null);
});

Deno.test("agent: given refused credentials at start, when told, then it stops with that failure and never polls", async () => {
  const agent = drive({ starts: [denied] });

  await agent.clock.advance(60_000);

  assert.deepEqual(agent.calls, ["start"]);
  assert.deepEqual(agent.state().output?.failure, denied);
});

Deno.test("agent: given --max-polls 3 and an API that is away, when it stays away, then three tries end it", async () => {
  const agent = drive({ starts: [away], maxPolls: 3 });

  await agent.clock.advance(60_000);

  assert.deepEqual(agent.calls, ["start", "start", "start"]);
  assert.deepEqual(agent.state().output?.failure, away);
});

Deno.test("agent: given a failed start, when it then polls, then the tries are taken from --max-polls", async () => {
  const agent = drive({ starts: [away, null], maxPolls: 3 });

  await agent.clock.advance(5000);

  assert.deepEqual(agent.calls, ["start", "start", "poll 2"]);
});

Deno.test("agent: given a claimed run, when a stop is requested, then it is finished before the agent stops", async () => {
  const agent = drive({ launchMs: 5000 });
  await agent.clock.advance(0);
  agent.find("a");
  await agent.clock.advance(10);

  agent.actor.send({ type: "stop.requested" });
  await agent.clock.advance(100);
  const before = agent.state().value;
  await agent.clock.advance(5000);

  assert.equal(before, "draining");
  assert.equal(agent.state().value, "stopped");
  assert.deepEqual(agent.state().output?.abandoned, []);
  assert.ok(agent.calls.includes("poll stopped"));
});

Deno.test("agent: given a run not yet due, when a stop is requested, then it is given back unclaimed at once", async () => {
  const agent = drive({});
  await agent.clock.advance(0);
  agent.find("a", agent.clock.now() + 8000);
  await agent.clock.advance(10);

  agent.actor.send({ type: "stop.requested" });
  await agent.clock.advance(0);

  assert.equal(agent.state().value, "stopped");
  assert.deepEqual(agent.ended.map((e) => [e.runId, e.outcome]), [["a", "released"]]);
  assert.ok(!agent.calls.includes("claim a"));
});

Deno.test("agent: given a run that does not end, when the grace is over, then the agent stops and names it", async () => {
  const agent = drive({ launchMs: 80_000 });
  await agent.clock.advance(0);
  agent.find("a");
  await agent.clock.advance(10);

  agent.actor.send({ type: "stop.requested" });
  await agent.clock.advance(24_999);
  const before = agent.state().value;
  await agent.clock.advance(1);

  assert.equal(before, "draining");
  assert.deepEqual(agent.state().output?.abandoned, ["a"]);
});

Deno.test("agent: given the polls are used up, when a run is not yet due, then it is still launched before the end", async () => {
  const agent = drive({ maxPolls: 1 });
  await agent.clock.advance(0);
  agent.find("a", agent.clock.now() + 8000);
  agent.sendBack({ type: "polls.exhausted" });
  await agent.clock.advance(7999);
  const before = agent.state().value;

  await agent.clock.advance(200);

  assert.equal(before, "finishing");
  assert.equal(agent.state().value, "stopped");
  assert.ok(agent.calls.includes("claim a"));
});

Deno.test("agent: given a second signal, when it comes, then the agent stops at once", async () => {
  const agent = drive({ launchMs: 80_000 });
  await agent.clock.advance(0);
  agent.find("a");
  await agent.clock.advance(10);

  agent.actor.send({ type: "stop.requested" });
  agent.actor.send({ type: "stop.forced" });

  assert.equal(agent.state().value, "stopped");
});

Deno.test("agent: given a hundred runs, when each has ended, then none of their machines is kept", async () => {
  const agent = drive({ claims: "lost" });
  await agent.clock.advance(0);

  for (let i = 0; i < 100; i++) agent.find(`r${i}`);
  const before = agent.followed().length;
  await agent.clock.advance(0);

  assert.equal(before, 100);
  assert.equal(agent.ended.length, 100);
  assert.deepEqual(agent.followed(), []);
  assert.equal(agent.state().value, "polling");
});

Deno.test("agent: given a chart that throws, when a run is adopted, then that run has failed and the next one is launched", async () => {
  const faulty = drive({ breaks: "a" });
  await faulty.clock.advance(0);

  faulty.find("a");
  faulty.find("b");
  await faulty.clock.advance(200);

  assert.deepEqual(faulty.ended.map(({ runId, outcome }) => [runId, outcome]), [["a", "failed"]]);
  assert.deepEqual(faulty.followed(), ["b"]);
});

Deno.test("agent: given two runs that are followed, when Prefect wants one cancelled, then that one alone is told", async () => {
  const agent = drive({});
  await agent.clock.advance(0);
  agent.find("a");
  agent.find("b");
  await agent.clock.advance(150);

  agent.actor.send({ type: "cancel.requested", runId: "a" });
  agent.actor.send({ type: "cancel.requested", runId: "another agent's" });

  assert.deepEqual(agent.states(), { a: "cancelling", b: "watching" });
});
