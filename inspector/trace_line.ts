/**
 * One line for each step: `run 1f3a55c0  claiming --(claimRun done)--> planning  41 ms`.
 *
 * @module
 */

import type { Redactor } from "../schemas/secrets/redact.ts";
import { eventLabel } from "./protocol/event_label.ts";
import { at, textAt } from "./protocol/json_view.ts";
import type { KeptStep } from "./model/run_history.ts";
import { shownFailure } from "./views.ts";

/** So much of an id tells runs apart. */
const ID_LENGTH = 8;

/** @param who id of the run, null for the agent */
export function traceLine(who: string | null, step: KeptStep, redact: Redactor): string {
  const subject = who === null ? "agent" : `run ${redact.text(who.slice(0, ID_LENGTH))}`;
  return `${subject}  ${stepText(step)}  ${Math.max(0, Math.round(step.tookMs))} ms${
    failureText(step, redact)
  }${endText(step, redact)}`;
}

/** `claiming --(claimRun done)--> planning`, with every state gone through. */
export function stepText(
  { event, from, to, path }: Pick<KeptStep, "event" | "from" | "to" | "path">,
): string {
  const rest = path.length > 1 ? path.slice(1) : [to];
  return `${from} --(${eventLabel(event.type)})--> ${rest.join(" --> ")}`;
}

/** The state that the flow run itself ended in, at the step that tells it. */
function endText({ from, to, context }: KeptStep, redact: Redactor): string {
  const state = from === to ? null : textAt(context, "end", "state");
  return state === null ? "" : `  the flow run ended as ${redact.text(state)}`;
}

function failureText({ event }: KeptStep, redact: Redactor): string {
  const failure = shownFailure(at(event, "error") ?? at(event, "failure"), redact);
  return failure === null ? "" : `  ${failure.tag}: ${failure.message}`;
}
