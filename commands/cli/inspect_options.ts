/**
 * The options of `inspect`.
 *
 * @module
 */

import {
  DEFAULT_INSPECT,
  INSPECT_METAVAR,
  type InspectAddress,
  inspectOpenRow,
  parseInspectAddress,
} from "../../schemas/options/inspection_options.ts";
import type { OptionRow, OptionValues } from "../../schemas/options/option.ts";
import { textOf } from "../../schemas/options/option_value.ts";

/** Their rows. */
export const inspectOptionRows: readonly OptionRow[] = [
  {
    name: "listen",
    type: "text",
    metavar: INSPECT_METAVAR,
    default: DEFAULT_INSPECT,
    since: "this agent",
    description: "Address to serve the page at; it requires the token of the address that is printed",
  },
  inspectOpenRow,
];

/** Where the page is served. @throws {FailureError} `usage` */
export function listenAddress(values: OptionValues): InspectAddress {
  return parseInspectAddress(textOf(values, "listen") ?? DEFAULT_INSPECT, {
    option: "listen",
    isOpen: values[inspectOpenRow.name] === true,
  });
}
