/**
 * A flow run in a file, in the shape in which the Prefect 1 API gives it.
 *
 * @module
 */

import { FailureError } from "../failure/failure.ts";
import type { FlowRun } from "./flow_run.ts";
import { parseFlowRun } from "./rows.ts";

/**
 * Reads a flow run: a `flow_run` row, a list with one, or the whole answer of a query (`{data: {flow_run: […]}}`). What a
 * launch hardly depends on may be missing: version, state, and a storage other than Docker.
 *
 * @param name of the file, for messages
 * @throws {FailureError} `configuration` that names file and field
 */
export function parseFlowRunFile(text: string, name: string): FlowRun {
  const row = rowOf(jsonOf(text, name));
  const parsed = parseFlowRun(isRecord(row) ? completed(row) : row);
  if ("run" in parsed) return parsed.run;
  throw unreadable(name, parsed.malformed.message);
}

/** A run that is due, for files that hold only what a person would write. */
function completed(row: Readonly<Record<string, unknown>>): unknown {
  const flow = isRecord(row.flow) ? { storage: { type: "Local" }, ...row.flow } : row.flow;
  return { version: 0, serialized_state: { type: "Scheduled" }, ...row, flow };
}

function jsonOf(text: string, name: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ""));
  } catch {
    throw unreadable(name, "it is not JSON"); // the parser's own words quote what stands there
  }
}

/** Goes through the wrappings of an answer. */
function rowOf(value: unknown): unknown {
  if (Array.isArray(value)) return value[0];
  if (!isRecord(value)) return value;
  if ("data" in value) return rowOf(value.data);
  return "flow_run" in value ? rowOf(value.flow_run) : value;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function unreadable(name: string, problem: string): FailureError {
  const message = `Cannot read the flow run in ${name} (--flow-run-file): ${problem}`;
  return new FailureError({ tag: "configuration", field: "--flow-run-file", message });
}
