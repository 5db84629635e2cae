/**
 * What each verb does to the objects of a cluster.
 *
 * @see "Kubernetes API Concepts": API verbs, dry-run, deleting resources
 * @module
 */

import { isJsonObject, type Json, type JsonObject } from "../../../schemas/json/json.ts";
import { listItems, mapping } from "../../../schemas/json/shape.ts";
import { addAccount, type Cluster } from "../cluster.ts";
import { type Deletion, type Propagation, remove } from "../control/garbage.ts";
import { placeOf, uidOf, withMeta } from "../objects/meta.ts";
import { pageOf } from "../objects/pages.ts";
import { alreadyExists, conflict, type Named, notFound, Refusal } from "../objects/refusal.ts";
import { groupVersion, RESOURCES } from "../objects/resources.ts";
import { fieldSelector, labelSelector, type Selects } from "../objects/selectors.ts";
import { admitted, checkAdmitted, withoutClearText } from "./admission.ts";
import type { Call } from "./call.ts";
import { patched } from "./merge.ts";

/** An answer that is no stream. */
export interface Answer {
  readonly status: number;
  /** One object. */
  readonly object: JsonObject;
}

/** A list, before it is shown as one. */
export interface Listed {
  readonly items: readonly JsonObject[];
  readonly metadata: JsonObject;
}

/** The object of a call, as refusals name it. */
export function namedBy({ resource: { plural, group }, name }: Call): Named {
  return { plural, group, name };
}

/** The object that a call names. @throws {Refusal} `NotFound` */
export function found({ store }: Cluster, call: Call): JsonObject {
  const { resource, namespace, name } = call;
  const object = store.get(resource.plural, { namespace, name });
  if (object === undefined) throw notFound(namedBy(call));
  return object;
}

/** What a list or a watch selects. @throws {Refusal} `BadRequest` */
export function selectsOf({ resource, namespace, name, query }: Call): Selects {
  const byLabel = labelSelector(query.get("labelSelector") ?? "");
  const byField = fieldSelector(query.get("fieldSelector") ?? "", resource.plural);
  return (object) => {
    const place = placeOf(object);
    const isThere = namespace === "" || place.namespace === namespace;
    return isThere && (name === "" || place.name === name) && byLabel(object) && byField(object);
  };
}

/** Lists. @throws {Refusal} */
export function list({ store }: Cluster, call: Call): Listed {
  const { query, resource } = call;
  const limit = Number(query.get("limit") ?? 0);
  return pageOf(
    store.all(resource.plural).filter(selectsOf(call)),
    { limit: Number.isInteger(limit) && limit > 0 ? limit : 0, next: query.get("continue") ?? "" },
    { newest: store.version(), oldest: store.oldest() },
  );
}

/** Whether nothing is to be kept of what a call does. @param options of a deletion */
function isDry({ query }: Call, options: Json = null): boolean {
  return query.getAll("dryRun").includes("All") || listItems(mapping(options)["dryRun"]).includes("All");
}

/** Makes an object. @throws {Refusal} `AlreadyExists`, `Invalid`, `BadRequest`, `NotFound` for its namespace */
export function create(cluster: Cluster, call: Call, body: Json): Answer {
  const { store, newUid, newSuffix, clock } = cluster;
  const { resource, namespace } = call;
  if (!isJsonObject(body)) throw unreadable();
  if (resource.namespaced && store.get("namespaces", { namespace: "", name: namespace }) === undefined) {
    throw notFound({ plural: "namespaces", group: "", name: namespace });
  }
  const birth = { uid: newUid(), suffix: newSuffix(), nowMs: clock.now() };
  const object = admitted(body, namespace, resource, birth);
  const place = placeOf(object);
  if (store.get(resource.plural, place) !== undefined) {
    throw alreadyExists({ plural: resource.plural, group: resource.group, name: place.name });
  }
  if (isDry(call)) return { status: 201, object };
  const stored = store.put(resource.plural, object);
  if (resource.plural === "namespaces") addAccount(cluster, place.name);
  return { status: 201, object: stored };
}

function unreadable(): Refusal {
  return new Refusal("BadRequest", "the body of the request is no JSON object");
}

/** Puts an object in the place of one that is there. @throws {Refusal} */
export function update(cluster: Cluster, call: Call, body: Json): Answer {
  if (!isJsonObject(body)) throw unreadable();
  return changed(cluster, call, found(cluster, call), body);
}

/** Changes an object; server-side apply makes one that is not there. @throws {Refusal} */
export function patch(
  cluster: Cluster,
  call: Call,
  { body, type }: { readonly body: Json; readonly type: string },
) {
  const { resource, namespace, name } = call;
  const isApply = type === "application/apply-patch+yaml";
  const isThere = cluster.store.get(resource.plural, { namespace, name }) !== undefined;
  if (isApply && !isThere) return create(cluster, call, body);
  const object = found(cluster, call);
  return changed(cluster, call, object, patched(object, body, type));
}

function changed(cluster: Cluster, call: Call, before: JsonObject, after: JsonObject): Answer {
  const { resource, sub, name, namespace } = call;
  const { resourceVersion } = mapping(after["metadata"]);
  const own = mapping(before["metadata"]);
  if (
    typeof resourceVersion === "string" && resourceVersion !== "" &&
    resourceVersion !== own["resourceVersion"]
  ) {
    throw conflict(
      namedBy(call),
      "the object has been modified; please apply your changes to the latest version and try again",
    );
  }
  // What the server sets stays as it is; the status has a path of its own.
  const { uid, creationTimestamp, deletionTimestamp, generation } = own;
  const isSpecChanged = JSON.stringify(before["spec"]) !== JSON.stringify(after["spec"]);
  const isStatus = sub === "status";
  const object = withMeta(
    isStatus ? { ...before, status: after["status"] } : { ...after, ...statusIn(before) },
    {
      ...(resource.namespaced ? { namespace } : {}),
      name,
      uid,
      creationTimestamp,
      deletionTimestamp,
      generation: typeof generation === "number" && isSpecChanged ? generation + 1 : generation,
    },
  );
  const whole = resource.plural === "secrets" ? withoutClearText(object) : object;
  const typed = { ...whole, apiVersion: groupVersion(resource), kind: resource.kind };
  checkAdmitted(typed, resource);
  if (isDry(call)) return { status: 200, object: typed };
  return { status: 200, object: cluster.store.put(resource.plural, typed) };
}

function statusIn({ status }: JsonObject): JsonObject {
  return status === undefined ? {} : { status };
}

/** Deletes one object. @throws {Refusal} `NotFound`, `Conflict` for a precondition that does not hold */
export function removeOne(cluster: Cluster, call: Call, body: Json): Answer {
  const object = found(cluster, call);
  checkPreconditions(object, call, mapping(mapping(body)["preconditions"]));
  if (isDry(call, body)) return { status: 200, object };
  const left = removeObject(cluster, call, { object, body });
  return { status: 200, object: left ?? success(object, call) };
}

/** Deletes what is selected. @throws {Refusal} */
export function removeAll(cluster: Cluster, call: Call, body: Json): Listed {
  const listed = list(cluster, call);
  if (isDry(call, body)) return listed;
  for (const object of listed.items) removeObject(cluster, call, { object, body });
  return listed;
}

function removeObject(
  cluster: Cluster,
  call: Call,
  { object, body }: { readonly object: JsonObject; readonly body: Json },
): JsonObject | undefined {
  const { store } = cluster;
  const { resource } = call;
  const deletion = deletionOf(cluster, call, body);
  const left = remove(store, resource.plural, placeOf(object), deletion);
  if (resource.plural === "namespaces") empty(cluster, placeOf(object).name, deletion);
  return left;
}

/** Everything in a namespace goes with it. */
function empty({ store }: Cluster, namespace: string, deletion: Deletion): void {
  for (const { plural, namespaced } of RESOURCES) {
    const inside = namespaced ? store.all(plural).filter((one) => placeOf(one).namespace === namespace) : [];
    for (const object of inside) {
      remove(store, plural, placeOf(object), { ...deletion, propagation: "Background" });
    }
  }
}

const PROPAGATIONS: readonly Propagation[] = ["Foreground", "Background", "Orphan"];

function deletionOf({ clock }: Cluster, { resource, query }: Call, body: Json): Deletion {
  const { propagationPolicy, gracePeriodSeconds } = mapping(body);
  const asked = propagationPolicy ?? query.get("propagationPolicy");
  const grace = gracePeriodSeconds ?? query.get("gracePeriodSeconds");
  // Jobs leave their pods behind where nothing is said, as they did before there was a garbage collector.
  const usual = resource.plural === "jobs" ? "Orphan" : "Background";
  return {
    propagation: PROPAGATIONS.find((known) => known === asked) ?? usual,
    graceS: grace === null || grace === undefined ? null : Math.max(0, Number(grace) || 0),
    nowMs: clock.now(),
  };
}

function checkPreconditions(object: JsonObject, call: Call, { uid, resourceVersion }: JsonObject): void {
  const version = mapping(object["metadata"])["resourceVersion"];
  if (uid !== undefined && uid !== uidOf(object)) {
    throw conflict(
      namedBy(call),
      `Precondition failed: UID in precondition: ${String(uid)}, UID in object meta: ${uidOf(object)}`,
    );
  }
  if (resourceVersion !== undefined && resourceVersion !== version) {
    throw conflict(
      namedBy(call),
      `Precondition failed: ResourceVersion in precondition: ${String(resourceVersion)}, in object meta: ${
        String(version)
      }`,
    );
  }
}

function success(object: JsonObject, { resource: { group, plural } }: Call): JsonObject {
  const details = {
    name: placeOf(object).name,
    ...(group === "" ? {} : { group }),
    kind: plural,
    uid: uidOf(object),
  };
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details };
}
