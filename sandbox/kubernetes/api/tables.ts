/**
 * Objects as rows of a table, which is how kubectl asks for what it prints.
 *
 * @see "Kubernetes API Concepts": receiving resources as Tables
 * @module
 */

import type { Json, JsonObject } from "../../../schemas/json/json.ts";
import { mapping, mappings } from "../../../schemas/json/shape.ts";
import { isDeleting, msOf, placeOf } from "../objects/meta.ts";

/** A column: its title, and what stands in it. */
type Column = readonly [title: string, cell: (object: JsonObject, nowMs: number) => Json];

const NAME: Column = ["Name", (object) => placeOf(object).name];
const AGE: Column = [
  "Age",
  (object, nowMs) => sinceText(msOf(mapping(object["metadata"])["creationTimestamp"]), nowMs),
];

const COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  jobs: [
    NAME,
    ["Status", jobStatus],
    ["Completions", ({ spec, status }) => `${count(status, "succeeded")}/${count(spec, "completions", 1)}`],
    ["Duration", ({ status }, nowMs) => {
      const { startTime, completionTime } = mapping(status);
      return sinceText(msOf(startTime), msOf(completionTime) ?? nowMs);
    }],
    AGE,
  ],
  pods: [
    NAME,
    ["Ready", ({ spec, status }) => {
      const ready = mappings(mapping(status)["containerStatuses"]).filter((one) => one["ready"] === true);
      return `${ready.length}/${mappings(mapping(spec)["containers"]).length}`;
    }],
    ["Status", podStatus],
    [
      "Restarts",
      ({ status }) =>
        mappings(mapping(status)["containerStatuses"]).reduce(
          (sum, one) => sum + count(one, "restartCount"),
          0,
        ),
    ],
    AGE,
  ],
  events: [
    [
      "Last Seen",
      (event, nowMs) => sinceText(msOf(event["lastTimestamp"]) ?? msOf(event["eventTime"]), nowMs),
    ],
    ["Type", ({ type = "" }) => type],
    ["Reason", ({ reason = "" }) => reason],
    ["Object", ({ involvedObject }) => {
      const { kind, name } = mapping(involvedObject);
      return `${String(kind ?? "").toLowerCase()}/${String(name ?? "")}`;
    }],
    ["Message", ({ message = "" }) => message],
  ],
  deployments: [
    NAME,
    ["Ready", ({ spec, status }) => `${count(status, "readyReplicas")}/${count(spec, "replicas", 1)}`],
    AGE,
  ],
  nodes: [NAME, ["Status", () => "Ready"], AGE],
  namespaces: [NAME, ["Status", ({ status }) => mapping(status)["phase"] ?? "Active"], AGE],
};

/** Whether a request asks for a table. @param accept the header */
export function wantsTable(accept: string): boolean {
  const [first = ""] = accept.split(",");
  return /;\s*as=Table\b/.test(first) && first.includes("meta.k8s.io");
}

/**
 * The table of some objects.
 *
 * @param metadata that of the list
 */
export function tableOf(
  plural: string,
  objects: readonly JsonObject[],
  { metadata, nowMs }: { readonly metadata: JsonObject; readonly nowMs: number },
): JsonObject {
  const columns = COLUMNS[plural] ?? [NAME, AGE];
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata,
    columnDefinitions: columns.map(([name]) => ({
      name,
      type: "string",
      format: name === "Name" ? "name" : "",
      description: name,
      priority: 0,
    })),
    rows: objects.map((object) => ({
      cells: columns.map(([, cell]) => cell(object, nowMs)),
      object: {
        kind: "PartialObjectMetadata",
        apiVersion: "meta.k8s.io/v1",
        metadata: object["metadata"] ?? {},
      },
    })),
  };
}

function count(holder: Json | undefined, name: string, otherwise = 0): number {
  const value = mapping(holder)[name];
  return typeof value === "number" ? value : otherwise;
}

function jobStatus(job: JsonObject): string {
  const { conditions } = mapping(job["status"]);
  const held = new Set(
    mappings(conditions).filter(({ status }) => status === "True").map(({ type }) => type),
  );
  if (held.has("Complete")) return "Complete";
  if (held.has("Failed")) return "Failed";
  if (isDeleting(job)) return "Terminating";
  if (held.has("Suspended")) return "Suspended";
  return held.has("FailureTarget") ? "FailureTarget" : "Running";
}

/** The most telling of phase and reasons, as kubectl shows it. */
function podStatus(pod: JsonObject): string {
  const { phase, reason, containerStatuses } = mapping(pod["status"]);
  if (isDeleting(pod)) return "Terminating";
  const reasons = mappings(containerStatuses).flatMap(({ state }) => {
    const { waiting, terminated } = mapping(state);
    const told = mapping(waiting ?? terminated)["reason"];
    return typeof told === "string" ? [told] : [];
  });
  return reasons.at(0) ?? String(reason ?? phase ?? "Unknown");
}

const UNITS = [["d", 86_400], ["h", 3600], ["m", 60]] as const;

/** A time span in its largest unit. */
function sinceText(fromMs: number | null, toMs: number): string {
  if (fromMs === null) return "";
  const seconds = Math.max(0, Math.floor((toMs - fromMs) / 1000));
  const [unit, size] = UNITS.find(([, least]) => seconds >= 2 * least) ?? ["s", 1];
  return `${Math.floor(seconds / size)}${unit}`;
}
