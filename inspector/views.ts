/**
 * What is shown of the model: rows, overview, updates and details. Made when somebody looks, scrubbed on the way.
 *
 * @module
 */

import { FailureError } from "../schemas/failure/failure.ts";
import { failureWord } from "../schemas/observability/failure_word.ts";
import type { Redactor } from "../schemas/secrets/redact.ts";
import { eventLabel } from "./protocol/event_label.ts";
import { at, numberAt, textAt } from "./protocol/json_view.ts";
import type { Platform } from "../schemas/contracts/platform.ts";
import { linksOf } from "./links.ts";
import { nextSteps } from "./charts/next_steps.ts";
import type {
  ActorCall,
  AgentView,
  CallCount,
  Counts,
  ErrorLine,
  LimiterFill,
  Overview,
  RunDetail,
  RunRow,
  ShownFailure,
  Step,
  Update,
} from "./protocol/protocol.ts";
import { type Call, callsOf, edgesOf } from "./model/run_calls.ts";
import type { KeptStep, RunHistory } from "./model/run_history.ts";
import { agentFailure, inFlightOf, type RunModel } from "./model/run_model.ts";
import { deadlineOf, isLaunching, waitingFor } from "./model/waiting_for.ts";

/** What a view is made with. */
export interface ViewOptions {
  readonly redact: Redactor;
  readonly limiters: () => readonly LimiterFill[];
  /** How often each kind of request was made. @default none is known */
  readonly calls?: () => readonly CallCount[];
  /** Address of the Prefect UI, null when unknown. */
  readonly prefectUi: string | null;
  readonly platform: Pick<Platform<unknown>, "links" | "waitsFor" | "words">;
  /** Ids that the platform gave to the requests of a call. */
  readonly requestIds?: (runId: string, call: Call) => readonly string[];
}

/** Shows one model. */
export interface Views {
  readonly overview: (nowMs: number) => Overview;
  /** Everything that changed after a moment of the model's own counting; null: too much was forgotten since. */
  readonly since: (changed: number, nowMs: number) => Update | null;
  readonly detail: (id: string) => RunDetail | null;
}

/** Views of a model. */
export function makeViews(model: RunModel, options: ViewOptions): Views {
  const rows = new WeakMap<
    RunHistory,
    { readonly changed: number; readonly turn: string | null; readonly row: RunRow }
  >();
  const row = (run: RunHistory): RunRow => {
    const made = rows.get(run);
    const turn = isLaunching(run) ? options.platform.waitsFor(run.id) : null;
    if (made?.changed === run.changed && made.turn === turn) return made.row;
    const fresh = rowOf(run, turn, options);
    rows.set(run, { changed: run.changed, turn, row: fresh });
    return fresh;
  };
  const limiters = () => [...options.limiters()];
  const calls = () => [...options.calls?.() ?? []];
  return {
    overview: (nowMs) => ({
      type: "snapshot",
      seq: model.changed,
      nowMs,
      agent: agentOf(model, options.redact),
      counts: countsOf(model, nowMs),
      limiters: limiters(),
      calls: calls(),
      errors: errorsOf(model, options.redact),
      runs: [...model.runs.values()].map(row),
    }),
    since: (changed, nowMs) => {
      if (changed > model.changed || changed < model.goneSince) return null;
      const update = updateOf(model, changed, { nowMs, redact: options.redact, row });
      return { ...update, limiters: limiters(), calls: calls() };
    },
    detail: (id) => {
      const run = model.runs.get(id);
      return run === undefined ? null : detailOf(run, row(run), options);
    },
  };
}

interface Updating {
  readonly nowMs: number;
  readonly redact: Redactor;
  readonly row: (run: RunHistory) => RunRow;
}

function updateOf(model: RunModel, changed: number, { nowMs, redact, row }: Updating): Update {
  const runs: RunRow[] = [];
  for (const run of model.runs.values()) if (run.changed > changed) runs.push(row(run));
  return {
    type: "update",
    seq: model.changed,
    nowMs,
    ...(model.agent.changed > changed ? { agent: agentOf(model, redact) } : {}),
    counts: countsOf(model, nowMs),
    ...(model.errorsChanged > changed ? { errors: errorsOf(model, redact) } : {}),
    runs,
    gone: goneSince(model, changed),
  };
}

function goneSince({ gone, runs }: RunModel, changed: number): string[] {
  const ids: string[] = [];
  for (let i = gone.length - 1; i >= 0; i--) {
    const one = gone[i];
    if (one === undefined || one.changed <= changed) break;
    if (!runs.has(one.id)) ids.push(one.id);
  }
  return ids;
}

/** A failure, or anything thrown, as it is shown. */
export function shownFailure(failure: unknown, redact: Redactor): ShownFailure | null {
  const data = failure instanceof FailureError ? failure.failure : at(failure, "failure") ?? failure;
  if (typeof data !== "object" || data === null) return null;
  return {
    tag: failureWord({ tag: textAt(data, "tag") ?? "unexpected", failures: at(data, "failures") }),
    message: redact.text(textAt(data, "message") ?? "No reason was recorded"),
  };
}

function rowOf(run: RunHistory, turn: string | null, { redact, platform }: ViewOptions): RunRow {
  const { context } = run;
  const waits = waitingFor(run, { platform: platform.words.name, turn });
  return {
    id: run.id,
    name: redact.text(run.name),
    flow: redact.text(run.flow),
    state: run.state === "" ? "starting" : run.state,
    sinceMs: run.sinceMs,
    adoptedMs: run.adoptedMs,
    attempt: numberAt(context, "attempt") ?? 1,
    taskId: textAt(context, "task", "id"),
    waitingFor: waits === null ? null : redact.text(waits),
    deadlineMs: deadlineOf(run),
    outcome: run.outcome,
    end: run.end === null ? null : { ...run.end, state: redact.text(run.end.state) },
    failure: shownFailure(at(context, "failure"), redact),
  };
}

function agentOf(model: RunModel, redact: Redactor): AgentView {
  return {
    state: model.agent.state,
    sinceMs: model.agent.sinceMs,
    inFlight: inFlightOf(model),
    failure: shownFailure(agentFailure(model), redact),
  };
}

function countsOf(model: RunModel, nowMs: number): Counts {
  const states = [...model.states].map(([name, n]) => [name === "" ? "starting" : name, n] as const);
  return {
    states: Object.fromEntries(states),
    outcomes: Object.fromEntries(model.outcomes),
    ends: [...model.ends].map(([name, { kind, count }]) => ({ name, kind, count })),
    total: model.total,
    forgotten: model.forgotten,
    adoptedPerS: model.adopted.perS(nowMs),
    launchedPerS: model.launched.perS(nowMs),
    endedPerS: model.ended.perS(nowMs),
  };
}

const UNKNOWN: ShownFailure = { tag: "unexpected", message: "No reason was recorded" };

function errorsOf({ errors }: RunModel, redact: Redactor): ErrorLine[] {
  return errors.map(({ n, atMs, runId, name, state, failure }) => ({
    n,
    atMs,
    runId,
    name: redact.text(name),
    state,
    failure: shownFailure(failure, redact) ?? UNKNOWN,
  }));
}

function detailOf(run: RunHistory, row: RunRow, options: ViewOptions): RunDetail {
  const { redact, requestIds } = options;
  const steps = run.steps.map((step) => stepOf(step, redact));
  return {
    row,
    origin: originOf(run, redact),
    chart: RUN_CHART,
    steps,
    dropped: run.stepCount - run.steps.length,
    calls: callsOf(run).map((call) => callOf(call, requestIds?.(run.id, call) ?? [], redact)),
    visited: [...new Set(steps.flatMap(({ path }) => path))],
    taken: Object.fromEntries(edgesOf(run)),
    next: run.outcome === null ? [...nextSteps(RUN_CHART, run.state, run.context)] : [],
    links: [...linksOf(run.id, row.taskId, options)],
  };
}

/** Parts of a recording may be of any kind: what is no pair of texts is left out. */
function originOf({ context }: RunHistory, redact: Redactor): RunDetail["origin"] {
  const parts = at(context, "header", "origin");
  if (!Array.isArray(parts)) return [];
  return parts.slice(0, 10).flatMap((part: unknown) => {
    const [name, value] = [textAt(part, "name"), textAt(part, "value")];
    return name === null || value === null ? [] : [{ name: redact.text(name), value: redact.text(value) }];
  });
}

/** Name of the chart of a run. */
const RUN_CHART = "flow_run";

/** A step as it is shown. */
export function stepOf(step: KeptStep, redact: Redactor): Step {
  const { type, ...payload } = step.event;
  return {
    n: step.n,
    atMs: step.atMs,
    event: type,
    label: eventLabel(type),
    payload: redact.json(payload),
    from: step.from,
    to: step.to,
    path: step.path.length === 0 ? [step.to] : [...step.path],
    tookMs: step.tookMs,
    context: redact.json(step.context),
  };
}

function callOf(call: Call, requestIds: readonly string[], redact: Redactor): ActorCall {
  const { name, state, attempt, retry, startedMs, endedMs, result, answer, step } = call;
  return {
    name,
    state,
    attempt,
    retry,
    startedMs,
    endedMs,
    result,
    output: result === "done" ? redact.json(answer ?? null) : null,
    failure: result === "failed" ? shownFailure(answer, redact) : null,
    requestIds: [...requestIds],
    step,
  };
}
