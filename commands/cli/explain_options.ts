/**
 * The options that `explain` takes besides those of the flavour.
 *
 * @module
 */

import type { OptionRow } from "../../schemas/options/option.ts";

/** How the run is shown, whatever says which one it is. */
export const shownOptionRows: readonly OptionRow[] = [
  {
    name: "json",
    type: "flag",
    since: "this agent",
    description: "Print JSON instead of text",
  },
];

/** Those of flavours whose runs are named by id or by a file. */
export const explainOptionRows: readonly OptionRow[] = [
  {
    name: "flow-run",
    type: "text",
    metavar: "ID",
    since: "this agent",
    description: "Flow run to explain, read from the API",
  },
  {
    name: "flow-run-file",
    type: "text",
    metavar: "PATH",
    since: "this agent",
    description: "JSON file with the flow run to explain; the API is not asked",
  },
  ...shownOptionRows,
];
