/**
 * Whether the storage of a flow is one that Prefect 1 knows.
 *
 * @module
 */

import { badFlowRun } from "../flow_run/bad_flow_run.ts";
import type { FlowRun } from "./flow_run.ts";

/** Storage types that Prefect knows. @see Prefect 1.4.1 `prefect/serialization/storage.py` */
export const STORAGES: readonly string[] = [
  "Azure",
  "Bitbucket",
  "CodeCommit",
  "Docker",
  "GCS",
  "Git",
  "GitHub",
  "GitLab",
  "Local",
  "Module",
  "S3",
  "Storage",
  "Webhook",
];

/**
 * Refuses a flow whose storage cannot be read: its run could not load the flow either.
 *
 * @throws {FailureError} `badFlowRun`, naming the known types
 */
export function checkStorage(run: FlowRun): void {
  const type = run.flow.storage?.type;
  if (typeof type === "string" && STORAGES.includes(type)) return;
  const found = typeof type === "string" ? `its type ${type} is unknown` : "it has no type";
  throw badFlowRun(run, "storage", `cannot be read: ${found}; known types are ${STORAGES.join(", ")}`);
}
