/**
 * What the server does by itself: it marks late runs, ends pauses that nobody resumed, cancels what is Cancelling for too
 * long, and takes back slots whose leases have ended.
 *
 * @module
 * @see Prefect 3.9.1, server/services/
 */

import { cancellingTimeout } from "../../schemas/prefect3/state_rules/cancelling_timeout.ts";
import type { CleanupQueue } from "./channel/cleanup_queue.ts";
import { sweepLeases } from "./runs/leases.ts";
import { docOf, placeOf } from "./runs/run_rows.ts";
import { stateOf } from "./runs/ruled_run.ts";
import { setState } from "./runs/set_state.ts";
import { momentText } from "./store/moments.ts";
import type { Doc } from "./store/store.ts";
import type { Serving } from "./wire/serving.ts";
import { isDone } from "./wire/trouble.ts";

const SECOND = 1_000_000;

/** So many runs are looked at each time. */
const BATCH = 400;

/** Starts them. @returns ends them */
export function startServices(serving: Serving, cleanups: CleanupQueue): () => void {
  const { clock, periods } = serving;
  let forget: () => void = () => undefined;
  const again = () => {
    forget = clock.after(periods.loop * 1000, () => {
      isDone(serving, "looking for late, paused and cancelled runs failed and is tried again", () => {
        sweep(serving, cleanups);
      });
      again();
    });
  };
  again();
  return () => forget();
}

/** Does all of it once. */
export function sweep(serving: Serving, cleanups: CleanupQueue): void {
  markLate(serving);
  endPauses(serving);
  endCancelling(serving, cleanups);
  serving.store.transaction(() => sweepLeases(serving.store));
  serving.events.sweep();
  serving.channels.deliver(null);
}

function markLate(serving: Serving): void {
  const { store, periods } = serving;
  const before = momentText(store.micros() - periods.lateAfter * SECOND);
  const late = store.docs(
    "SELECT doc FROM flow_run WHERE state_type = 'SCHEDULED' AND state_name = 'Scheduled' " +
      "AND next_scheduled_start_time <= ? LIMIT ?",
    ...[before, BATCH],
  );
  for (const run of late) {
    const scheduled_time = String(run["next_scheduled_start_time"]);
    const state = { type: "SCHEDULED", name: "Late", state_details: { scheduled_time } } as const;
    setState(serving, run, { state, way: "lateness", isRenewing: false });
  }
}

function endPauses(serving: Serving): void {
  const { store } = serving;
  for (const run of store.docs("SELECT doc FROM flow_run WHERE state_type = 'PAUSED'")) {
    const timeout = stateOf(docOf(store, "flow_run_state", run["state_id"]))?.state_details.pause_timeout;
    if (timeout === null || timeout === undefined || timeout >= store.stamp()) continue;
    const state = { type: "FAILED", message: "The flow was paused and never resumed." } as const;
    setState(serving, run, { state, way: "forced", isRenewing: false });
  }
}

function endCancelling(serving: Serving, cleanups: CleanupQueue): void {
  const { store } = serving;
  for (const run of store.docs("SELECT doc FROM flow_run WHERE state_type = 'CANCELLING'")) {
    store.transaction(() => endOne(serving, cleanups, run));
  }
}

/** The state and the message to a worker are kept together, or neither. */
function endOne(serving: Serving, cleanups: CleanupQueue, run: Doc): void {
  const { store, periods } = serving;
  const state = stateOf(docOf(store, "flow_run_state", run["state_id"]));
  const proposal = cancellingTimeout(state, {
    stateId: String(run["state_id"]),
    now: store.stamp(),
    timeoutSeconds: periods.cancellingTimeout,
  });
  if (proposal === null) return;
  const decision = setState(serving, run, proposal);
  const { pool } = placeOf(store, run);
  if (decision.status !== "ACCEPT" || decision.state === null || pool === null) return;
  cleanups.add(run, pool.id, decision.state.id);
}
