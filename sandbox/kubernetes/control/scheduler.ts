/**
 * Whether a pod finds a place on a node, and why not. Pure.
 *
 * @see "Assigning Pods to Nodes" in the Kubernetes documentation
 * @module
 */

import type { JsonObject } from "../../../schemas/json/json.ts";
import { listItems, mapping, mappings } from "../../../schemas/json/shape.ts";
import { podRequests, unitsOf } from "../../../schemas/kubernetes/job/requests.ts";
import { labelsOf, placeOf } from "../objects/meta.ts";
import { isFinished } from "./job_controller.ts";

/** Where a pod goes. */
export type Scheduling =
  | { readonly node: string }
  /** Why no node takes it, in the words of the scheduler. */
  | { readonly refusal: string };

/**
 * Looks for a place.
 *
 * @param pods all pods: those with a node take room there until they end
 */
export function schedule(
  pod: JsonObject,
  nodes: readonly JsonObject[],
  pods: readonly JsonObject[],
): Scheduling {
  const reasons: string[] = [];
  for (const node of nodes) {
    const found = obstacles(pod, node, pods.filter((one) => nodeOf(one) === placeOf(node).name));
    if (found.length === 0) return { node: placeOf(node).name };
    reasons.push(...found);
  }
  const told = [...Map.groupBy(reasons, (reason) => reason)].map(([reason, all]) =>
    `${all.length} ${reason}`
  );
  const all = `0/${nodes.length} nodes are available`;
  const isRoom = reasons.every((reason) => ROOM.test(reason));
  const preemption = isRoom
    ? `${nodes.length} No preemption victims found for incoming pod.`
    : `${nodes.length} Preemption is not helpful for scheduling.`;
  return { refusal: `${all}: ${told.toSorted().join(", ")}. preemption: ${all}: ${preemption}` };
}

/** Room that another pod takes. */
const ROOM = /^Insufficient |^Too many pods/;

/** The node of a pod; empty: it has none. */
export function nodeOf(pod: JsonObject): string {
  const { nodeName } = mapping(pod["spec"]);
  return typeof nodeName === "string" ? nodeName : "";
}

function obstacles(pod: JsonObject, node: JsonObject, onNode: readonly JsonObject[]): readonly string[] {
  if (!isChosen(pod, node)) return ["node(s) didn't match Pod's node affinity/selector"];
  const room = mapping(mapping(node["status"])["allocatable"]);
  const live = onNode.filter((one) => !isFinished(one));
  const taken = live.map((one) => podRequests(mapping(one["spec"])));
  const full = BigInt(live.length) >= unitsOf("pods", room["pods"]) ? ["Too many pods"] : [];
  const short = [...podRequests(mapping(pod["spec"]))].filter(([name, wanted]) => {
    const used = taken.reduce((sum, requests) => sum + (requests.get(name) ?? 0n), 0n);
    return wanted > 0n && used + wanted > unitsOf(name, room[name]);
  });
  return [...full, ...short.map(([name]) => `Insufficient ${name}`)];
}

function isChosen(pod: JsonObject, node: JsonObject): boolean {
  const { nodeSelector, affinity } = mapping(pod["spec"]);
  const labels = labelsOf(node);
  if (!Object.entries(mapping(nodeSelector)).every(([name, value]) => labels[name] === value)) return false;
  const { requiredDuringSchedulingIgnoredDuringExecution: required } = mapping(
    mapping(affinity)["nodeAffinity"],
  );
  const terms = mappings(mapping(required)["nodeSelectorTerms"]);
  return terms.length === 0 ||
    terms.some((term) => mappings(term["matchExpressions"]).every((one) => fits(one, labels)));
}

/** What does not exist is in no list. */
function fits({ key, operator, values }: JsonObject, labels: JsonObject): boolean {
  const label = labels[String(key)];
  const isIn = label !== undefined && listItems(values).includes(label);
  switch (operator) {
    case "In":
      return isIn;
    case "NotIn":
      return !isIn;
    case "Exists":
      return label !== undefined;
    case "DoesNotExist":
      return label === undefined;
    default: {
      const [least] = listItems(values);
      return operator === "Gt"
        ? Number(label) > Number(least)
        : operator === "Lt" && Number(label) < Number(least);
    }
  }
}
