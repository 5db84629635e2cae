/** The real machines over fakes, with everything that inspection says of them. @module */

import assert from "node:assert/strict";
import { createActor, fromCallback, fromPromise, type InspectionEvent } from "xstate";
import { agentMachine } from "../../machines/agent.ts";
import { holdFlowRuns } from "../../machines/flow_runs.ts";
import { flowRunMachine } from "../../machines/flow_run.ts";
import type { Report, Reported, RunTaskInput, WatchInput } from "../../machines/flow_run_types.ts";
import {
  type EnsuredDefinition,
  type LaunchedTask,
  NO_TASK_FOUND,
  type Pause,
} from "../../schemas/contracts/task.ts";
import { AGENT_SYSTEM_ID, type AgentEvent, type FlowRunEvent } from "../../schemas/flow_run/events.ts";
import { type Failure, FailureError } from "../../schemas/failure/failure.ts";
import type { RunHeader } from "../../schemas/flow_run/flow_run.ts";
import { defaultLaunchPolicy } from "../../schemas/flow_run/launch_policy.ts";
import { endedAs, type RunEnd } from "../../schemas/flow_run/run_end.ts";
import { endOf } from "../../schemas/prefect1/state.ts";
import { fakeClock } from "./clock.ts";

/** ARN of every task. */
export const TASK_ARN = "arn:aws:ecs:eu-west-1:123456789012:task/prod/0123456789abcdef";

/** What the fakes answer. */
export interface InspectedScript {
  /** Failures of RunTask, one for each call; then it works. */
  readonly launches?: readonly Failure[];
  /** Whether runs end by themselves. @default true */
  readonly ends?: boolean;
  /** State that they end in. @default Success; null: it is not known */
  readonly end?: RunEnd | null;
}

/** Starts an agent that is inspected. */
export function inspectedAgent(inspect: (event: InspectionEvent) => void, script: InspectedScript = {}) {
  const { launches = [], ends = true, end = endOf("Success") } = script;
  const clock = fakeClock();
  let launched = 0;
  let found: (event: AgentEvent) => void = () => assert.fail("the agent is not polling");
  const wait = (ms: number) => new Promise<void>((resolve) => clock.after(ms, resolve));
  const pause = fromPromise<void, Pause>(({ input }) => wait("retry" in input ? 1000 : 0));
  const flowRun = flowRunMachine.provide({
    actors: {
      pause,
      claimRun: fromPromise<{ outcome: "claimed" | "lost" }, { runId: string }>(async ({ input }) => {
        await wait(40);
        return { outcome: input.runId.startsWith("lost") ? "lost" : "claimed" };
      }),
      planLaunch: fromPromise(() => wait(5)),
      ensureTaskDefinition: fromPromise<EnsuredDefinition, { runId: string }>(() =>
        Promise.resolve({ name: "family:1", registered: false, releaseId: null })
      ),
      runTask: fromPromise<LaunchedTask, RunTaskInput>(async () => {
        await wait(60);
        const failure = launches[launched++];
        if (failure !== undefined) throw new FailureError(failure);
        return { id: TASK_ARN, adopted: false };
      }),
      reportRun: fromPromise<Reported, { header: RunHeader; report: Report }>(async ({ input }) => {
        await wait(10);
        return input.report.kind === "failed"
          ? { ...NO_TASK_FOUND, ...endedAs(endOf("Failed")) }
          : NO_TASK_FOUND;
      }),
      watchTask: fromCallback<FlowRunEvent, WatchInput>(({ sendBack }) =>
        ends ? clock.after(500, () => sendBack({ type: "run.ended", ...endedAs(end) })) : undefined
      ),
    },
  });
  const actor = createActor(
    agentMachine.provide({
      actors: {
        pause,
        flowRuns: holdFlowRuns(flowRun),
        startAgent: fromPromise(() => Promise.resolve()),
        pollFlowRuns: fromCallback<AgentEvent, { polls: number | null }>(({ sendBack }) => {
          found = sendBack;
        }),
      },
    }),
    {
      systemId: AGENT_SYSTEM_ID,
      clock: { setTimeout: (fn, ms) => clock.after(ms, fn), clearTimeout: (cancel) => cancel() },
      input: { policy: defaultLaunchPolicy, maxPolls: null, graceMs: 1000 },
      inspect,
    },
  );
  actor.start();
  return {
    actor,
    clock,
    /** The queue has these runs. */
    find: (...ids: readonly string[]) =>
      found({
        type: "runs.found",
        runs: ids.map((id) => ({
          header: {
            id,
            name: `name of ${id}`,
            flowId: "flow-1",
            flowName: "etl",
            version: "1",
            stateType: "Scheduled",
            dueAtMs: null,
          },
          claim: "v1",
          resumed: null,
          isEarly: false,
        })),
      }),
  };
}
