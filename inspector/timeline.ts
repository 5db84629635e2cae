/**
 * What happened to one run, as text.
 *
 * @module
 */

import type { PlatformWords } from "../schemas/contracts/platform.ts";
import type { ActorCall, RunDetail, RunRow, Step } from "./protocol/protocol.ts";

/** Lines for a terminal: the run, its steps with the time since it was taken, its actor calls, and how it stands. */
export function timeline(detail: RunDetail, { launch }: Pick<PlatformWords, "launch">): readonly string[] {
  const { row, steps, calls, dropped, next } = detail;
  const title = [`Run ${row.id}`, row.name, row.flow].filter((part) => part !== "").join("  ");
  return [
    title,
    `  taken ${new Date(row.adoptedMs).toISOString()}, ${launch} attempt ${row.attempt}` +
    (row.taskId === null ? "" : `, task ${row.taskId}`),
    "",
    ...(dropped === 0 ? [] : [`  (${dropped} early steps were not kept)`]),
    ...steps.flatMap((step) => [stepLine(step, row.adoptedMs), ...failureLine(step, calls)]),
    "",
    "Actor calls:",
    ...calls.map((call) => callLine(call, row.adoptedMs)),
    "",
    ...standing(detail),
    ...next.slice(0, row.outcome === null ? next.length : 0).map((way) =>
      `  ${way.label}${way.guard === null ? "" : ` [${way.guard}]`} -> ${way.target ?? row.state}`
    ),
  ];
}

function stepLine({ atMs, from, path, to, label, tookMs }: Step, startMs: number): string {
  const rest = path.length > 1 ? path.slice(1) : [to];
  return `${offset(atMs - startMs)}  ${from} --(${label})--> ${rest.join(" --> ")}  ${duration(tookMs)}`;
}

function failureLine({ n, event }: Step, calls: readonly ActorCall[]): readonly string[] {
  const failure = event.startsWith("xstate.error.") ? calls.find((call) => call.step === n)?.failure : null;
  return failure === null || failure === undefined
    ? []
    : [`${" ".repeat(14)}${failure.tag}: ${failure.message}`];
}

function callLine(call: ActorCall, startMs: number): string {
  const took = call.endedMs === null ? "not ended" : duration(call.endedMs - call.startedMs);
  const ids = call.requestIds.length === 0 ? "" : `  request ${call.requestIds.join(", ")}`;
  const retry = call.retry === 0 ? "" : `, retry ${call.retry}`;
  return `${
    offset(call.startedMs - startMs)
  }  ${call.name}  ${call.result}  ${took}  (${call.state}${retry})${ids}`;
}

function standing({ row }: RunDetail): readonly string[] {
  const why = row.failure === null ? "" : `: ${row.failure.message}`;
  if (row.outcome !== null) return [`Ended: ${endText(row)}${why}`];
  return [`In ${row.state}, waiting for ${row.waitingFor ?? "nothing"}`, "What can happen next:"];
}

/** `Failed (the run's machine: completed)`; without the flow run's own end what the machine says. */
function endText({ end, outcome, state }: RunRow): string {
  const machine = `${outcome} in ${state}`;
  return end === null
    ? `${machine}; how the flow run itself ended is not known`
    : `${end.state} (its machine: ${machine})`;
}

function offset(ms: number): string {
  return `+${(ms / 1000).toFixed(3)}`.padStart(12);
}

function duration(ms: number): string {
  if (ms < 10_000) return `${Math.max(0, Math.round(ms))} ms`;
  return `${(ms / 1000).toFixed(1)} s`;
}
