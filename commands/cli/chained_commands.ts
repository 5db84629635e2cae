/**
 * The original's commands that set what an agent needs, and that people chain in front of it.
 *
 * @module
 */

import type { OptionRow } from "../../schemas/options/option.ts";
import { textOf } from "../../schemas/options/option_value.ts";
import { usageError } from "../../schemas/options/usage_error.ts";
import type { Subcommand } from "./subcommand.ts";

const loginOptionRows: readonly OptionRow[] = [
  { name: "key", short: "k", type: "text", metavar: "KEY", since: "0.15.0", description: "API key" },
  { name: "token", short: "t", type: "text", metavar: "TOKEN", since: "0.6.2", description: "Legacy token" },
];

/** Both end with 0 where the setting is there already, else with 2: this program saves no settings. */
export const CHAINED_COMMANDS: readonly Subcommand[] = [
  {
    path: ["backend"],
    about: "Compare with PREFECT__BACKEND, which this program does not change",
    options: [],
    places: [["<backend>", "cloud or server"]],
    understand: (_, [wanted = ""]) => ({ kind: "confirm", setting: { what: "backend", wanted } }),
  },
  {
    path: ["auth", "login"],
    about: "Compare with PREFECT__CLOUD__API_KEY, which this program does not save",
    options: loginOptionRows,
    understand: (values) => {
      const key = textOf(values, "key");
      const wanted = key ?? textOf(values, "token");
      if (wanted === null) {
        throw usageError(
          "Missing key after `auth login`: give --key, or set PREFECT__CLOUD__API_KEY instead",
        );
      }
      return { kind: "confirm", setting: { what: key === null ? "token" : "key", wanted } };
    },
  },
];
