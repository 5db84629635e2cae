/**
 * Flow runs that never were: a walk through the real chart becomes the detail that a server would tell of it.
 *
 * @module
 */

import type {
  ActorCall,
  ChartLayout,
  RunDetail,
  RunRow,
  Step,
} from "../../../inspector/protocol/protocol.ts";

/** A run and the states it goes through. */
export interface Story {
  readonly id: string;
  readonly name: string;
  readonly flow: string;
  readonly startedMs: number;
  readonly states: readonly string[];
  /** Why it ended badly, or what it overcame. */
  readonly failure?: string;
  /** Where it comes from. @default a work pool */
  readonly origin?: RunDetail["origin"];
}

const END_STATES: Readonly<Record<string, NonNullable<RunRow["end"]>>> = {
  completed: { state: "Success", kind: "success" },
  failed: { state: "Failed", kind: "failure" },
  cancelled: { state: "Cancelled", kind: "cancelled" },
};
const ENDS = ["completed", "failed", "lostClaim", "cancelled", "released"] as const;

/** The way of a run where nothing goes wrong. */
export const SMOOTH: readonly string[] = [
  "waitingForStart",
  "claiming",
  "planning",
  "ensuringTaskDefinition",
  "runningTask",
  "releasingTaskDefinition",
  "reporting",
  "watching",
  "completed",
];

/** The way of a run whose task definition is refused after two throttled tries. */
export const REFUSED: readonly string[] = [
  "waitingForStart",
  "claiming",
  "planning",
  "ensuringTaskDefinition",
  "backingOff",
  "ensuringTaskDefinition",
  "backingOff",
  "ensuringTaskDefinition",
  "reporting",
  "failed",
];

const TASK = "arn:aws:ecs:eu-west-1:123456789012:task/flows/0f3c9a6e5b7d4c1e8a2b4d6f8e0a1c3b";

/** How long the nth stay in a state lasts, in milliseconds: from some to hundreds. */
function stayMs(i: number): number {
  return [12, 41, 8, 230, 1900, 410, 64, 48_000][i % 8] ?? 1;
}

/** Row of a run that has come to the last of its states. */
export function rowOf(story: Story): RunRow {
  const state = story.states.at(-1) ?? "waitingForStart";
  const outcome = ENDS.find((end) => end === state) ?? null;
  const spent = story.states.slice(1).reduce((sum, _, i) => sum + stayMs(i), 0);
  const launched = story.states.includes("releasingTaskDefinition");
  return {
    id: story.id,
    name: story.name,
    flow: story.flow,
    state,
    sinceMs: story.startedMs + spent,
    adoptedMs: story.startedMs,
    attempt: 1,
    taskId: launched ? TASK : null,
    waitingFor: outcome === null ? "the next thing to come" : null,
    deadlineMs: outcome === null && state !== "waitingForStart" ? story.startedMs + spent + 600_000 : null,
    outcome,
    end: END_STATES[outcome ?? ""] ?? null,
    failure: story.failure === undefined ? null : { tag: "rejected", message: story.failure },
  };
}

function stepsOf(story: Story, chart: ChartLayout): Step[] {
  let atMs = story.startedMs;
  return story.states.slice(1).map((to, i) => {
    const from = story.states[i] ?? "";
    const edge = chart.edges.find((one) => one.from === from && one.to === to);
    atMs += stayMs(i);
    return {
      n: i,
      atMs,
      event: edge?.events.at(to === "backingOff" ? -1 : 0) || "always",
      label: edge?.labels.at(to === "backingOff" ? -1 : 0)?.replace(/ \[.*/, "") ?? "always",
      payload: { output: { attempt: 1 } },
      from,
      to,
      path: [from, to],
      tookMs: stayMs(i),
      context: {
        header: {
          id: story.id,
          name: story.name,
          flow: { name: story.flow, version: 3 },
          dueAtMs: story.startedMs,
        },
        attempt: 1,
        retries: story.states.slice(0, i + 2).filter((state) => state === "backingOff").length,
        state: to,
        environment: { PREFECT__CLOUD__API_KEY: "***" },
        failure: null,
      },
    };
  });
}

function callsOf(story: Story, steps: readonly Step[], chart: ChartLayout): ActorCall[] {
  return steps.flatMap((step): ActorCall[] => {
    const actor = chart.nodes.find(({ id }) => id === step.from)?.actor ?? null;
    if (actor === null) return [];
    const failed = step.event.startsWith("xstate.error");
    const reason = failed ? story.failure ?? "Rate exceeded" : null;
    return [{
      name: actor,
      state: step.from,
      attempt: 1,
      retry: 0,
      startedMs: step.atMs - step.tookMs,
      endedMs: step.atMs,
      result: failed ? "failed" : "done",
      output: failed ? null : { arn: TASK },
      failure: reason === null ? null : { tag: "rejected", message: reason },
      requestIds: /Task/.test(actor) ? [`6e0c2b9a-51f7-4a0e-9d3c-${String(step.n).padStart(12, "0")}`] : [],
      step: step.n,
    }];
  });
}

/** Everything that is told of a run. */
export function detailOf(story: Story, chart: ChartLayout): RunDetail {
  const row = rowOf(story);
  const steps = stepsOf(story, chart);
  const taken: Record<string, number> = {};
  for (const { from, to } of steps) taken[`${from}>${to}`] = (taken[`${from}>${to}`] ?? 0) + 1;
  const ways = chart.edges.filter(({ from }) => row.outcome === null && from === row.state);
  return {
    origin: story.origin ?? [{ name: "Work pool", value: "ecs-pool" }],
    row,
    chart: chart.name,
    steps,
    dropped: 0,
    calls: callsOf(story, steps, chart),
    visited: [...new Set(story.states)],
    taken,
    next: ways.flatMap(({ labels, events, to }) =>
      labels.map((label, i) => ({
        event: events[i] ?? events[0] ?? "",
        label: label.replace(/ \[.*/, ""),
        target: to,
        guard: /\[(.*)\]/.exec(label)?.[1] ?? null,
      }))
    ),
    links: [
      { label: "Prefect run", url: `https://prefect.example/flow-run/${story.id}` },
      { label: "ECS task", url: "https://eu-west-1.console.aws.amazon.com/ecs/v2/clusters/flows" },
    ],
  };
}
