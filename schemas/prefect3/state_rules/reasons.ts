/**
 * Why the server does not set a proposed state, in its own words.
 *
 * @module
 * @see Prefect 3.9.1, server/orchestration/core_policy.py
 */

/** Classes of reasons. */
export type ReasonKind =
  | "alreadyMade"
  | "alreadyEnded"
  | "alreadyCompleted"
  | "resultKept"
  | "noDeployment"
  | "cancelling"
  | "nothingToStop"
  | "notPending"
  | "deploymentGone"
  | "limitZero"
  | "limitReached"
  | "slotLost"
  | "notScheduled"
  | "alreadyLate"
  | "cannotPause"
  | "pauseFired"
  | "notFromPaused"
  | "pauseTimedOut"
  | "tooEarly"
  | "retrying";

/** A reason: its class, and the text that the API answers. */
export interface Reason {
  readonly kind: ReasonKind;
  readonly text: string;
}

const TEXTS = {
  alreadyMade: "This run has already made this state transition.",
  alreadyCompleted: "Run is already COMPLETED.",
  resultKept: "Cannot overwrite a COMPLETED state that carries persisted result data with one that does not.",
  noDeployment: "Cannot reschedule a run without an associated deployment.",
  cancelling: "Cannot transition flows that are cancelling to a state other than Cancelled.",
  deploymentGone: "Deployment not found.",
  limitZero: "The deployment concurrency limit is 0. The flow will deadlock if submitted again.",
  limitReached: "Deployment concurrency limit reached.",
  slotLost: "Deployment concurrency limit reached after lease expiry.",
  notScheduled: "Only scheduled flows can be marked late.",
  alreadyLate: "This flow run is already marked late.",
  tooEarly: "Scheduled time is in the future",
  retrying: "Retrying",
} as const;

/** The reason of a class whose text is always the same. */
export function reasonOf(kind: keyof typeof TEXTS): Reason {
  return { kind, text: TEXTS[kind] };
}

/** A reason whose text tells of the run. */
export function toldReason(
  kind: Exclude<ReasonKind, keyof typeof TEXTS> | "limitReached" | "noDeployment",
  text: string,
): Reason {
  return { kind, text };
}
