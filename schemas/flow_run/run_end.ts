/**
 * The state that a flow run ended in, as its API names it. Machines carry it and do not read it.
 *
 * @module
 */

/** How a flow run ended. */
export interface RunEnd {
  /** The API's own name of the state, such as `TimedOut`. It is one of a few: metrics use it as a label. */
  readonly state: string;
  /** What it means, in the same words for every API. `other`: the API does not say whether the run ended well. */
  readonly kind: "success" | "failure" | "cancelled" | "other";
}

/** Part of every message that a run is over. */
export interface Ended {
  /** Absent: the run goes on elsewhere, or its end is not known. Recordings of earlier versions never have it. */
  readonly end?: RunEnd;
}

/** The end of a run where there is one. */
export function endedAs(end: RunEnd | null | undefined): Ended {
  return end === null || end === undefined ? {} : { end };
}
