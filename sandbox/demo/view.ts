/**
 * What the demo prints: a table while the runs move, and a summary.
 *
 * @module
 */

import type { DemoPart } from "./part.ts";
import {
  CLAIMED,
  type DemoRun,
  hasEnded,
  isRight,
  msInAll,
  msUntil,
  type RunCost,
  stateOf,
} from "./progress.ts";

/** Characters of a state's message that are shown. */
const MESSAGE = 500;

/** A column: its title, its width, and on which side its text stands. */
type Column = readonly [title: string, width: number, side: "left" | "right"];

function cells(columns: readonly Column[], texts: readonly string[]): string {
  return columns.map(([, width, side], at) => {
    const text = (texts[at] ?? "").slice(0, width);
    return side === "left" ? text.padEnd(width) : text.padStart(width);
  }).join("  ").trimEnd();
}

function titles(columns: readonly Column[]): string {
  return cells(columns, columns.map(([title]) => title));
}

const LIVE: readonly Column[] = [["RUN", 14, "left"], ["STATE", 11, "left"], ["WAY", 52, "left"]];

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** What is going to happen in a part. */
export function introduction({ title, groups }: Pick<DemoPart, "title" | "groups">): readonly string[] {
  return [
    title,
    ...groups.map(({ name, shows, runs }) => `  ${name.padEnd(10)} ${runs} run(s): ${shows}`),
    "",
  ];
}

/** The table of a moment, one line for each run. */
export function liveTable(runs: readonly DemoRun[], elapsedMs: number): readonly string[] {
  const ended = runs.filter(hasEnded).length;
  const rows = runs.map((run) =>
    cells(LIVE, [run.name, stateOf(run)?.type ?? "", run.states.map((state) => state.type).join(" > ")])
  );
  return [`${seconds(elapsedMs)}  ${ended} of ${runs.length} runs have ended`, titles(LIVE), ...rows];
}

/** Lines for the states that `before` did not have yet. */
export function movements(
  before: readonly DemoRun[],
  after: readonly DemoRun[],
  startedAt: number,
): string[] {
  const known = new Map(before.map((run) => [run.id, run.states.length]));
  const news = after.flatMap((run) =>
    run.states.slice(known.get(run.id) ?? 0).map((state) => ({ state, name: run.name }))
  );
  return news.toSorted((one, other) => one.state.at - other.state.at).map(({ state, name }) => {
    const why = isFailure(state.type) ? `: ${firstLine(state.message)}` : "";
    return `${seconds(Math.max(0, state.at - startedAt)).padStart(7)}  ${
      name.padEnd(14)
    } ${state.type}${why}`;
  });
}

function firstLine(text: string): string {
  const [line = ""] = text.split("\n");
  return line.length > MESSAGE ? `${line.slice(0, MESSAGE)}...` : line;
}

const summaryColumns = (platform: DemoPart["platform"]): readonly Column[] => [
  ["RUN", 14, "left"],
  ["ENDED", 9, "left"],
  ["AS IT SHOULD", 12, "left"],
  ["CLAIMED", 8, "right"],
  ["RUNNING", 8, "right"],
  ["ENDED AT", 8, "right"],
  [`${platform.short} CALLS`, 10, "right"],
  ["API CALLS", 9, "right"],
];

function ms(value: number | null): string {
  return value === null ? "-" : `${Math.round(value)} ms`;
}

function summaryRow(columns: readonly Column[], run: DemoRun, cost: RunCost): string {
  return cells(columns, [
    run.name,
    hasEnded(run) ? stateOf(run)?.type ?? "" : "not ended",
    isRight(run) ? "yes" : `NO: ${run.flow.expected.state}`,
    ms(msUntil(run, ...CLAIMED)),
    ms(msUntil(run, "Running")),
    ms(msInAll(run)),
    cost.platform.toFixed(2),
    cost.api.toFixed(2),
  ]);
}

function isFailure(type: string | undefined): boolean {
  return type === "Failed" || type === "Crashed";
}

function reasons(runs: readonly DemoRun[]): readonly string[] {
  const failed = runs.filter((run) => isFailure(stateOf(run)?.type));
  return failed.map((run) => `${run.name}: ${firstLine(stateOf(run)?.message ?? "")}`);
}

/** The summary: each run with its times since it was scheduled and its calls, then why runs failed. */
export function summary(
  runs: readonly DemoRun[],
  costs: ReadonlyMap<string, RunCost>,
  platform: DemoPart["platform"],
): readonly string[] {
  const columns = summaryColumns(platform);
  const none: RunCost = { platform: 0, api: 0 };
  const all = [...costs.values()];
  const mean = (pick: (cost: RunCost) => number) =>
    (all.reduce((sum, cost) => sum + pick(cost), 0) / Math.max(1, all.length)).toFixed(2);
  return [
    "",
    titles(columns),
    ...runs.map((run) => summaryRow(columns, run, costs.get(run.id) ?? none)),
    "",
    `Calls of the agent, on average per run: ${mean((cost) => cost.platform)} to ${platform.name}, ` +
    `${mean((cost) => cost.api)} to the Prefect API. Calls for several runs are divided among them.`,
    "",
    "Why runs failed, as their state says it:",
    ...reasons(runs).map((line) => `  ${line}`),
  ];
}
