/**
 * Where agents are killed: for each state of the flow-run machine the calls it is in the middle of, before and after they
 * were executed.
 *
 * @module
 */

import type { WorldFlow } from "./fault_world.ts";
import { type GateCall, throttled, type Trap } from "./gate.ts";

/** A stop of an agent: it is killed when the trap has caught a call. */
export interface Kill {
  readonly fits: (call: GateCall, runId: string) => boolean;
  readonly how: Trap["how"];
}

/** One way to kill an agent, and what must come of the run. */
export interface KillCase {
  /** State of the flow-run machine, or of the agent's, in which it is killed. */
  readonly state: string;
  readonly moment: string;
  readonly flow?: WorldFlow;
  readonly words?: readonly string[];
  /** Traps that must have been passed before the one for the kill is set. */
  readonly prelude?: readonly Kill[];
  /** The trap for the kill is set once this is so. `cancelled`: the flow reported Running, hangs, and somebody cancels it. */
  readonly once?: "running" | "cancelled";
  /** The agent was told to end just before it is killed. @default it was not */
  readonly isDraining?: boolean;
  /** One for each agent that is killed; a last one is left alone. */
  readonly kills: readonly Kill[];
  /** What is true at the last kill, which proves that it struck where it should. */
  readonly atKill: { readonly state: string; readonly tasks: number };
  readonly ends: "Success" | "Failed" | "Cancelled";
  /** Tasks that were started in all. */
  readonly tasks: number;
  /** The line about the launch got lost with the agent: it is not known whether it had been written. */
  readonly line?: "lost";
  /** Submitted states that it gets: a claim is taken over before the run is failed. @default 1 */
  readonly claims?: number;
}

const ecs = (operation: string, how: Trap["how"]): Kill => ({
  fits: ({ service, name }) => service === "ecs" && name === operation,
  how,
});
const sets = (state: string, how: Trap["how"]): Kill => ({
  fits: ({ name, body }, runId) => name === `set_flow_run_states ${state}` && body.includes(runId),
  how,
});
const named = (wanted: string, how: Trap["how"]): Kill => ({ fits: ({ name }) => name === wanted, how });
const launchLine = (how: Trap["how"]): Kill => ({
  fits: ({ name, body }) => name === "write_run_logs" && body.includes("Submitted for execution"),
  how,
});
const readsRun: Kill = {
  fits: ({ name, body }, runId) => name === "flow_run" && body.includes(runId),
  how: "answered",
};

const HUNG = { image: "test/hung" } as const;
const PER_RUN = ["--task-definition-per-run"];
const TOO_SLOW = ["--start-deadline", "0.8", "--relaunch", "never"];

/** What holds at the kill, and how the run ends all the same. */
type Outcome = Pick<KillCase, "atKill" | "ends" | "tasks" | "line">;

const GOOD = { ends: "Success", tasks: 1 } as const;
const UNCLAIMED: Outcome = { atKill: { state: "Scheduled", tasks: 0 }, ...GOOD };
const CLAIMED: Outcome = { atKill: { state: "Submitted", tasks: 0 }, ...GOOD };
/** The flow is at work meanwhile: its state is anything. */
const STARTED: Outcome = { atKill: { state: "", tasks: 1 }, ...GOOD };
const UNTOLD: Outcome = { ...STARTED, line: "lost" };
/** The task hangs, and the agent that comes next gives up on it. */
const TIMED_OUT = {
  flow: HUNG,
  words: TOO_SLOW,
  atKill: { state: "Submitted", tasks: 1 },
  ends: "Failed",
  tasks: 1,
  claims: 2,
} as const;
const CANCELLED = { flow: HUNG, once: "cancelled", ends: "Cancelled", tasks: 1 } as const;

type Rest = Omit<KillCase, "state" | "moment">;
type Side = "before" | "after";

const during = (state: string, moment: string, rest: Rest): KillCase => ({ state, moment, ...rest });

/** Two cases of one call: before it is executed, and while its answer is on its way. */
function bothSides(state: string, call: string, rest: (how: Side) => Rest): readonly KillCase[] {
  return (["before", "after"] as const).map((how) => during(state, side(call, how), rest(how)));
}

/** @param call an operation of ECS, or what is written to Prefect */
function side(call: string, how: Side): string {
  const done = call.includes("Task") ? "executed" : "written";
  return how === "before" ? `${call} is not ${done}` : `${call} is ${done}, the answer on its way`;
}

const launch: readonly KillCase[] = [
  during("starting", "the registration is open", {
    kills: [named("register_agent", "before")],
    ...UNCLAIMED,
  }),
  during("draining", "told to end, RunTask is executed, the answer on its way", {
    isDraining: true,
    kills: [ecs("RunTask", "after")],
    ...UNTOLD,
  }),
  during("polling", "the question for due runs is open", {
    kills: [named("get_runs_in_queue", "before")],
    ...UNCLAIMED,
  }),
  during("waitingForStart", "the run is known and not due", {
    flow: { dueInMs: 6000 },
    kills: [readsRun],
    ...UNCLAIMED,
  }),
  ...bothSides("claiming", "the claim", (how) => ({
    kills: [sets("Submitted", how)],
    ...(how === "before" ? UNCLAIMED : CLAIMED),
  })),
  during("planning", "the template is being read", {
    kills: [named("/template.yaml", "before")],
    ...CLAIMED,
  }),
  during("ensuringTaskDefinition", "DescribeTaskDefinition is open", {
    kills: [ecs("DescribeTaskDefinition", "before")],
    ...CLAIMED,
  }),
  ...bothSides("ensuringTaskDefinition", "RegisterTaskDefinition", (how) => ({
    kills: [ecs("RegisterTaskDefinition", how)],
    ...CLAIMED,
  })),
  ...bothSides("runningTask", "RunTask", (how) => ({
    kills: [ecs("RunTask", how)],
    ...(how === "before" ? CLAIMED : { ...TIMED_OUT, line: "lost" }),
  })),
  during("runningTask", "RunTask is not executed, the definition is the run's own", {
    words: PER_RUN,
    kills: [ecs("RunTask", "before")],
    ...CLAIMED,
  }),
  during("runningTask", "RunTask is executed, the answer on its way, the flow is quick", {
    kills: [ecs("RunTask", "after")],
    ...UNTOLD,
  }),
  during("runningTask", "RunTask is sent again after an answer was lost", {
    flow: { seconds: 1 },
    prelude: [ecs("RunTask", "lost")],
    kills: [ecs("RunTask", "before")],
    ...UNTOLD,
  }),
  during("backingOff", "RunTask was throttled", { kills: [ecs("RunTask", throttled)], ...CLAIMED }),
  during("backingOff", "RunTask was executed and answered with status 500", {
    flow: { seconds: 1 },
    kills: [ecs("RunTask", "lost")],
    ...UNTOLD,
  }),
];

const afterLaunch: readonly KillCase[] = [
  ...bothSides("releasingTaskDefinition", "DeregisterTaskDefinition", (how) => ({
    kills: [ecs("DeregisterTaskDefinition", how)],
    ...(how === "before" ? { ...TIMED_OUT, line: "lost" } : UNTOLD),
    words: how === "before" ? [...PER_RUN, ...TOO_SLOW] : PER_RUN,
  })),
  ...bothSides("reporting", "the line about the launch", (how) => ({
    ...(how === "before" ? { flow: { seconds: 4 } } : {}),
    kills: [launchLine(how)],
    ...(how === "before" ? UNTOLD : STARTED),
  })),
  ...bothSides("reporting", "Failed", (how) => ({
    flow: { runConfig: { cpu: "8192", memory: "61440" } },
    words: ["--placement-retries", "0"],
    kills: [sets("Failed", how)],
    atKill: { state: how === "before" ? "Submitted" : "Failed", tasks: 0 },
    ends: "Failed",
    tasks: 0,
    claims: how === "before" ? 2 : 1,
  })),
  during("findingTask", "killed in runningTask before, the task is being looked for", {
    ...TIMED_OUT,
    kills: [ecs("RunTask", "after"), ecs("ListTasks", "before")],
    line: "lost",
  }),
  during("watching", "DescribeTasks is open, the flow runs", {
    flow: { seconds: 3 },
    once: "running",
    kills: [ecs("DescribeTasks", "before")],
    ...STARTED,
    atKill: { state: "Running", tasks: 1 },
  }),
  during("watching", "the task ends without a word while nobody watches", {
    flow: { image: "test/dies" },
    kills: [launchLine("answered")],
    atKill: { state: "Submitted", tasks: 1 },
    ends: "Failed",
    tasks: 1,
    claims: 2,
  }),
];

const ending: readonly KillCase[] = [
  ...bothSides("stopping", "StopTask", (how) => ({ ...TIMED_OUT, kills: [ecs("StopTask", how)] })),
  ...bothSides("cancelling", "StopTask", (how) => ({
    ...CANCELLED,
    kills: [ecs("StopTask", how)],
    atKill: { state: "Cancelling", tasks: 1 },
  })),
  ...bothSides("cancelling", "Cancelled", (how) => ({
    ...CANCELLED,
    kills: [sets("Cancelled", how)],
    atKill: { state: how === "before" ? "Cancelling" : "Cancelled", tasks: 1 },
  })),
];

/** All of them. */
export const KILL_CASES: readonly KillCase[] = [...launch, ...afterLaunch, ...ending];
