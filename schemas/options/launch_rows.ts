/**
 * The options that say how persistently an agent launches and watches, on any platform: each platform describes them in its own
 * words, and adds its own.
 *
 * @module
 */

import type { OptionRow } from "./option.ts";

/** What a platform says of each. */
export interface LaunchTexts {
  readonly relaunch: string;
  readonly launchAttempts: string;
  readonly definition: string;
  readonly launch: string;
  readonly start: string;
  readonly stop: string;
  readonly cancelGrace: string;
}

/** The rows, in three groups. */
export interface LaunchRows {
  readonly relaunching: readonly OptionRow[];
  readonly deadlines: readonly OptionRow[];
  readonly watching: readonly OptionRow[];
}

const since = "this agent";

/** Makes them. */
export function launchRows(texts: LaunchTexts): LaunchRows {
  return {
    relaunching: [
      {
        name: "relaunch",
        type: "choice",
        choices: ["never", "start", "infrastructure"],
        metavar: "CHOICE",
        default: "start",
        since,
        description: texts.relaunch,
      },
      {
        name: "launch-attempts",
        type: "integer",
        metavar: "N",
        unit: "attempts",
        default: "4",
        since,
        description: texts.launchAttempts,
      },
    ],
    deadlines: [
      seconds("claim-deadline", 90, "Longest time to claim a flow run; then the run is given back"),
      seconds("definition-deadline", 90, texts.definition),
      seconds("launch-deadline", 90, texts.launch),
      seconds("start-deadline", 900, texts.start),
      seconds("stop-deadline", 300, texts.stop),
    ],
    watching: [
      seconds(
        "reconcile-period",
        60,
        "Time between two searches for claims that no process works on any more",
      ),
      seconds("cancel-grace", 30, texts.cancelGrace),
    ],
  };
}

/** An option of this agent's own that takes a time. */
export function seconds(name: string, usual: number, description: string): OptionRow {
  return { name, type: "number", metavar: "SECONDS", unit: "s", default: String(usual), since, description };
}
