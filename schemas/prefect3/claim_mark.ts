/**
 * What a claim leaves on a flow run, so that a later process finds it: as the message of the PENDING state, and as a label
 * for the time after the run has begun. People read both.
 *
 * @module
 */

import { MOST_SKIPPED } from "../flow_run/client_token.ts";
import type { ClaimMarker } from "../flow_run/flow_run.ts";
import { isJsonObject, type Json } from "../json/json.ts";

/** The mark of one claim. */
export interface ClaimMark {
  /** Name of the worker. */
  readonly worker: string;
  /** Names the process of that worker. */
  readonly process: string;
  /** Where its tasks are, as the platform names it. */
  readonly scope: string;
}

/** The mark as the message of a PENDING state holds it. */
export interface MessageMark extends ClaimMark {
  /** Numbers of client tokens that are skipped under the claim. */
  readonly skipped: readonly number[];
}

/** The mark as the label holds it. */
export interface LabelMark extends ClaimMark {
  readonly claim: string;
  /** The task id that the run had before this claim, from an earlier launch; null: none. */
  readonly former: string | null;
}

/** Key of our label. */
export const MARK_LABEL = "prefect-ecs-agent.claim";

const PREFIX = "Claimed for a task on ECS: ";

/** Longest text that is read as a mark: names have at most 1,024 characters, and six for each where they are escaped. */
const MOST = 16_384;

/** The message of a state under a claim. */
export function markMessage(
  { worker, process, scope, skipped = [] }: ClaimMark & Partial<MessageMark>,
): string {
  return PREFIX + JSON.stringify({ worker, process, scope, ...(skipped.length === 0 ? {} : { skipped }) });
}

/** The value of the label. */
export function markLabel({ worker, process, scope, claim, former }: LabelMark): string {
  return JSON.stringify({ worker, process, scope, claim, former });
}

/** Reads the message of a state; null: it is no mark of this program. */
export function readMarkMessage(message: Json | undefined): MessageMark | null {
  if (typeof message !== "string" || message.length > MOST || !message.startsWith(PREFIX)) return null;
  const read = parsed(message.slice(PREFIX.length));
  const mark = readMark(read);
  return mark === null ? null : { ...mark, skipped: isJsonObject(read) ? numbersIn(read["skipped"]) : [] };
}

/** What of a member can be read; whatever else it holds is passed over. */
function numbersIn(value: Json | undefined): readonly number[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, MOST_SKIPPED).filter((one) =>
    typeof one === "number" && Number.isSafeInteger(one) && one > 0
  );
}

/** Reads the label; null: there is none of this program. */
export function readMarkLabel(value: Json | undefined): LabelMark | null {
  if (typeof value !== "string" || value.length > MOST) return null;
  const read = parsed(value);
  const mark = readMark(read);
  if (mark === null || !isJsonObject(read) || typeof read["claim"] !== "string") return null;
  const former = read["former"];
  return { ...mark, claim: read["claim"], former: typeof former === "string" ? former : null };
}

/** Whether a mark is of this very process. */
export function isOwnMark(mark: ClaimMark | null, { worker, process }: Omit<ClaimMark, "scope">): boolean {
  return mark !== null && mark.worker === worker && mark.process === process;
}

/** The same mark as the agent knows it. */
export function markerOf({ worker, scope }: ClaimMark, claim: string): ClaimMarker {
  return { agent: worker, scope, claim };
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function readMark(value: Json): ClaimMark | null {
  if (!isJsonObject(value)) return null;
  const { worker, process, scope } = value;
  if (typeof worker !== "string" || typeof process !== "string" || typeof scope !== "string") return null;
  return { worker, process, scope };
}
