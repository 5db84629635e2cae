/**
 * States of a flow run after its launch, successful or not.
 *
 * @module
 */

import { reportOf } from "./flow_run_rules.ts";
import { flowRunSetup } from "./flow_run_setup.ts";
import {
  failureOf,
  KEEP_FOUND_END,
  KEEP_TOLD_END,
  mayRetryAt,
  retryAt,
  stopFor,
  toCancelling,
  WATCH,
} from "./flow_run_transitions.ts";

/** From the report of the launch to the end of the task. */
export const FOLLOW_STATES = {
  reporting: flowRunSetup.createStateConfig({
    description: "Telling Prefect about the task, or that the run has failed",
    meta: { stage: "report", waitsFor: { who: "api", to: "take the report" } },
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
        // The run reports Running meanwhile, from a task that was not found.
        {
          guard: { type: "hasStarted", params: ({ event }) => event.output },
          target: "watching",
          actions: ["tellReported", "endStage"],
        },
        { target: "failed", actions: KEEP_FOUND_END },
      ],
      onError: [
        {
          guard: mayRetryAt("reporting"),
          target: "backingOff",
          actions: { type: "countRetry", params: "reporting" },
        },
        { guard: { type: "isClaimLost", params: failureOf }, target: "lostClaim" },
        // A report that cannot be written does not change how the run goes on (Q-LOG-FAIL).
        { guard: "isLaunched", target: "watching", actions: WATCH },
        { target: "failed" },
      ],
    },
  }),
  watching: flowRunSetup.createStateConfig({
    description: "Following the task to its end",
    meta: { stage: "start", waitsFor: "its task to end" },
    // The watcher of its task also polls the run.
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
      "run.ended": { target: "completed", actions: KEEP_TOLD_END },
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
    description: "Stopping a task that did not start in time",
    meta: {
      stage: "stop",
      waitsFor: { who: "platform", to: "stop its task, which did not come up in time" },
    },
    invoke: {
      id: "stopTask",
      src: "stopTask",
      input: stopFor("tooSlow"),
      onDone: [
        {
          guard: { type: "hasRunEnded", params: ({ event }) => event.output },
          target: "completed",
          actions: KEEP_FOUND_END,
        },
        {
          guard: { type: "isLeftAlone", params: ({ event }) => event.output },
          target: "watching",
          actions: { type: "leaveTask", params: ({ event }) => event.output },
        },
        // The run reports Running anyway, from this task just before it ended or from another task: the watcher finds out.
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
          guard: mayRetryAt("stopping"),
          target: "backingOff",
          actions: { type: "countRetry", params: "stopping" },
        },
        // The task cannot be stopped and may still run, so no other task is started for this run.
        { target: "watching", actions: { type: "keepFailure", params: failureOf } },
      ],
    },
  }),
  deciding: flowRunSetup.createStateConfig({
    description: "The task is gone: either another attempt follows, or the run has failed",
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
    description: "Prefect wants the run cancelled: it may end by itself, then its task is stopped",
    meta: { stage: "stop", waitsFor: "its task to end after the cancellation" },
    invoke: {
      id: "stopTask",
      src: "stopTask",
      input: stopFor("cancel"),
      onDone: [
        {
          guard: { type: "hasRunEnded", params: ({ event }) => event.output },
          target: "completed",
          actions: KEEP_FOUND_END,
        },
        { target: "cancelled", actions: KEEP_FOUND_END },
      ],
      onError: [
        retryAt("cancelling"),
        // The task cannot be stopped and may still run, so the run is still followed.
        { target: "watching", actions: [{ type: "keepFailure", params: failureOf }, "endStage"] },
      ],
    },
  }),
};
