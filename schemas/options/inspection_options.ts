/**
 * The options of every command that runs machines, for looking at them.
 *
 * @module
 */

import { isLoopback } from "../guard/host.ts";
import type { OptionRow, OptionValues } from "./option.ts";
import { HIGHEST_PORT, isPort } from "./option_value.ts";
import { usageError } from "./usage_error.ts";

/** Where the inspector's page is served unless it is said otherwise; another port when this one is in use. */
export const DEFAULT_INSPECT = "127.0.0.1:9300";

/** How an address is written. */
export const INSPECT_METAVAR = "[HOST:]PORT";

/** The row of `--inspect-open`. */
export const inspectOpenRow: OptionRow = {
  name: "inspect-open",
  type: "flag",
  default: "off",
  since: "this agent",
  description:
    "Leave out the token of the inspector's page, on loopback only: everybody on this machine may read it",
};

/** Rows of the options. */
export const inspectionOptionRows: readonly OptionRow[] = [
  {
    name: "inspect",
    type: "text",
    metavar: INSPECT_METAVAR,
    bare: DEFAULT_INSPECT,
    default: "no page",
    since: "this agent",
    description: "Serve the inspector's page; `--inspect` alone: " +
      `${DEFAULT_INSPECT}, or a free port. The page requires the token of the address that is printed`,
  },
  inspectOpenRow,
  {
    name: "record",
    type: "text",
    metavar: "FILE",
    default: "no recording",
    since: "this agent",
    description:
      "Record events and states as JSON lines, for `inspect`, `trace` and `replay`; needs the task " +
      "`agent:record` and a file below `recordings/` in the folder of the program",
  },
  {
    name: "trace",
    type: "flag",
    default: "off",
    since: "this agent",
    description: "Print one line for each step of each run",
  },
  {
    name: "ui-url",
    type: "text",
    metavar: "URL",
    default: "none",
    since: "this agent",
    description: "Address of the Prefect UI, for links on the inspector's page",
  },
];

/** Where the inspector's page is served. */
export interface InspectAddress {
  readonly hostname: string;
  /** 0: any free port. */
  readonly port: number;
  /** The port was chosen for the user: a free one will do when it is in use. */
  readonly isDefault: boolean;
  /** Everybody who reaches the address may read the page, without a token. */
  readonly isOpen: boolean;
}

/** How the machines are looked at. */
export interface InspectionSettings {
  /** Null: no page. */
  readonly inspect: InspectAddress | null;
  /** Path of the recording, null: none. */
  readonly record: string | null;
  readonly trace: boolean;
  /** Address of the Prefect UI, null: unknown. */
  readonly uiUrl: string | null;
}

/**
 * Takes `HOST:PORT`, `[IPv6]:PORT` or `PORT` apart.
 *
 * @param how `option` that holds it, for messages, and whether `--inspect-open` was given
 * @throws {FailureError} `usage`
 */
export function parseInspectAddress(
  text: string,
  { option = "inspect", isOpen = false }: { readonly option?: string; readonly isOpen?: boolean } = {},
): InspectAddress {
  const [, host = "127.0.0.1", port = ""] = /^(?:(\[[^\]]+\]|[^:\s[\]]+):)?(\d+)$/.exec(text) ?? [];
  if (!isPort(port)) {
    throw usageError(
      `Invalid value for '--${option}': '${text}' is not HOST:PORT or PORT, with a port from 0 to ${HIGHEST_PORT}`,
    );
  }
  const hostname = host.replace(/^\[|\]$/g, "");
  if (isOpen && !isLoopback(hostname)) {
    throw usageError(
      `Invalid value for '--${option}': with --inspect-open the page is served on loopback only, ` +
        "such as 127.0.0.1:9300; leave out --inspect-open to serve it to others",
    );
  }
  return { hostname, port: Number(port), isDefault: text === DEFAULT_INSPECT, isOpen };
}

/**
 * Settings from the command line.
 *
 * @throws {FailureError} `usage`
 */
export function inspectionSettings(values: OptionValues): InspectionSettings {
  const { inspect, record, trace } = values;
  const uiUrl = values["ui-url"];
  const isOpen = values[inspectOpenRow.name] === true;
  return {
    inspect: typeof inspect === "string" ? parseInspectAddress(inspect, { isOpen }) : null,
    record: typeof record === "string" ? record : null,
    trace: trace === true,
    uiUrl: typeof uiUrl === "string" ? checkedUrl(uiUrl) : null,
  };
}

function checkedUrl(text: string): string {
  if (/^https?:\/\/[^\s]+$/.test(text)) return text;
  throw usageError("Invalid value for '--ui-url': it must start with http:// or https://");
}
