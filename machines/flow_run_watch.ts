/**
 * States of a flow run whose launch is decided.
 *
 * @module
 */

import type { Failure } from "../schemas/failure/failure.ts";
import { type FlowRunContext, flowRunSetup, NO_REASON, type Report } from "./flow_run_setup.ts";
import { failureOf, retryAt, stopFor, toCancelling, WATCH } from "./flow_run_transitions.ts";

/** From the report of what came of it to the end of the task. */
export const FOLLOW_STATES = {
  reporting: flowRunSetup.createStateConfig({
    description: "Telling Prefect what came of it",
    invoke: {
      id: "reportRun",
      src: "reportRun",
      input: ({ context }) => ({ header: context.header, report: reportOf(context) }),
      onDone: [
        { guard: "isLaunched", target: "watching", actions: WATCH },
        {
          guard: { type: "isFound", params: ({ event }) => event.output },
          target: "watching",
          actions: [{ type: "keepFoundTask", params: ({ event }) => event.output }, ...WATCH],
        },
        // It has gone on to Running meanwhile, with a task that cannot be seen.
        {
          guard: { type: "hasStarted", params: ({ event }) => event.output },
          target: "watching",
          actions: ["tellReported", "endStage"],
        },
        { target: "failed" },
      ],
      onError: [
        {
          guard: { type: "mayRetry", params: failureOf },
          target: "backingOff",
          actions: { type: "countRetry", params: "reporting" },
        },
        { guard: { type: "isClaimLost", params: failureOf }, target: "lostClaim" },
        // A report that cannot be written never changes the fate of the run (Q-LOG-FAIL).
        { guard: "isLaunched", target: "watching", actions: WATCH },
        { target: "failed" },
      ],
    },
  }),
  watching: flowRunSetup.createStateConfig({
    description: "The task exists and Prefect knows; following it to its end",
    // Its task's watcher looks at the run as well.
    entry: "leaveRun",
    invoke: {
      id: "watchTask",
      src: "watchTask",
      input: ({ context }) => ({
        runId: context.header.id,
        claim: context.claim,
        taskId: context.task?.id ?? null,
      }),
    },
    on: {
      "task.started": { actions: "endStage" },
      "run.ended": "completed",
      "cancel.requested": toCancelling,
      "task.stopped": [
        {
          guard: { type: "mayRelaunch", params: ({ event }) => event.failure },
          target: "backingOff",
          actions: [
            { type: "loseTask", params: ({ event }) => event },
            "countAttempt",
            { type: "startStage", params: { stage: "definition" } },
            { type: "countRetry", params: "planning" },
          ],
        },
        {
          target: "reporting",
          actions: [
            { type: "loseTask", params: ({ event }) => event },
            { type: "startStage", params: { stage: "report" } },
          ],
        },
      ],
      "deadline.passed": {
        guard: { type: "isStart", params: ({ event }) => event },
        target: "stopping",
        actions: { type: "startStage", params: { stage: "stop" } },
      },
      "stop.requested": "completed",
      "launch.delayed": {},
    },
  }),
  stopping: flowRunSetup.createStateConfig({
    description: "The task did not come up in time: stopping it before anything else is decided",
    invoke: {
      id: "stopTask",
      src: "stopTask",
      input: stopFor("tooSlow"),
      onDone: [
        { guard: { type: "hasRunEnded", params: ({ event }) => event.output }, target: "completed" },
        {
          guard: { type: "hasComeUp", params: ({ event }) => event.output },
          target: "watching",
          actions: "endStage",
        },
        // It says Running all the same: by this task's last breath, or by another one. The watcher tells which.
        {
          guard: { type: "isStoppedTooLate", params: ({ event }) => event.output },
          target: "watching",
          actions: "endStage",
        },
        {
          target: "deciding",
          actions: { type: "loseSlowTask", params: ({ event }) => event.output },
        },
      ],
      onError: [
        {
          guard: { type: "mayRetry", params: failureOf },
          target: "backingOff",
          actions: { type: "countRetry", params: "stopping" },
        },
        // It cannot be stopped: it may still run, so nothing else is started for this run.
        { target: "watching", actions: { type: "keepFailure", params: failureOf } },
      ],
    },
  }),
  deciding: flowRunSetup.createStateConfig({
    description: "The task is gone: another attempt, or the end of the run",
    always: [
      {
        guard: "mayRelaunchLast",
        target: "planning",
        actions: ["countAttempt", { type: "startStage", params: { stage: "definition" } }],
      },
      { target: "reporting", actions: { type: "startStage", params: { stage: "report" } } },
    ],
  }),
  cancelling: flowRunSetup.createStateConfig({
    description: "Prefect wants the run cancelled: giving it time to end by itself, then stopping its task",
    invoke: {
      id: "stopTask",
      src: "stopTask",
      input: stopFor("cancel"),
      onDone: [
        { guard: { type: "hasRunEnded", params: ({ event }) => event.output }, target: "completed" },
        { target: "cancelled" },
      ],
      onError: [
        retryAt("cancelling"),
        // It cannot be stopped: it may still run, so the run is not let go of.
        { target: "watching", actions: [{ type: "keepFailure", params: failureOf }, "endStage"] },
      ],
    },
  }),
};

function reportOf(context: FlowRunContext): Report {
  if (context.task !== null) return { kind: "launched", task: context.task };
  const failure: Failure = context.failure ?? NO_REASON;
  return {
    kind: "failed",
    failure,
    version: context.version,
    unsure: context.unsure || context.resumed !== null,
  };
}
