/**
 * What a claimed run is told besides: labels, the state named Submitting, events. None of it delays its launch, and what is
 * lost of it changes no run.
 *
 * @module
 */

import { toFailure } from "../../schemas/failure/failure.ts";
import type { Log } from "../../schemas/contracts/log.ts";
import type { Claim } from "../../schemas/flow_run/flow_run.ts";
import { MARK_LABEL, markLabel, markMessage } from "../../schemas/prefect3/claim_mark.ts";
import type { FlowRun } from "../../schemas/prefect3/flow_run.ts";
import type { Clock } from "../../schemas/time/clock.ts";
import { wait } from "../time/wait.ts";
import type { Api } from "./api.ts";
import { proposeTogether } from "./bulk_states.ts";
import { propose, type ProposedState } from "./propose.ts";
import type { Emitter } from "./sockets/emitter.ts";

/** What it needs. */
export interface AfterClaimDeps {
  readonly api: Pick<Api, "send">;
  readonly emitter: Pick<Emitter, "submitted">;
  readonly clock: Clock;
  readonly log: Log;
  readonly worker: string;
  readonly process: string;
}

/** What follows claims. */
export interface AfterClaim {
  /** Tells a claimed run; nothing waits for it. `signal` ends it. */
  readonly tell: (run: FlowRun, claim: Claim, signal: AbortSignal) => void;
  /** Returns once nothing of it can change the run's state any more: the run is about to end, or to be given back. */
  readonly settle: (runId: string) => Promise<void>;
}

/** Runs of one page are told together. */
const WINDOW_MS = 20;

/**
 * A name that is not set by then is left out, in milliseconds since the claim. The API lets PENDING follow the end of a run:
 * a name that comes late would take back how a short run has ended.
 */
const NAMED_MS = 2000;

/** A request that gets no answer is not waited for longer. */
const SETTLE_MS = 10_000;

const LAST = { urgency: "last", tries: "briefly" } as const;

/** The naming of one run. */
interface Naming {
  /** Takes it back where it was not sent. */
  readonly abort: AbortController;
  readonly isShared: boolean;
  readonly done: Promise<void>;
}

/** Makes it. */
export function makeAfterClaim(deps: AfterClaimDeps): AfterClaim {
  const { api, emitter, worker, process, clock } = deps;
  const open = new Map<string, Naming>();
  let scope = "";
  const submitting = (): ProposedState => ({
    type: "PENDING",
    name: "Submitting",
    // A named PENDING state wipes the message: the mark is said again.
    message: markMessage({ worker, process, scope }),
  });
  const together = proposeTogether({ ...deps, state: submitting, options: LAST, windowMs: WINDOW_MS });
  const tell: AfterClaim["tell"] = (run, { marker, key }, signal) => {
    scope = marker.scope;
    emitter.submitted(run);
    const former = run.infrastructurePid;
    const mark = markLabel({ worker, process, scope: marker.scope, claim: key, former });
    quietly(tellLabels(api, run, mark, { worker, signal }), run, signal, deps);
    const abort = new AbortController();
    const inTime = clock.after(NAMED_MS, () => abort.abort());
    const either = AbortSignal.any([signal, abort.signal]);
    const isShared = run.deployment === null || (run.deployment !== "gone" && run.deployment.limit === null);
    const named = isShared
      ? together.propose(run.id, either)
      : propose(api, run.id, submitting(), LAST, either);
    const done = quietly(named, run, either, deps).finally(() => {
      inTime();
      open.delete(run.id);
    });
    open.set(run.id, { abort, isShared, done });
  };
  const settle = async (runId: string): Promise<void> => {
    const naming = open.get(runId);
    if (naming === undefined) return;
    const late = new AbortController();
    const longest = wait(SETTLE_MS, clock, late.signal).catch(() => undefined);
    // One that waits for others is taken back; a request that is under way is waited for.
    if (naming.isShared) naming.abort.abort();
    await Promise.race([naming.isShared ? together.idle() : naming.done, longest]);
    naming.abort.abort();
    late.abort();
  };
  return { tell, settle };
}

/** What is lost of it is no loss. */
async function quietly(
  work: Promise<unknown>,
  { id }: FlowRun,
  signal: AbortSignal,
  { log }: AfterClaimDeps,
): Promise<void> {
  try {
    await work;
  } catch (thrown) {
    if (signal.aborted) return;
    const { message } = toFailure(thrown);
    log("DEBUG", `Flow run ${id} goes on without a label or the name Submitting: ${message}`, { runId: id });
  }
}

async function tellLabels(
  api: Pick<Api, "send">,
  run: FlowRun,
  mark: string,
  { worker, signal }: { readonly worker: string; readonly signal: AbortSignal },
): Promise<void> {
  await api.send({
    method: "PATCH",
    path: ["flow_runs", run.id, "labels"],
    route: "PATCH /flow_runs/{id}/labels",
    body: {
      "prefect.worker.name": worker,
      "prefect.worker.type": "ecs",
      "prefect.work-pool.name": run.pool.name,
      "prefect.work-pool.id": run.pool.id,
      [MARK_LABEL]: mark,
    },
    urgency: "last",
    accept: [404, 405],
    runId: run.id,
  }, signal);
}
