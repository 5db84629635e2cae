/**
 * Labels of a run, before they are cleaned for AWS: the worker's own, then those of the user, who may replace them.
 *
 * @module
 */

import type { Json } from "../../../schemas/json/json.ts";
import { kindOf } from "../../../schemas/json/shape.ts";
import { shortened } from "../../../schemas/options/near_name.ts";
import type { FlowRun } from "../../../schemas/prefect3/flow_run.ts";
import { PREFECT_RELEASE } from "../../../schemas/prefect3/release.ts";
import type { WorkerFacts } from "../worker_facts.ts";
import { type Members, objectMember } from "./members.ts";
import { refusal } from "./place.ts";
import { deploymentOf } from "./variables.ts";

/** The worker's own labels, in their order. */
export function ownLabels(run: FlowRun, worker: WorkerFacts): Readonly<Record<string, string>> {
  const deployment = deploymentOf(run);
  const rows: readonly (readonly [string, string | null])[] = [
    ["flow-run-id", run.id],
    ["flow-run-name", run.name],
    ["version", PREFECT_RELEASE],
    ["work-pool-name", run.pool.name],
    ["work-pool-id", run.pool.id],
    ["worker-name", worker.name],
    ["flow-id", run.flowName === null ? null : run.flowId],
    ["flow-name", run.flowName],
    ["deployment-id", deployment && deployment.id],
    ["deployment-name", deployment && deployment.name],
    ["deployment-updated", deployment && deployment.updated && pythonTime(deployment.updated)],
  ];
  const given = rows.filter((row): row is [string, string] => row[1] !== null);
  return Object.fromEntries(given.map(([name, value]) => [`prefect.io/${name}`, value]));
}

/**
 * All labels. Labels that are null are left out.
 *
 * @throws {FailureError} `badFlowRun` where a label is no text
 */
export function labelsOf(
  run: FlowRun,
  worker: WorkerFacts,
  members: Members,
): Readonly<Record<string, string>> {
  const given = objectMember(members, "labels");
  const labels = Object.entries(given).flatMap(([name, value]): [string, string][] => {
    if (value === undefined || value === null) return [];
    return [[name, labelText(run, name, value)]];
  });
  return { ...ownLabels(run, worker), ...Object.fromEntries(labels) };
}

function labelText(run: FlowRun, name: string, value: Json): string {
  if (typeof value === "string") return value;
  throw refusal(run, `labels.${shortened(name)}`, `is ${kindOf(value)}, but must be text or null`);
}

const TIME = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?\s*(Z|[+-]\d\d:?\d\d)?$/i;

/** A moment as Python's `isoformat()` writes it in UTC: `2026-01-02T03:04:05.678901+00:00`; other texts stay. */
export function pythonTime(text: string): string {
  const [, day, clock, fraction = "", zone = "Z"] = TIME.exec(text) ?? [];
  if (day === undefined || clock === undefined) return text;
  const moment = new Date(`${day}T${clock}${zone.toUpperCase()}`);
  if (Number.isNaN(moment.getTime())) return text;
  const micros = fraction.padEnd(6, "0").slice(0, 6);
  return `${moment.toISOString().slice(0, 19)}${micros === "000000" ? "" : `.${micros}`}+00:00`;
}
