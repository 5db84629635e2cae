/**
 * An explanation in print.
 *
 * @module
 */

import { listed, requestLines } from "../explain/explained_lines.ts";
import type { Explanation } from "./explanation.ts";
import { printableLine } from "../failure/message_text.ts";

/** The lines that `explain` prints. */
export function explanationLines(explanation: Explanation): readonly string[] {
  const { flavour, flowRunId, flowName, definition, requests, warnings, problems } = explanation;
  return [
    `${flowRunId === null ? "A new flow run" : `Flow run ${flowRunId}`} of flow ${flowName}, as ` +
    `${flavour} start would launch it. Nothing was sent.`,
    "",
    `Task definition: ${definition}`,
    ...requests.flatMap(requestLines),
    ...listed("Warnings", warnings),
    ...listed("AWS would refuse this", problems),
  ].map(printableLine);
}
