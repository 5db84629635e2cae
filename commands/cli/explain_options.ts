/**
 * The options that `explain` takes besides those of the flavour.
 *
 * @module
 */

import type { OptionRow } from "../../schemas/options/option.ts";

/** Their rows. */
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
  {
    name: "json",
    type: "flag",
    since: "this agent",
    description: "Print JSON instead of text",
  },
];
