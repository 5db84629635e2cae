/**
 * The options of `demo` and the settings they give.
 *
 * @module
 */

import type { OptionRow, OptionValues } from "../../schemas/options/option.ts";

/** What can be shown. */
export const DEMO_FLAVOURS = ["ecs", "worker", "kubernetes"] as const;

/** Their rows. */
export const demoOptionRows: readonly OptionRow[] = [
  {
    name: "flavour",
    type: "choice",
    choices: DEMO_FLAVOURS,
    metavar: "FLAVOUR",
    default: "ecs and worker, one after the other",
    since: "this agent",
    description:
      "Show one part: ecs, an agent of Prefect 1, worker, one of Prefect 3, or kubernetes, the same API with Jobs on a cluster",
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
  readonly flavour: (typeof DEMO_FLAVOURS)[number] | null;
  /** Page and API stay up until Ctrl-C. */
  readonly stay: boolean;
}

/** Reads the options. @param values checked against {@link demoOptionRows} */
export function demoSettings(values: OptionValues): DemoSettings {
  return {
    flavour: DEMO_FLAVOURS.find((known) => known === values["flavour"]) ?? null,
    stay: values["stay"] === true,
  };
}
