/**
 * One flow run on its way from the queue to an ECS task and to the end of that task. The chart decides what is next; every
 * effect is an actor that `commands/` provides; time comes in through `pause` and `deadline`. The plan of the run, which
 * holds environment values, never enters the context: actors keep it by run id.
 *
 * @module
 */

import { stopChild } from "xstate";
import { type Failure, toFailure } from "../schemas/failure.ts";
import {
  backoffStep,
  type FlowRunContext,
  flowRunSetup,
  leastPauseMs,
  NO_REFUSAL,
  type Release,
  type Report,
  type Resumption,
} from "./flow_run_names.ts";

/** What happens when a launched run is handed over to the watcher. */
const WATCH = ["tellReported", { type: "startStage", params: { stage: "start" } }] as const;

const failureOf = ({ event }: { event: { error: unknown } }): Failure => toFailure(event.error);

/** A step that failed is tried again after a pause, while that may help. */
const retryAt = <const At extends Resumption>(at: At) => ({
  guard: { type: "mayRetry", params: failureOf },
  target: "backingOff",
  actions: [{ type: "keepFailure", params: failureOf }, { type: "countRetry", params: at }],
} as const);

/** A step that failed for good is told to Prefect. */
const giveUp = {
  target: "reporting",
  actions: [
    { type: "keepFailure", params: failureOf },
    "explainDeadline",
    { type: "startStage", params: { stage: "report" } },
  ],
} as const;

const toCancelling = {
  target: "cancelling",
  actions: { type: "startStage", params: { stage: "stop" } },
} as const;

/** Before a run goes on, what was registered for it alone is given back. */
const releaseThen = <const To extends Release>(to: To) => ({
  target: "releasingTaskDefinition",
  actions: { type: "goOnTo", params: to },
} as const);

/** While no task is known, a run that is cancelled or taken away is let go before one is started. */
const LET_GO = {
  "cancel.requested": releaseThen("cancelling"),
  "run.ended": releaseThen("lostClaim"),
} as const;

/** The chart of one flow run. */
export const flowRunMachine = flowRunSetup.createMachine({
  id: "flowRun",
  context: ({ input }) => ({
    ...input,
    attempt: 1,
    held: 0,
    learnt: { refusals: 0, wasTaken: false },
    placement: NO_REFUSAL,
    stage: null,
    unsure: false,
    withdrawn: false,
    retries: 0,
    expired: false,
    resumeAt: "claiming",
    releaseTo: "reporting",
    version: input.header.version,
    definition: null,
    task: null,
    failure: null,
    outcome: "failed",
  }),
  output: ({ context }) => ({
    runId: context.header.id,
    outcome: context.outcome,
    failure: context.outcome === "failed" || context.outcome === "released" ? context.failure : null,
  }),
  initial: "adopted",
  // Once a launch takes long, the run is looked at meanwhile: it may be cancelled, or taken away.
  invoke: [
    { id: "deadlines", src: "deadlines" },
    {
      id: "watchRun",
      src: "watchRun",
      input: ({ context }) => ({ runId: context.header.id, claim: context.claim }),
    },
  ],
  on: {
    "deadline.passed": [
      { guard: { type: "isPlacement", params: ({ event }) => event }, actions: "endPlacement" },
      { actions: "markExpired" },
    ],
  },
  states: {
    adopted: {
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
    },
    waitingForStart: {
      description: "Not due yet; nothing is claimed",
      invoke: {
        id: "pause",
        src: "pause",
        input: ({ context }) => ({ untilMs: context.header.dueAtMs ?? 0 }),
        onDone: { target: "claiming", actions: { type: "startStage", params: { stage: "claim" } } },
      },
      on: { "stop.requested": "released", "run.ended": "lostClaim" },
    },
    findingTask: {
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
    },
    claiming: {
      description: "Asking the API for the right to launch",
      invoke: {
        id: "claimRun",
        src: "claimRun",
        input: ({ context }) => ({ runId: context.header.id }),
        onDone: [
          {
            guard: { type: "isClaimedInVain", params: ({ event }) => event.output },
            ...toCancelling,
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
    },
    planning: {
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
    },
    ensuringTaskDefinition: {
      description: "Finding or registering the task definition",
      on: LET_GO,
      invoke: {
        id: "ensureTaskDefinition",
        src: "ensureTaskDefinition",
        input: ({ context }) => ({ runId: context.header.id }),
        onDone: {
          target: "runningTask",
          actions: [
            { type: "keepDefinition", params: ({ event }) => event.output },
            { type: "startStage", params: { stage: "launch" } },
          ],
        },
        onError: [
          retryAt("ensuringTaskDefinition"),
          giveUp,
        ],
      },
    },
    runningTask: {
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
            actions: [
              { type: "keepTask", params: ({ event }) => event.output },
              { type: "startStage", params: { stage: "report" } },
            ],
          },
          {
            target: "releasingTaskDefinition",
            actions: [
              { type: "keepTask", params: ({ event }) => event.output },
              { type: "goOnTo", params: "reporting" },
            ],
          },
        ],
        onError: [
          {
            guard: { type: "isAccountLimit", params: failureOf },
            target: "backingOff",
            actions: [
              { type: "keepFailure", params: failureOf },
              { type: "keepDoubt", params: failureOf },
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
              { type: "keepFailure", params: failureOf },
              { type: "keepDoubt", params: failureOf },
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
              { type: "keepFailure", params: failureOf },
              { type: "keepDoubt", params: failureOf },
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
    },
    releasingTaskDefinition: {
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
        input: ({ context }) => ({ runId: context.header.id, arn: context.definition?.releaseArn ?? "" }),
        onDone: { actions: "forgetRelease" },
        // The task is what counts: a definition left behind is a warning, not the run's failure (Q-DEREG-FAILS).
        onError: { actions: "forgetRelease" },
      },
    },
    reporting: {
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
    },
    watching: {
      description: "The task exists and Prefect knows; following it to its end",
      // Its task's watcher looks at the run as well.
      entry: stopChild("watchRun"),
      exit: "watchRun",
      invoke: {
        id: "watchTask",
        src: "watchTask",
        input: ({ context }) => ({
          runId: context.header.id,
          claim: context.claim,
          taskArn: context.task?.arn ?? null,
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
      },
    },
    stopping: {
      description: "The task did not come up in time: stopping it before anything else is decided",
      invoke: {
        id: "stopTask",
        src: "stopTask",
        input: ({ context }) => ({
          runId: context.header.id,
          taskArn: context.task?.arn ?? null,
          reason: "tooSlow" as const,
        }),
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
    },
    deciding: {
      description: "The task is gone: another attempt, or the end of the run",
      always: [
        {
          guard: "mayRelaunchLast",
          target: "planning",
          actions: ["countAttempt", { type: "startStage", params: { stage: "definition" } }],
        },
        { target: "reporting", actions: { type: "startStage", params: { stage: "report" } } },
      ],
    },
    cancelling: {
      description: "Prefect wants the run cancelled: giving it time to end by itself, then stopping its task",
      invoke: {
        id: "stopTask",
        src: "stopTask",
        input: ({ context }) => ({
          runId: context.header.id,
          taskArn: context.task?.arn ?? null,
          reason: "cancel" as const,
        }),
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
    },
    backingOff: {
      description: "Waiting before the same step is tried again",
      invoke: {
        id: "pause",
        src: "pause",
        input: ({ context }) => ({
          retry: backoffStep(context),
          atLeastMs: leastPauseMs(context),
        }),
        onDone: [
          { guard: { type: "isResumedAt", params: "claiming" }, target: "claiming" },
          { guard: { type: "isResumedAt", params: "planning" }, target: "planning" },
          {
            guard: { type: "isResumedAt", params: "ensuringTaskDefinition" },
            target: "ensuringTaskDefinition",
          },
          { guard: { type: "isResumedAt", params: "runningTask" }, target: "runningTask" },
          { guard: { type: "isResumedAt", params: "findingTask" }, target: "findingTask" },
          { guard: { type: "isResumedAt", params: "stopping" }, target: "stopping" },
          { guard: { type: "isResumedAt", params: "cancelling" }, target: "cancelling" },
          { target: "reporting" },
        ],
      },
      on: {
        "cancel.requested": { guard: "isUnlaunched", ...releaseThen("cancelling") },
        "run.ended": { guard: "isUnlaunched", ...releaseThen("lostClaim") },
        "deadline.passed": [
          {
            guard: { type: "isPlacementLate", params: ({ event }) => event },
            ...releaseThen("reporting"),
          },
          { guard: { type: "isPlacement", params: ({ event }) => event }, actions: "endPlacement" },
          { guard: "isUnclaimed", target: "released" },
          { guard: "isUnreported", target: "watching", actions: WATCH },
          { guard: { type: "isResumedAt", params: "reporting" }, target: "failed" },
          {
            guard: "isGivenUp",
            target: "releasingTaskDefinition",
            actions: ["explainDeadline", { type: "goOnTo", params: "reporting" }],
          },
          { actions: "markExpired" },
        ],
      },
    },
    cancelled: { type: "final", entry: { type: "keepOutcome", params: "cancelled" } },
    completed: { type: "final", entry: { type: "keepOutcome", params: "completed" } },
    failed: { type: "final", entry: { type: "keepOutcome", params: "failed" } },
    lostClaim: { type: "final", entry: { type: "keepOutcome", params: "lostClaim" } },
    released: {
      description: "Given back unclaimed",
      type: "final",
      entry: { type: "keepOutcome", params: "released" },
    },
  },
});

function reportOf(context: FlowRunContext): Report {
  if (context.task !== null) return { kind: "launched", task: context.task };
  const failure: Failure = context.failure ?? { tag: "unexpected", message: "No reason was recorded" };
  const unsure = context.unsure || (context.resumed !== null && failure.tag !== "taskStopped");
  return { kind: "failed", failure, version: context.version, unsure };
}
