/**
 * The objects of one namespace, listed page by page and watched from a version on, as the sandbox's cluster keeps them.
 *
 * @module
 */

import { systemClock } from "../../actors/time/system_clock.ts";
import { watchAnswer } from "../../sandbox/kubernetes/api/streams.ts";
import { pageOf } from "../../sandbox/kubernetes/objects/pages.ts";
import { labelSelector } from "../../sandbox/kubernetes/objects/selectors.ts";
import { createObjectStore } from "../../sandbox/kubernetes/objects/store.ts";
import type { JsonObject } from "../../schemas/json/json.ts";
import type { Args } from "./shared.ts";

/** What is kept. */
export type Kind = "jobs" | "pods" | "events";

const NAMESPACE = "default";

const TYPES: Readonly<Record<Kind, JsonObject>> = {
  jobs: { kind: "Job", apiVersion: "batch/v1" },
  pods: { kind: "Pod", apiVersion: "v1" },
  events: { kind: "Event", apiVersion: "v1" },
};

/** They are objects of the fake's own making, or were read from JSON. */
function json(object: Args): JsonObject {
  return object as JsonObject;
}

/** The objects of one namespace. */
export class WatchedObjects {
  readonly #store = createObjectStore();

  /** The object of a name. */
  get(kind: Kind, name: string): Args | undefined {
    return this.#store.get(kind, { namespace: NAMESPACE, name });
  }

  /** Puts an object there, or changes it. @returns it with its version */
  put(kind: Kind, object: Args): Args {
    return this.#store.put(kind, json(object));
  }

  /** Takes an object away. */
  drop(kind: Kind, name: string): void {
    this.#store.drop(kind, { namespace: NAMESPACE, name });
  }

  /** One page of a list, as `limit` and `continue` ask for it. */
  page(kind: Kind, query: URLSearchParams): Args {
    const selected = this.#store.all(kind).filter(labelSelector(query.get("labelSelector") ?? ""));
    const { items, metadata } = pageOf(
      selected,
      { limit: Number(query.get("limit") ?? 0), next: query.get("continue") ?? "" },
      { newest: this.#store.version(), oldest: this.#store.oldest() },
    );
    return { kind: "List", apiVersion: "v1", metadata, items };
  }

  /** Tells changes line by line, for as long as `timeoutSeconds` says. */
  watch(kind: Kind, query: URLSearchParams): Response {
    return watchAnswer(
      {
        table: kind,
        selects: labelSelector(query.get("labelSelector") ?? ""),
        shown: (object) => object,
        type: TYPES[kind],
        from: query.get("resourceVersion") ?? "",
        sendsInitial: false,
      },
      { timeoutS: Number(query.get("timeoutSeconds") ?? 0), wantsBookmarks: true },
      { store: this.#store, clock: systemClock },
    );
  }
}
