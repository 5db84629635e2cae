/**
 * The option of `machines`.
 *
 * @module
 */

import type { OptionRow } from "../../schemas/options/option.ts";

/** Its row. */
export const machinesOptionRows: readonly OptionRow[] = [
  {
    name: "out",
    type: "text",
    metavar: "DIR",
    since: "this agent",
    description: "Folder to write the charts to instead of printing them",
  },
];
