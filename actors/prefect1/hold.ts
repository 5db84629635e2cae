/**
 * Decides which process holds a claim: the one named in its Submitted state. Another process of this agent takes it over by
 * setting that state once more with its own name, locked to the version; both servers let one of several do so.
 *
 * @module
 */

import type { Clock } from "../../schemas/time/clock.ts";
import { type Failure, FailureError } from "../../schemas/failure/failure.ts";
import { isJsonObject, type JsonObject } from "../../schemas/json/json.ts";
import type { FlowRun } from "../../schemas/prefect1/flow_run.ts";
import type { ReadState } from "../../schemas/prefect1/rows.ts";
import { isScheduled } from "../../schemas/prefect1/state.ts";
import type { Ask } from "../time/batch.ts";
import { isSameOwner, type PlanTry } from "../../schemas/flow_run/flow_run.ts";
import { notShown } from "../../schemas/flow_run/not_shown.ts";
import type { KnownVersions } from "./known_versions.ts";
import type { HoldResult, Orchestrator, PlanNote, ToHold } from "../../schemas/contracts/orchestrator.ts";
import type { Prefect1Api } from "./api.ts";
import { makeClaims } from "./claims.ts";

/** What holding needs. */
export interface HoldOptions {
  readonly api: Pick<Prefect1Api, "setFlowRunStates" | "readFlowRuns">;
  readonly clock: Clock;
  readonly coreVersion: string;
  /** Name of this process in its claims. */
  readonly by: string;
  readonly versions: Pick<KnownVersions, "claimed">;
  /** Reads one run back; undefined when the read does not show it. */
  readonly readRun: Ask<string, ReadState | undefined>;
}

const HOLDER_UNKNOWN: Failure = {
  tag: "unavailable",
  status: 200,
  message: "The Prefect API is not available: the state of the claim cannot be read",
};

const HELD: HoldResult = { outcome: "held" };

/** Makes `hold`. */
export function makeHold({ api, readRun, versions, ...common }: HoldOptions): Orchestrator<FlowRun>["hold"] {
  const take = makeClaims({
    ...common,
    message: "Submitted for execution",
    set: api.setFlowRunStates,
    read: api.readFlowRuns,
  });
  return async (wanted, signal) => {
    const now = await readRun(wanted.run.id, signal);
    // Whether it is gone is decided by the watcher, which sees more reads and other runs.
    if (now === undefined) throw new FailureError(notShown(wanted.run.id));
    const result = judge(wanted, now, common.by);
    if (result !== null) return result;
    const { run, claim, note } = wanted;
    const tries = triesOf(note, common.by);
    const target = { id: run.id, version: now.version, state: wrappedBy(run.state), claim, tries };
    const taken = await take(target, signal);
    if (taken.outcome === "claimed") versions.claimed(run.id, now.version);
    if (taken.outcome === "claimed") return now.own?.by === common.by ? HELD : { outcome: "taken" };
    const then = await readRun(run.id, signal);
    // Prefect Server grants no claim on a run twice within 30 s.
    return { outcome: then?.version === now.version ? "refused" : "lost", why: taken.why };
  };
}

/** Null: it is to be taken. */
function judge(
  { claim, mayTake, renew, note }: ToHold<FlowRun>,
  now: ReadState,
  by: string,
): HoldResult | null {
  if (now.finished) return lost(`it is ${now.type} already`);
  if (isScheduled(now.type) && now.type !== "Queued") return lost("it was rescheduled");
  // No task is started for it any more; the next search for claims finds it and cancels it.
  if (now.type === "Cancelling") return lost("it is being cancelled");
  // A run that has begun is claimed through its task runs, or goes on with a task: no process can take it over.
  if (now.type !== "Submitted") return HELD;
  if (now.isGlance) throw new FailureError(HOLDER_UNKNOWN);
  if (now.own === null) return lost("another agent has claimed it");
  const { marker, by: holder, tries } = now.own;
  if (!isSameOwner(marker, claim.marker) || marker.claim !== claim.key) {
    return lost("another agent has claimed it");
  }
  if (holder === by) return renew || note !== null ? null : HELD;
  // A replica that found the same claim was quicker: what it noted is not to be lost.
  const isNotedSince = note !== null && tries.length > note.earlier.length;
  return mayTake && !isNotedSince ? null : lost("another process of this agent works on it");
}

function triesOf(note: PlanNote | null, by: string): readonly PlanTry[] {
  if (note === null) return [];
  return note.begun === null ? note.earlier : [...note.earlier, { ...note.begun, by }];
}

function lost(why: string): HoldResult {
  return { outcome: "lost", why };
}

/** The state that a claim wraps: a run that was found again is read with the claim around it. */
function wrappedBy(state: JsonObject): JsonObject {
  const inner = state.type === "Submitted" ? state.state : undefined;
  return isJsonObject(inner) ? inner : state;
}
