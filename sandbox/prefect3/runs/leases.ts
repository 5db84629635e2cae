/**
 * Slots of limits of deployments, and the leases under which runs hold them.
 *
 * @module
 */

import { mapping } from "../../../schemas/json/shape.ts";
import type { SlotChange } from "../../../schemas/prefect3/state_rules/transition.ts";
import { momentText } from "../store/moments.ts";
import type { Doc, Store } from "../store/store.ts";
import type { Serving } from "../wire/serving.ts";

const SECOND = 1_000_000;

/** Whether a lease has neither ended nor been given back. */
export function isLiving(store: Store, lease: string): boolean {
  const found = store.get("lease", lease);
  return found !== null && String(found["expires"]) > store.stamp();
}

/** Stores what became of slots. @param deployment of the run; null: it has none */
export function changeSlots(serving: Serving, deployment: Doc | null, changes: readonly SlotChange[]): void {
  for (const change of changes) changeSlot(serving, deployment, change);
}

function changeSlot(serving: Serving, deployment: Doc | null, change: SlotChange): void {
  const { store } = serving;
  const limit = limitOf(store, deployment);
  switch (change.kind) {
    case "taken":
      if (limit === null) return;
      count(store, limit.id, 1);
      store.insert("lease", { id: change.lease, limit_id: limit.id, expires: end(serving, deployment) });
      return;
    case "renewed":
      return renew(store, change.lease, end(serving, deployment));
    case "freed":
      return free(store, change.lease, limit);
    case "forgotten":
      return store.remove("lease", change.lease);
  }
}

function free(store: Store, lease: string | null, limit: Doc | null): void {
  const held = lease === null ? null : store.get("lease", lease);
  if (held === null) {
    if (limit !== null) count(store, limit.id, -1);
    return;
  }
  store.remove("lease", held.id);
  count(store, String(held["limit_id"]), -1);
}

/** Gives back the slots of leases that have ended. */
export function sweepLeases(store: Store): void {
  for (const lease of store.docs("SELECT doc FROM lease WHERE expires <= ?", store.stamp())) {
    store.remove("lease", lease.id);
    count(store, String(lease["limit_id"]), -1);
  }
}

/** Lets a lease last longer. @returns whether it lives */
export function renewLease(store: Store, lease: string, seconds: number): boolean {
  if (!isLiving(store, lease)) return false;
  renew(store, lease, momentText(store.micros() + seconds * SECOND));
  return true;
}

function renew(store: Store, id: string, expires: string): void {
  const lease = store.get("lease", id);
  if (lease !== null) store.update("lease", lease, { expires });
}

/** The limit of a deployment; null: none. */
export function limitOf(store: Store, deployment: Doc | null): Doc | null {
  const id = deployment?.["concurrency_limit_id"];
  return typeof id === "string" ? store.get("concurrency_limit", id) : null;
}

function count(store: Store, limitId: string, by: number): void {
  const limit = store.get("concurrency_limit", limitId);
  if (limit === null) return;
  store.update("concurrency_limit", limit, {
    active_slots: Math.max(0, Number(limit["active_slots"] ?? 0) + by),
  });
}

function end({ store, periods }: Serving, deployment: Doc | null): string {
  const given = mapping(deployment?.["concurrency_options"])["grace_period_seconds"];
  const seconds = typeof given === "number" ? given : periods.deploymentLease;
  return momentText(store.micros() + seconds * SECOND);
}
