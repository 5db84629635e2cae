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

/** Tells a claimed run; nothing waits for it. `signal` ends it. */
export type AfterClaim = (run: FlowRun, claim: Claim, signal: AbortSignal) => void;

/** Runs of one page are told together. */
const WINDOW_MS = 20;

const LAST = { urgency: "last", tries: "briefly" } as const;

/** Makes it. */
export function makeAfterClaim(deps: AfterClaimDeps): AfterClaim {
  const { api, emitter, worker, process, log } = deps;
  let scope = "";
  const submitting = (): ProposedState => ({
    type: "PENDING",
    name: "Submitting",
    // A named PENDING state wipes the message: the mark is said again.
    message: markMessage({ worker, process, scope }),
  });
  const together = proposeTogether({ ...deps, state: submitting, options: LAST, windowMs: WINDOW_MS });
  return (run, claim, signal) => {
    const { marker: { scope: its }, key } = claim;
    scope = its;
    emitter.submitted(run);
    const labels = tellLabels(
      api,
      run,
      markLabel({
        worker,
        process,
        scope: its,
        claim: key,
        former: run.infrastructurePid,
      }),
      { worker, signal },
    );
    const isShared = run.deployment === null || (run.deployment !== "gone" && run.deployment.limit === null);
    const named = isShared ? together(run.id, signal) : propose(api, run.id, submitting(), LAST, signal);
    for (const work of [labels, named]) {
      work.catch((thrown) => {
        if (signal.aborted) return;
        const { message } = toFailure(thrown);
        log("DEBUG", `Flow run ${run.id} goes on without a label or the name Submitting: ${message}`, {
          runId: run.id,
        });
      });
    }
  };
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
