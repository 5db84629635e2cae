/**
 * The option of `machines`.
 *
 * @module
 */

import type { OptionSpec } from "../../schemas/options/option.ts";

/** Its row. */
export const machinesOptionSpecs: readonly OptionSpec[] = [
  {
    name: "out",
    type: "text",
    metavar: "DIR",
    since: "this agent",
    description: "Folder to write the charts to instead of printing them",
  },
];
