/**
 * Deletes objects, and what belongs to them.
 *
 * @see "Garbage Collection" and "Finalizers" in the Kubernetes documentation
 * @module
 */

import type { JsonObject } from "../../../schemas/json/json.ts";
import { listItems, mapping } from "../../../schemas/json/shape.ts";
import { isDeleting, moment, ownersOf, type Place, placeOf, uidOf, withMeta } from "../objects/meta.ts";
import { RESOURCES } from "../objects/resources.ts";
import type { ObjectStore } from "../objects/store.ts";
import { isFinished } from "./job_controller.ts";
import { nodeOf } from "./scheduler.ts";

/** What becomes of the objects that belong to a deleted one. */
export type Propagation = "Foreground" | "Background" | "Orphan";

/** How an object is deleted. */
export interface Deletion {
  readonly propagation: Propagation;
  /** Time for a pod to end, in seconds; null: its own. */
  readonly graceS: number | null;
  readonly nowMs: number;
}

/** Holds an object until what belongs to it is gone. */
const FOREGROUND = "foregroundDeletion";

/** Time for a pod to end that names none, in seconds. */
const USUAL_GRACE_S = 30;

/** An object with the table it is in. */
interface Stored {
  readonly table: string;
  readonly object: JsonObject;
}

function dependents(store: ObjectStore, uid: string): readonly Stored[] {
  return RESOURCES.flatMap(({ plural: table }) =>
    store.all(table).filter((object) => ownersOf(object).includes(uid)).map((object) => ({ table, object }))
  );
}

/** Deletes an object. A pod that runs ends first. @returns it as it is now; undefined: it is gone */
export function remove(
  store: ObjectStore,
  table: string,
  place: Place,
  deletion: Deletion,
): JsonObject | undefined {
  const object = store.get(table, place);
  if (object === undefined) return undefined;
  if (table === "pods") return removePod(store, object, deletion);
  const all = dependents(store, uidOf(object));
  if (deletion.propagation === "Foreground" && all.length > 0) {
    if (isDeleting(object)) return object;
    const marked = withMeta(object, { deletionTimestamp: moment(deletion.nowMs), finalizers: [FOREGROUND] });
    store.put(table, marked);
    for (const each of all) remove(store, each.table, placeOf(each.object), deletion);
    return store.get(table, place);
  }
  if (deletion.propagation === "Orphan") {
    for (const each of all) store.put(each.table, withoutOwner(each.object, uidOf(object)));
  }
  // What belongs to it follows once it is gone, see `afterDrop`.
  store.drop(table, place);
  return undefined;
}

function withoutOwner(object: JsonObject, uid: string): JsonObject {
  const owners = listItems(mapping(object["metadata"])["ownerReferences"]);
  return withMeta(object, { ownerReferences: owners.filter((owner) => mapping(owner)["uid"] !== uid) });
}

function removePod(store: ObjectStore, pod: JsonObject, { graceS, nowMs }: Deletion): JsonObject | undefined {
  const seconds = graceS ?? graceOf(pod);
  if (isFinished(pod) || nodeOf(pod) === "" || seconds === 0) {
    store.drop("pods", placeOf(pod));
    return undefined;
  }
  if (isDeleting(pod)) return pod;
  const deletionTimestamp = moment(nowMs + 1000 * seconds);
  return store.put("pods", withMeta(pod, { deletionTimestamp, deletionGracePeriodSeconds: seconds }));
}

/** Time that a pod has to end, in seconds. */
export function graceOf(pod: JsonObject): number {
  const marked = mapping(pod["metadata"])["deletionGracePeriodSeconds"];
  const own = mapping(pod["spec"])["terminationGracePeriodSeconds"];
  const seconds = marked ?? own;
  return typeof seconds === "number" && seconds >= 0 ? seconds : USUAL_GRACE_S;
}

/** After an object is gone: what belonged to it goes, and so do owners that only waited for it. */
export function afterDrop(store: ObjectStore, object: JsonObject, nowMs: number): void {
  const deletion: Deletion = { propagation: "Background", graceS: null, nowMs };
  for (const each of dependents(store, uidOf(object))) {
    remove(store, each.table, placeOf(each.object), deletion);
  }
  for (const { plural: table } of RESOURCES) {
    for (const owner of store.all(table).filter((one) => ownersOf(object).includes(uidOf(one)))) {
      const isHeld = listItems(mapping(owner["metadata"])["finalizers"]).includes(FOREGROUND);
      if (isHeld && dependents(store, uidOf(owner)).length === 0) store.drop(table, placeOf(owner));
    }
  }
}
