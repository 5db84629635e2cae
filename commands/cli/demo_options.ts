/**
 * The options of `demo` and the settings they give.
 *
 * @module
 */

import type { OptionRow, OptionValues } from "../../schemas/options/option.ts";

/** Their rows. */
export const demoOptionRows: readonly OptionRow[] = [
  {
    name: "flavour",
    type: "choice",
    choices: ["ecs", "worker"],
    metavar: "FLAVOUR",
    default: "both, one after the other",
    since: "this agent",
    description: "Show one part: ecs, an agent of Prefect 1, or worker, one of Prefect 3",
  },
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
  /** The only part that is shown; null: all. */
  readonly flavour: "ecs" | "worker" | null;
  /** Page and API stay up until Ctrl-C. */
  readonly stay: boolean;
}

/** Reads the options. @param values checked against {@link demoOptionRows} */
export function demoSettings(values: OptionValues): DemoSettings {
  const { flavour } = values;
  return {
    flavour: flavour === "ecs" || flavour === "worker" ? flavour : null,
    stay: values["stay"] === true,
  };
}
