/** Rows of the inspector's table, made up. @module */

import type { RunRow } from "../../../../inspector/protocol/protocol.ts";

/** A run that is being claimed, with these members. */
export function someRow(id: string, members: Partial<RunRow> = {}): RunRow {
  return {
    id,
    name: `run ${id}`,
    flow: "orders",
    state: "claiming",
    sinceMs: 1000,
    adoptedMs: 0,
    attempt: 1,
    taskId: null,
    waitingFor: "the Prefect API to answer the claim",
    deadlineMs: null,
    outcome: null,
    end: null,
    failure: null,
    ...members,
  };
}
