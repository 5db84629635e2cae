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

const CLAIMED = { state: "Submitted", tasks: 0 } as const;
const STARTED = { state: "Submitted", tasks: 1 } as const;
const GOOD = { ends: "Success", tasks: 1 } as const;
const HUNG = { image: "test/hung" } as const;
const PER_RUN = ["--task-definition-per-run"];
const TOO_SLOW = ["--start-deadline", "0.8", "--relaunch", "never"];

const launch: readonly KillCase[] = [
  {
    state: "starting",
    moment: "the registration is open",
    kills: [named("register_agent", "before")],
    atKill: { state: "Scheduled", tasks: 0 },
    ...GOOD,
  },
  {
    state: "draining",
    moment: "told to end, RunTask is executed, the answer on its way",
    isDraining: true,
    kills: [ecs("RunTask", "after")],
    line: "lost",
    atKill: { state: "", tasks: 1 },
    ...GOOD,
  },
  {
    state: "polling",
    moment: "the question for due runs is open",
    kills: [named("get_runs_in_queue", "before")],
    atKill: { state: "Scheduled", tasks: 0 },
    ...GOOD,
  },
  {
    state: "waitingForStart",
    moment: "the run is known and not due",
    flow: { dueInMs: 6000 },
    kills: [readsRun],
    atKill: { state: "Scheduled", tasks: 0 },
    ...GOOD,
  },
  {
    state: "claiming",
    moment: "the claim is not written",
    kills: [sets("Submitted", "before")],
    atKill: { state: "Scheduled", tasks: 0 },
    ...GOOD,
  },
  {
    state: "claiming",
    moment: "the claim is written, the answer on its way",
    kills: [sets("Submitted", "after")],
    atKill: CLAIMED,
    ...GOOD,
  },
  {
    state: "planning",
    moment: "the template is being read",
    kills: [named("/template.yaml", "before")],
    atKill: CLAIMED,
    ...GOOD,
  },
  {
    state: "ensuringTaskDefinition",
    moment: "DescribeTaskDefinition is open",
    kills: [ecs("DescribeTaskDefinition", "before")],
    atKill: CLAIMED,
    ...GOOD,
  },
  {
    state: "ensuringTaskDefinition",
    moment: "RegisterTaskDefinition is not executed",
    kills: [ecs("RegisterTaskDefinition", "before")],
    atKill: CLAIMED,
    ...GOOD,
  },
  {
    state: "ensuringTaskDefinition",
    moment: "RegisterTaskDefinition is executed, the answer on its way",
    kills: [ecs("RegisterTaskDefinition", "after")],
    atKill: CLAIMED,
    ...GOOD,
  },
  {
    state: "runningTask",
    moment: "RunTask is not executed",
    kills: [ecs("RunTask", "before")],
    atKill: CLAIMED,
    ...GOOD,
  },
  {
    state: "runningTask",
    moment: "RunTask is not executed, the definition is the run's own",
    words: PER_RUN,
    kills: [ecs("RunTask", "before")],
    atKill: CLAIMED,
    ...GOOD,
  },
  {
    state: "runningTask",
    moment: "RunTask is executed, the answer on its way",
    flow: HUNG,
    kills: [ecs("RunTask", "after")],
    words: TOO_SLOW,
    line: "lost",
    atKill: STARTED,
    ends: "Failed",
    tasks: 1,
  },
  {
    state: "runningTask",
    moment: "RunTask is executed, the answer on its way, the flow is quick",
    kills: [ecs("RunTask", "after")],
    line: "lost",
    atKill: { state: "", tasks: 1 },
    ...GOOD,
  },
  {
    state: "runningTask",
    moment: "RunTask is sent again after an answer was lost",
    flow: { seconds: 1 },
    prelude: [ecs("RunTask", "lost")],
    kills: [ecs("RunTask", "before")],
    line: "lost",
    atKill: { state: "", tasks: 1 },
    ...GOOD,
  },
  {
    state: "backingOff",
    moment: "RunTask was throttled",
    kills: [ecs("RunTask", throttled)],
    atKill: CLAIMED,
    ...GOOD,
  },
  {
    state: "backingOff",
    moment: "RunTask was executed and answered with status 500",
    flow: { seconds: 1 },
    kills: [ecs("RunTask", "lost")],
    line: "lost",
    atKill: { state: "", tasks: 1 },
    ...GOOD,
  },
];

const afterLaunch: readonly KillCase[] = [
  {
    state: "releasingTaskDefinition",
    moment: "DeregisterTaskDefinition is not executed",
    flow: HUNG,
    words: [...PER_RUN, ...TOO_SLOW],
    kills: [ecs("DeregisterTaskDefinition", "before")],
    line: "lost",
    atKill: STARTED,
    ends: "Failed",
    tasks: 1,
  },
  {
    state: "releasingTaskDefinition",
    moment: "DeregisterTaskDefinition is executed, the answer on its way",
    words: PER_RUN,
    kills: [ecs("DeregisterTaskDefinition", "after")],
    line: "lost",
    atKill: { state: "", tasks: 1 },
    ...GOOD,
  },
  {
    state: "reporting",
    moment: "the line about the launch is not written",
    flow: { seconds: 4 },
    kills: [launchLine("before")],
    line: "lost",
    atKill: { state: "", tasks: 1 },
    ...GOOD,
  },
  {
    state: "reporting",
    moment: "the line about the launch is written, the answer on its way",
    kills: [launchLine("after")],
    atKill: { state: "", tasks: 1 },
    ...GOOD,
  },
  ...(["before", "after"] as const).map((how): KillCase => ({
    state: "reporting",
    moment: how === "before" ? "Failed is not written" : "Failed is written, the answer on its way",
    flow: { runConfig: { cpu: "8192", memory: "61440" } },
    words: ["--placement-retries", "0"],
    kills: [sets("Failed", how)],
    atKill: { state: how === "before" ? "Submitted" : "Failed", tasks: 0 },
    ends: "Failed",
    tasks: 0,
    claims: how === "before" ? 2 : 1,
  })),
  {
    state: "findingTask",
    moment: "killed in runningTask before, the task is being looked for",
    flow: HUNG,
    words: TOO_SLOW,
    kills: [ecs("RunTask", "after"), ecs("ListTasks", "before")],
    line: "lost",
    atKill: STARTED,
    ends: "Failed",
    tasks: 1,
  },
  {
    state: "watching",
    moment: "DescribeTasks is open, the flow runs",
    flow: { seconds: 3 },
    once: "running",
    kills: [ecs("DescribeTasks", "before")],
    atKill: { state: "Running", tasks: 1 },
    ...GOOD,
  },
  {
    state: "watching",
    moment: "the task ends without a word while nobody watches",
    flow: { image: "test/dies" },
    kills: [launchLine("answered")],
    atKill: { state: "Submitted", tasks: 1 },
    ends: "Failed",
    tasks: 1,
  },
];

const ending: readonly KillCase[] = [
  ...(["before", "after"] as const).flatMap((how): KillCase[] => [
    {
      state: "stopping",
      moment: how === "before" ? "StopTask is not executed" : "StopTask is executed, the answer on its way",
      flow: HUNG,
      words: TOO_SLOW,
      kills: [ecs("StopTask", how)],
      atKill: STARTED,
      ends: "Failed",
      tasks: 1,
    },
    {
      state: "cancelling",
      moment: how === "before" ? "StopTask is not executed" : "StopTask is executed, the answer on its way",
      flow: HUNG,
      once: "cancelled",
      kills: [ecs("StopTask", how)],
      atKill: { state: "Cancelling", tasks: 1 },
      ends: "Cancelled",
      tasks: 1,
    },
    {
      state: "cancelling",
      moment: how === "before" ? "Cancelled is not written" : "Cancelled is written, the answer on its way",
      flow: HUNG,
      once: "cancelled",
      kills: [sets("Cancelled", how)],
      atKill: { state: how === "before" ? "Cancelling" : "Cancelled", tasks: 1 },
      ends: "Cancelled",
      tasks: 1,
    },
  ]),
];

/** All of them. */
export const KILL_CASES: readonly KillCase[] = [...launch, ...afterLaunch, ...ending];
