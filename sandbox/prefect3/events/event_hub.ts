/**
 * Events of the API: kept, and told to whoever listens.
 *
 * @module
 */

import type { JsonObject } from "../../../schemas/json/json.ts";
import type { Store } from "../store/store.ts";
import { isDone, type Logged } from "../wire/trouble.ts";
import { type EventFilter, isWanted } from "./event_filter.ts";

/** Hears of events. */
export type EventListener = (event: JsonObject) => void;

/** Events of one server. */
export interface EventHub {
  /** Keeps an event and tells it, unless the transaction that it is part of fails. */
  readonly tell: (event: JsonObject) => void;
  /** Hears events that are told from now on. @returns ends it */
  readonly listen: (filter: EventFilter, listener: EventListener) => () => void;
  /** The newest events of before, oldest first. */
  readonly before: (filter: EventFilter) => readonly JsonObject[];
  /** Drops the oldest beyond what is kept. */
  readonly sweep: () => void;
}

/** So many events are kept. */
const KEPT = 10_000;

/** So many of them a subscriber may ask for. */
const MOST_BEFORE = 1000;

/** Nobody listens yet. */
export function makeEventHub(
  { store, log }: Logged & { readonly store: Store },
): EventHub {
  const listeners = new Map<symbol, readonly [EventFilter, EventListener]>();
  const deliver = (event: JsonObject) => {
    // Its row is gone when the transaction that told it has failed.
    if (store.get("event", String(event["id"])) === null) return;
    for (const [filter, listener] of listeners.values()) {
      if (isWanted(event, filter)) listener(event);
    }
  };
  return {
    tell: (event) => {
      const id = String(event["id"]);
      if (store.get("event", id) !== null) return;
      const received = { ...event, received: store.stamp() };
      store.insert("event", received);
      queueMicrotask(() => void isDone({ log }, `event ${id} is not told`, () => deliver(received)));
    },
    listen: (filter, listener) => {
      const key = Symbol("listener");
      listeners.set(key, [filter, listener]);
      return () => void listeners.delete(key);
    },
    before: (filter) => {
      const newest = store.docs("SELECT doc FROM event ORDER BY occurred DESC LIMIT ?", MOST_BEFORE);
      return newest.toReversed().map(({ created: _created, updated: _updated, ...event }) => event)
        .filter((event) => isWanted(event, filter));
    },
    sweep: () => {
      store.run(
        "DELETE FROM event WHERE occurred < (SELECT occurred FROM event ORDER BY occurred DESC LIMIT 1 OFFSET ?)",
        KEPT,
      );
    },
  };
}
