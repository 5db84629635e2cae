/**
 * The options of `demo` and the settings they give.
 *
 * @module
 */

import type { OptionRow, OptionValues } from "../../schemas/options/option.ts";

/** Their rows. */
export const demoOptionRows: readonly OptionRow[] = [
  {
    name: "stay",
    type: "flag",
    default: "off",
    since: "this agent",
    description:
      "Keep the inspector's page and the API up until Ctrl-C, and print their addresses at the end",
  },
];

/** The settings of `demo`. */
export interface DemoSettings {
  /** Page and API stay up until Ctrl-C. */
  readonly stay: boolean;
}

/** Reads the options. @param values checked against {@link demoOptionRows} */
export function demoSettings(values: OptionValues): DemoSettings {
  return { stay: values["stay"] === true };
}
