/**
 * Starts the Job of a run, exactly one: its name is made of run, claim and attempt, so that asking again after a lost answer
 * finds the Job that was made. No second Job of a run is made while a pod of an earlier one lives.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { LaunchRequest } from "../../schemas/contracts/platform.ts";
import type { LaunchedTask } from "../../schemas/contracts/task.ts";
import { type Failure, FailureError, isRetriable, toFailure } from "../../schemas/failure/failure.ts";
import { TOKEN_ANNOTATION } from "../../schemas/kubernetes/labels.ts";
import { takenName } from "../../schemas/kubernetes/objects/status.ts";
import { jobName, jobOf, type KubernetesPlan, MOST_IDENTIFIER } from "../../schemas/kubernetes/plan.ts";
import type { KubeCalls } from "./requests/calls.ts";
import type { PacedCalls } from "./requests/paced_calls.ts";
import type { ClearEarlier } from "./earlier_jobs.ts";
import type { JobStore } from "./watching/store.ts";

/** What launching needs. */
export interface RunJobDeps {
  readonly createJob: PacedCalls["createJob"];
  readonly calls: Pick<KubeCalls, "readJob">;
  readonly store: Pick<JobStore, "addJob" | "picture">;
  readonly clearEarlier: ClearEarlier;
  /** Another process may have made the Job, and may still ask for it: its name is to stay taken for a while. */
  readonly onTakenUp: (name: string) => void;
}

/** The identifier of a launch: the same token gives the same one. */
function identifierOf(token: string): string {
  return createHash("sha256").update(token).digest("hex").slice(0, MOST_IDENTIFIER);
}

/**
 * Launches one run.
 *
 * @throws {FailureError} `notPlaced` for what a quota refuses, and while a pod of an earlier Job ends; `unknownOutcome`,
 * `throttled`, `refused`
 */
export async function runJob(
  request: LaunchRequest<KubernetesPlan>,
  deps: RunJobDeps,
  signal: AbortSignal,
): Promise<LaunchedTask> {
  const { runId, plan, token, confirm } = request;
  const identifier = identifierOf(token);
  const name = jobName(plan, identifier);
  await deps.clearEarlier({ runId, name, confirm }, signal);
  // A creation whose answer was lost has made it, as was told since. One that has gone must not be made again.
  if (deps.store.picture(name)?.job.runId === runId) {
    await confirm();
    deps.onTakenUp(name);
    return { id: name, adopted: true };
  }
  const job = jobOf(plan, { identifier, annotations: { [TOKEN_ANNOTATION]: token } });
  const isQuiet = plan.isDiscreet === true;
  try {
    const created = await deps.createJob(
      { waiter: runId, confirm },
      plan.namespace,
      job,
      { isQuiet },
      signal,
    );
    if (created.outcome === "taken") return await takeUp(request, name, deps, signal);
    deps.store.addJob(created.job);
    return { id: name, adopted: false };
  } catch (thrown) {
    if (!(thrown instanceof FailureError)) throw thrown;
    const failure = asPlacement(thrown.failure);
    throw failure === thrown.failure ? thrown : new FailureError(failure, { cause: thrown });
  }
}

/** @see the message of the API server's quota controller */
const QUOTA = /exceeded quota|failed quota/i;

/** A quota gives no place to the Job. */
function asPlacement(failure: Failure): Failure {
  if (failure.tag !== "refused" || !QUOTA.test(failure.message)) return failure;
  const { message } = failure;
  return {
    tag: "notPlaced",
    class: "configuration",
    failures: [{ reason: failure.code, detail: message }],
    message,
  };
}

/** What keeps a Job from being looked at, while it may be the launch's own. */
function maybeMade(failure: Failure): Failure {
  return isRetriable(failure) || failure.tag === "credentials"
    ? { tag: "unknownOutcome", operation: "create jobs", message: failure.message }
    : failure;
}

/** The name is taken: by this very launch, whose answer was lost, or by somebody else's Job, which is never touched. */
async function takeUp(
  { runId, plan: { namespace } }: LaunchRequest<KubernetesPlan>,
  name: string,
  { calls, store, onTakenUp }: RunJobDeps,
  signal: AbortSignal,
): Promise<LaunchedTask> {
  const job = await calls.readJob({ namespace, name }, signal).catch((thrown) => {
    signal.throwIfAborted();
    // Whose it is, is not known yet: it may be this launch's own.
    throw new FailureError(maybeMade(toFailure(thrown)), { cause: thrown });
  });
  if (job === null) {
    const message = `Job ${name} was there a moment ago and is gone`;
    throw new FailureError({ tag: "unknownOutcome", operation: "create jobs", message });
  }
  if (job.runId === runId) {
    store.addJob(job);
    onTakenUp(name);
    return { id: name, adopted: true };
  }
  const whose = job.runId === null ? "has no label of a flow run" : `is of flow run ${job.runId}`;
  const message =
    `Cannot create Job ${name} in namespace ${namespace} for flow run ${runId}: a Job of this name is there ` +
    `already and ${whose}; it is left alone. Delete or rename it, then start the run again`;
  throw new FailureError(takenName(message));
}
