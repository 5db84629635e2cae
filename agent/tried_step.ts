/**
 * A step of a flow run that is tried, perhaps again and again.
 *
 * @module
 */

import type { Again } from "../schemas/time/told_again.ts";
import type { Failure } from "../schemas/failure/failure.ts";

/** A step of a run that may be tried again and again. `hold`: a part of others, the claim is confirmed. */
export type TriedStage = "claim" | "hold" | "plan" | "register" | "run" | "find" | "report" | "stop";

/** One step of a run that is under way. */
export interface TriedStep {
  readonly runId: string;
  readonly stage: TriedStage;
  /** When it was first tried, moved on by waits for this agent's own limits; milliseconds since 1970. */
  sinceMs: number;
  /** Tries that failed. */
  tries: number;
  /** What the last try was answered; null: none has ended yet. */
  failure: Failure | null;
  /** A try may have been carried out although it was not answered. */
  mayBeDone: boolean;
  /** When it is tried next; null: it is being tried, or that is not known. */
  nextMs: number | null;
  isUnderWay: boolean;
  /** When it is told next in the run's own log; null: it was not told yet. */
  again: Again | null;
}
