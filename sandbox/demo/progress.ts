/**
 * Where the runs of the demo are, whether they end as they should, and what they cost.
 *
 * @module
 */

import {
  DEMO_CLIENT,
  type DemoPart,
  FLOW_CLIENT,
  type ScheduledRun,
  type SeenRun,
  type SeenState,
} from "./part.ts";
import { type CountedRequest, divideByRun } from "../http/request_counts.ts";

/** A run of the demo, scheduled and seen. */
export interface DemoRun extends ScheduledRun {
  readonly name: string;
  readonly states: readonly SeenState[];
}

/** Cost of a run. */
export interface RunCost {
  /** Calls of the agent to AWS, or to the API of a cluster. */
  readonly platform: number;
  /** Calls of the agent to the Prefect API. */
  readonly api: number;
}

const FINAL: ReadonlySet<string> = new Set([
  ...["Success", "Failed", "Cancelled", "TimedOut", "Skipped"],
  ...["Completed", "Crashed"],
]);

/** States that a claim sets: of Prefect 1, and of Prefect 3. */
export const CLAIMED: readonly string[] = ["Submitted", "Pending"];

/** Puts together what was scheduled and what was read. */
export function demoRuns(scheduled: readonly ScheduledRun[], seen: readonly SeenRun[]): readonly DemoRun[] {
  const byId = new Map(seen.map((run) => [run.id, run]));
  return scheduled.map((run) => ({ ...run, name: "", states: [], ...byId.get(run.id) }));
}

/** The newest state, undefined before the first one was read. */
export function stateOf(run: DemoRun): SeenState | undefined {
  return run.states.at(-1);
}

/** Whether the run has ended, well or not. */
export function hasEnded(run: DemoRun): boolean {
  return FINAL.has(stateOf(run)?.type ?? "");
}

/** Whether the run ended as the demo wants it. */
export function isRight(run: DemoRun): boolean {
  const { state, message, through = [] } = run.flow.expected;
  const last = stateOf(run);
  const went = through.every((type) => run.states.some((seen) => seen.type === type));
  return went && hasEnded(run) && last?.type === state && last.message.includes(message);
}

/** Milliseconds from the first state to the first one of these types, null when it was in none of them. */
export function msUntil(run: DemoRun, ...types: readonly string[]): number | null {
  const [first] = run.states;
  const found = run.states.find((state) => types.includes(state.type));
  return first === undefined || found === undefined ? null : found.at - first.at;
}

/** Milliseconds from the first state to the newest. */
export function msInAll({ states }: DemoRun): number {
  return (states.at(-1)?.at ?? 0) - (states[0]?.at ?? 0);
}

/** Services that run no flows: all others do. */
const APIS: ReadonlySet<string> = new Set(["api", "prefect3"]);

const CLIENTS_OF_RUNS: ReadonlySet<string> = new Set([DEMO_CLIENT, FLOW_CLIENT]);

/** The variable whose value AWS clients add to their `User-Agent`, as `app/VALUE`. */
export const AWS_CLIENT_NAME = "AWS_SDK_UA_APP_ID";

/** What the AWS clients of a part's agent call themselves. */
export function awsClientOf({ flavour }: Pick<DemoPart, "flavour">): string {
  return `demo-${flavour}`;
}

/**
 * The requests of a part's agent among all that came while it was played: agents of earlier parts go on, and flows and the
 * demo itself ask the API as well.
 */
export function requestsOfAgent(
  part: Pick<DemoPart, "flavour" | "service">,
  requests: readonly CountedRequest[],
): readonly CountedRequest[] {
  return requests.filter(({ service, client }) => {
    if (APIS.has(service)) return service === part.service && !CLIENTS_OF_RUNS.has(client);
    const name = /(?:^| )app\/(\S+)/.exec(client)?.[1];
    return name === undefined || name === awsClientOf(part);
  });
}

function costOf(requests: readonly CountedRequest[], runs: readonly DemoRun[]): ReadonlyMap<string, number> {
  const { perRun, shared } = divideByRun(requests, namesOf(runs));
  return new Map(runs.map(({ id }) => [id, (perRun.get(id) ?? 0) + shared / runs.length]));
}

/** Ids that stand for runs: their own, and that of their flow for all of its runs. */
function namesOf(runs: readonly DemoRun[]): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>();
  for (const { id, flowId } of runs) {
    names.set(id, [id]);
    names.set(flowId, [...names.get(flowId) ?? [], id]);
  }
  return names;
}

/**
 * What each run cost: requests that name it, its part of those that name it among others, and an equal part of those
 * that name no run, such as empty polls.
 *
 * @param requests those of the agent only
 */
export function runCosts(
  requests: readonly CountedRequest[],
  runs: readonly DemoRun[],
): ReadonlyMap<string, RunCost> {
  const api = costOf(requests.filter(({ service }) => APIS.has(service)), runs);
  const platform = costOf(requests.filter(({ service }) => !APIS.has(service)), runs);
  return new Map(runs.map(({ id }) => [id, { api: api.get(id) ?? 0, platform: platform.get(id) ?? 0 }]));
}
