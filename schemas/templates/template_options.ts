/**
 * The options that say what flow runs may have the agent read for them.
 *
 * @module
 */

import { type HostPort, parseHostPort } from "../net/host_port.ts";
import type { OptionRow, OptionValues } from "../options/option.ts";
import { listOf } from "../options/option_value.ts";
import { shownValue, usageError } from "../options/usage_error.ts";
import { parsePlace, type TemplatePlace } from "./template_place.ts";

const since = "this agent";

/** Rows of the options. */
export const templateOptionRows: readonly OptionRow[] = [
  {
    name: "run-templates-from",
    type: "list",
    metavar: "PREFIX|none",
    default: "from everywhere",
    since,
    description:
      "Place that flow runs may name templates from: a folder, s3://bucket/prefix or https://host/; `none`: from nowhere",
    note: "What the operator's own options name may come from every place",
  },
  {
    name: "allow-template-address",
    type: "list",
    metavar: "HOST[:PORT]",
    default: "none",
    since,
    description:
      "Host that flow runs may name templates from although its address is loopback, link-local or the like",
  },
];

/** What flow runs may have read. */
export interface TemplateSettings {
  /** Null: from every place; empty: from none. */
  readonly places: readonly TemplatePlace[] | null;
  /** Hosts whose addresses are not judged. */
  readonly allowed: readonly HostPort[];
}

/** Settings of an agent that was given no option. */
export const defaultTemplateSettings: TemplateSettings = { places: null, allowed: [] };

/**
 * Reads the options.
 *
 * @throws {FailureError} `usage` that names the option, its value and what is accepted
 */
export function templateSettings(values: OptionValues): TemplateSettings {
  return {
    places: placesOf(listOf(values, "run-templates-from")),
    allowed: listOf(values, "allow-template-address").map((text) => {
      return parseHostPort(text) ?? refuse("allow-template-address", text, "HOST or HOST:PORT");
    }),
  };
}

function placesOf(given: readonly string[]): TemplateSettings["places"] {
  if (given.length === 0) return null;
  if (!given.includes("none")) return given.map(placeOf);
  if (given.every((text) => text === "none")) return [];
  return refuse("run-templates-from", "none", "the only value when it is given");
}

function placeOf(text: string): TemplatePlace {
  const accepted = "a folder, s3://bucket/prefix, https://host/path, http://host/path or none";
  return parsePlace(text) ?? refuse("run-templates-from", text, accepted);
}

function refuse(name: string, text: string, accepted: string): never {
  throw usageError(`Invalid value for '--${name}': ${shownValue(text)} is not ${accepted}`);
}
