/**
 * States of a flow run on its way to a task.
 *
 * @module
 */

import { flowRunSetup } from "./flow_run_setup.ts";
import {
  failureOf,
  giveUp,
  KEEP_LAUNCH_FAILURE,
  LET_GO,
  retryAt,
  toCancelling,
} from "./flow_run_transitions.ts";

/** From the queue, or a claim found again, until it is decided whether there is a task. */
export const LAUNCH_STATES = {
  adopted: flowRunSetup.createStateConfig({
    description: "Found in the queue, or found again: where it begins",
    always: [
      {
        guard: "isResumed",
        target: "findingTask",
        actions: { type: "startStage", params: { stage: "definition" } },
      },
      { guard: "isEarly", target: "waitingForStart" },
      { target: "claiming", actions: { type: "startStage", params: { stage: "claim" } } },
    ],
  }),
  waitingForStart: flowRunSetup.createStateConfig({
    description: "Not due yet; nothing is claimed",
    invoke: {
      id: "pause",
      src: "pause",
      input: ({ context }) => ({ untilMs: context.header.dueAtMs ?? 0 }),
      onDone: { target: "claiming", actions: { type: "startStage", params: { stage: "claim" } } },
    },
    on: { "stop.requested": "released", "run.ended": "lostClaim" },
  }),
  findingTask: flowRunSetup.createStateConfig({
    description: "A claim of ours from before a restart: looking for its task first",
    on: LET_GO,
    invoke: {
      id: "findTask",
      src: "findTask",
      input: ({ context }) => ({ runId: context.header.id }),
      onDone: [
        { guard: { type: "isOver", params: ({ event }) => event.output }, target: "lostClaim" },
        {
          guard: { type: "isFound", params: ({ event }) => event.output },
          target: "watching",
          actions: [{ type: "keepFoundTask", params: ({ event }) => event.output }, "tellReported", {
            type: "startStage",
            params: { stage: "start" },
          }],
        },
        // It has run, so it is not for us to launch it again before it is known what became of it.
        { guard: "wasRunning", target: "watching", actions: ["tellReported", "endStage"] },
        {
          guard: { type: "hasStarted", params: ({ event }) => event.output },
          target: "watching",
          actions: ["tellReported", "endStage"],
        },
        { target: "planning" },
      ],
      onError: [
        retryAt("findingTask"),
        { guard: "wasRunning", target: "watching", actions: ["tellReported", "endStage"] },
        // Replaying the token finds the task as well.
        { target: "planning", actions: { type: "startStage", params: { stage: "definition" } } },
      ],
    },
  }),
  claiming: flowRunSetup.createStateConfig({
    description: "Asking the API for the right to launch",
    invoke: {
      id: "claimRun",
      src: "claimRun",
      input: ({ context }) => ({ runId: context.header.id }),
      onDone: [
        {
          guard: { type: "isClaimedInVain", params: ({ event }) => event.output },
          target: "cancelling",
          actions: { type: "startStage", params: { stage: "stop" } },
        },
        {
          guard: { type: "isClaimed", params: ({ event }) => event.output },
          target: "planning",
          actions: { type: "startStage", params: { stage: "definition" } },
        },
        { target: "lostClaim" },
      ],
      onError: [
        retryAt("claiming"),
        // Nothing is known to be claimed: whoever has it, or a later look for claims, goes on with it.
        {
          guard: { type: "isPassing", params: failureOf },
          target: "released",
          actions: { type: "keepFailure", params: failureOf },
        },
        giveUp,
      ],
    },
    // The claim may be granted all the same: that is known first.
    on: { "cancel.requested": { actions: "keepWithdrawal" } },
  }),
  planning: flowRunSetup.createStateConfig({
    description: "Reading templates and working out the two ECS requests",
    on: LET_GO,
    invoke: {
      id: "planLaunch",
      src: "planLaunch",
      input: ({ context: { header, attempt, failure } }) => ({
        runId: header.id,
        attempt,
        lost: failure?.tag === "taskStopped" ? failure.message : null,
      }),
      onDone: "ensuringTaskDefinition",
      onError: [
        retryAt("planning"),
        giveUp,
      ],
    },
  }),
  ensuringTaskDefinition: flowRunSetup.createStateConfig({
    description: "Finding or registering the task definition",
    on: LET_GO,
    invoke: {
      id: "ensureTaskDefinition",
      src: "ensureTaskDefinition",
      input: ({ context }) => ({ runId: context.header.id }),
      onDone: {
        target: "runningTask",
        actions: { type: "launchWith", params: ({ event }) => event.output },
      },
      onError: [
        retryAt("ensuringTaskDefinition"),
        giveUp,
      ],
    },
  }),
  runningTask: flowRunSetup.createStateConfig({
    description: "Asking ECS for the task; the same attempt always carries the same client token",
    on: LET_GO,
    invoke: {
      id: "runTask",
      src: "runTask",
      input: ({ context }) => ({
        runId: context.header.id,
        claim: context.claim,
        attempt: context.attempt,
        definition: context.definition?.name ?? "",
        learnt: context.learnt,
      }),
      onDone: [
        {
          guard: "isShared",
          target: "reporting",
          actions: { type: "reportTask", params: ({ event }) => event.output },
        },
        {
          target: "releasingTaskDefinition",
          actions: [
            { type: "reportTask", params: ({ event }) => event.output },
            { type: "goOnTo", params: "reporting" },
          ],
        },
      ],
      onError: [
        {
          guard: { type: "isAccountLimit", params: failureOf },
          target: "backingOff",
          actions: [
            ...KEEP_LAUNCH_FAILURE,
            "countAttempt",
            "countHeld",
            "closePlacement",
            // What the account lacks is no fault of this launch: its deadline starts anew.
            { type: "startStage", params: { stage: "launch" } },
            { type: "countRetry", params: "runningTask" },
          ],
        },
        {
          guard: { type: "mayTryElsewhere", params: failureOf },
          target: "backingOff",
          actions: [
            ...KEEP_LAUNCH_FAILURE,
            { type: "renewStage", params: { stage: "launch" } },
            "countRefusal",
            "countAttempt",
            { type: "countRetry", params: "runningTask" },
          ],
        },
        {
          guard: { type: "mayRetry", params: failureOf },
          target: "backingOff",
          actions: [
            ...KEEP_LAUNCH_FAILURE,
            { type: "renewStage", params: { stage: "launch" } },
            { type: "countRetry", params: "runningTask" },
          ],
        },
        {
          target: "releasingTaskDefinition",
          actions: [
            { type: "keepFailure", params: failureOf },
            "explainDeadline",
            { type: "keepDoubt", params: failureOf },
            { type: "goOnTo", params: "reporting" },
          ],
        },
      ],
    },
  }),
  releasingTaskDefinition: flowRunSetup.createStateConfig({
    description: "Deregistering a definition that was made for this run alone",
    always: [
      {
        guard: { type: "isReleased", params: "reporting" },
        target: "reporting",
        actions: { type: "startStage", params: { stage: "report" } },
      },
      { guard: { type: "isReleased", params: "cancelling" }, ...toCancelling },
      { guard: { type: "isReleased", params: "lostClaim" }, target: "lostClaim" },
    ],
    invoke: {
      id: "releaseTaskDefinition",
      src: "releaseTaskDefinition",
      input: ({ context }) => ({ runId: context.header.id, id: context.definition?.releaseId ?? "" }),
      onDone: { actions: "forgetRelease" },
      // The task is what counts: a definition left behind is a warning, not the run's failure (Q-DEREG-FAILS).
      onError: { actions: "forgetRelease" },
    },
  }),
};
