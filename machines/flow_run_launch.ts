/**
 * States of a flow run on its way to a task.
 *
 * @module
 */

import { flowRunSetup } from "./flow_run_setup.ts";
import {
  failureOf,
  giveUp,
  KEEP_FOUND_END,
  KEEP_LAUNCH_FAILURE,
  KEEP_TOLD_END,
  mayRetryAt,
  ON_CANCEL_OR_END,
  retryAt,
  toCancelling,
} from "./flow_run_transitions.ts";

/** From the queue, or from a claim that was found again, until it is certain whether the run has a task. */
export const LAUNCH_STATES = {
  adopted: flowRunSetup.createStateConfig({
    description: "The first state: the run was found in the queue, or found again after a restart",
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
    meta: { waitsFor: "its start time" },
    invoke: {
      id: "pause",
      src: "pause",
      input: ({ context }) => ({ untilMs: context.header.dueAtMs ?? 0 }),
      onDone: { target: "claiming", actions: { type: "startStage", params: { stage: "claim" } } },
    },
    on: { "stop.requested": "released", "run.ended": { target: "lostClaim", actions: KEEP_TOLD_END } },
  }),
  findingTask: flowRunSetup.createStateConfig({
    description: "Looking for the task of a claim that an earlier process made",
    meta: {
      stage: "definition",
      waitsFor: { who: "platform", to: "say whether its task from before the restart is there" },
    },
    on: ON_CANCEL_OR_END,
    invoke: {
      id: "findTask",
      src: "findTask",
      input: ({ context }) => ({ runId: context.header.id }),
      onDone: [
        {
          guard: { type: "isOver", params: ({ event }) => event.output },
          target: "lostClaim",
          actions: KEEP_FOUND_END,
        },
        {
          guard: { type: "isFound", params: ({ event }) => event.output },
          target: "watching",
          actions: [{ type: "keepFoundTask", params: ({ event }) => event.output }, "tellReported", {
            type: "startStage",
            params: { stage: "start" },
          }],
        },
        // It has run already: it is not launched again before its outcome is known.
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
        // A launch with the same token finds the task as well.
        { target: "planning", actions: { type: "startStage", params: { stage: "definition" } } },
      ],
    },
  }),
  claiming: flowRunSetup.createStateConfig({
    description: "Asking the API for the right to launch",
    meta: {
      stage: "claim",
      waitsFor: { who: "api", to: "answer the claim" },
      completes: { step: "claimed", to: "planning" },
    },
    invoke: {
      id: "claimRun",
      src: "claimRun",
      input: ({ context }) => ({ runId: context.header.id }),
      onDone: [
        {
          guard: { type: "isCancelledAfterClaim", params: ({ event }) => event.output },
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
        // The claim may have been granted: the next search for unfinished claims takes it up again.
        {
          guard: { type: "isTransient", params: failureOf },
          target: "released",
          actions: { type: "keepFailure", params: failureOf },
        },
        giveUp,
      ],
    },
    // The claim may still be granted: the run is cancelled once its answer is there.
    on: { "cancel.requested": { actions: "keepCancelRequest" } },
  }),
  planning: flowRunSetup.createStateConfig({
    description: "Reading templates and planning the requests of the launch",
    meta: { stage: "definition", waitsFor: "the templates its requests are made from" },
    on: ON_CANCEL_OR_END,
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
    meta: {
      stage: "definition",
      waitsFor: { who: "platform", to: "find or register its task definition" },
      isPaced: true,
      completes: { step: "registered", to: "runningTask" },
    },
    on: ON_CANCEL_OR_END,
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
    description: "Starting the task; every request of one attempt carries the same token",
    meta: {
      stage: "launch",
      waitsFor: { who: "platform", to: "start its task" },
      isPaced: true,
      completes: { step: "launched" },
    },
    on: ON_CANCEL_OR_END,
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
            { type: "keepReleaseTo", params: "reporting" },
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
            "resetPlacement",
            // The account's limit is no fault of this launch, so its deadline starts again.
            { type: "startStage", params: { stage: "launch" } },
            { type: "countRetry", params: "runningTask" },
          ],
        },
        {
          guard: { type: "mayPlaceAgain", params: failureOf },
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
          guard: mayRetryAt("runningTask"),
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
            { type: "keepOutcomeUnknown", params: failureOf },
            { type: "keepReleaseTo", params: "reporting" },
          ],
        },
      ],
    },
  }),
  releasingTaskDefinition: flowRunSetup.createStateConfig({
    description: "Deregistering a task definition that was registered for this run alone",
    meta: {
      stage: "report",
      waitsFor: { who: "platform", to: "deregister the task definition made for it alone" },
    },
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
      // A definition that stays registered is a warning, never the run's failure (Q-DEREG-FAILS).
      onError: { actions: "forgetRelease" },
    },
  }),
};
