/**
 * `--agent-host`: the names that the health server answers to.
 *
 * @module
 */

import { isAddress, isHostName } from "../guard/host.ts";
import type { OptionRow, OptionValues } from "./option.ts";
import { listOf } from "./option_value.ts";
import { shownValue, usageError } from "./usage_error.ts";

/** Its row. */
export const agentHostRow: OptionRow = {
  name: "agent-host",
  type: "list",
  metavar: "NAME",
  default: "none",
  since: "this agent",
  description:
    "Name by which others reach `--agent-address`, such as that of a Prometheus target; addresses, " +
    "`localhost` and the host of `--agent-address` need none, `*` means every name",
};

/** Stands for every name. */
const EVERY_NAME = "*";

/**
 * The names in lower case, or `*`.
 *
 * @throws {FailureError} `usage`
 */
export function agentHosts(values: OptionValues): readonly string[] {
  return listOf(values, agentHostRow.name).map((typed) => {
    const name = typed.toLowerCase().replace(/(?<=.)\.$/, "").replace(/^\[(.*)\]$/, "$1");
    if (name === EVERY_NAME || isHostName(name) || isAddress(name)) return name;
    throw usageError(
      `Invalid value for '--${agentHostRow.name}': ${
        shownValue(typed)
      } is not a host name without scheme and port, ` +
        `such as agent.internal, nor '${EVERY_NAME}' for every name`,
    );
  });
}
