/**
 * A recording made by the real machines with actors that answer at once: one run is launched, one is refused by ECS.
 *
 * @module
 */

import { createActor, fromCallback, fromPromise } from "xstate";
import { makeNotes } from "../../../inspector/feed/notes.ts";
import { makeRecorder } from "../../../inspector/feed/recording.ts";
import { agentMachine } from "../../../machines/agent.ts";
import { holdFlowRuns } from "../../../machines/flow_runs.ts";
import { flowRunMachine } from "../../../machines/flow_run.ts";
import type { Report, Reported, RunTaskInput } from "../../../machines/flow_run_types.ts";
import { type EnsuredDefinition, type LaunchedTask, NO_TASK_FOUND } from "../../../schemas/contracts/task.ts";
import { AGENT_SYSTEM_ID, type AgentEvent } from "../../../schemas/flow_run/events.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";
import { defaultLaunchPolicy } from "../../../schemas/flow_run/launch_policy.ts";
import type { RunHeader } from "../../../schemas/flow_run/flow_run.ts";
import { makeRedactor } from "../../../schemas/secrets/redact.ts";
import { someHeader } from "../../support/run_change.ts";

/** Why the run `refused` ends. */
export const REFUSAL = "ECS refused the task: the cluster is being deleted";

const run = flowRunMachine.provide({
  actors: {
    pause: fromPromise(() => Promise.resolve()),
    claimRun: fromPromise<{ outcome: "claimed" | "lost" }, { runId: string }>(() =>
      Promise.resolve({ outcome: "claimed" })
    ),
    planLaunch: fromPromise(() => Promise.resolve()),
    ensureTaskDefinition: fromPromise<EnsuredDefinition, { runId: string }>(() =>
      Promise.resolve({ name: "orders:7", registered: false, releaseId: null })
    ),
    runTask: fromPromise<LaunchedTask, RunTaskInput>(({ input }) =>
      input.runId === "refused"
        ? Promise.reject(
          new FailureError({
            tag: "refused",
            service: "ECS",
            code: "InvalidParameterException",
            operation: "RunTask",
            message: REFUSAL,
          }),
        )
        : Promise.resolve({
          id: "arn:aws:ecs:eu-west-1:123456789012:task/flows/0f3c9a6e5b7d4c1e",
          adopted: false,
        })
    ),
    reportRun: fromPromise<Reported, { header: RunHeader; report: Report }>(() =>
      Promise.resolve(NO_TASK_FOUND)
    ),
    watchTask: fromCallback(() => undefined),
  },
});

/** Text of a recording; its agent does not end, so it has no last line. */
export async function recordedText(): Promise<string> {
  const lines: string[] = [];
  const recorder = makeRecorder({
    sink: {
      write: (text) => lines.push(text),
      isFull: () => false,
      nextPart: () => undefined,
      flush: () => undefined,
    },
    redact: makeRedactor(),
    name: "recorded-agent",
    now: Date.now,
  });
  const note = makeNotes({ now: Date.now });
  const machine = agentMachine.provide({
    actors: {
      flowRuns: holdFlowRuns(run),
      startAgent: fromPromise(() => Promise.resolve()),
      pollFlowRuns: fromCallback<AgentEvent, { polls: number | null }>(({ sendBack }) => {
        const runs = ["launched", "refused"].map((id) => ({
          header: someHeader(id),
          claim: "v1",
          resumed: null,
        }));
        sendBack({ type: "runs.found", runs });
      }),
    },
  });
  const actor = createActor(machine, {
    systemId: AGENT_SYSTEM_ID,
    input: { policy: defaultLaunchPolicy, maxPolls: null, graceMs: 1000 },
    inspect: (event) => {
      const taken = note(event);
      if (taken !== null) recorder.take(taken);
    },
  });
  const ended = new Promise((resolve) => actor.on("run.ended", resolve));
  actor.start();
  await ended;
  recorder.flush();
  actor.stop();
  return lines.join("");
}
