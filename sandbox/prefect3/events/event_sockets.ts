/**
 * The sockets for events: in, and out.
 *
 * @module
 * @see Prefect 3.9.1, server/api/events.py
 */

import { BOUNDS } from "../../../schemas/bounds/bounds.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";
import { CLOSE, type Peer, type PeerListener } from "../wire/socket.ts";
import type { Serving } from "../wire/serving.ts";
import { readEventFilter } from "./event_filter.ts";
import { readEvent, receiveEvent } from "./received_event.ts";

/** Takes events. */
export function eventsIn(serving: Serving, peer: Peer): PeerListener {
  return {
    frame: (frame) => {
      const event = readEvent(frame);
      if (event === null) peer.close(CLOSE.trouble, "");
      else receiveEvent(serving, event);
    },
    closed: () => undefined,
  };
}

/** Tells events, once the subscriber has said which. */
export function eventsOut({ events }: Serving, peer: Peer): PeerListener {
  let leave: (() => void) | null = null;
  return {
    frame: (frame) => {
      if (leave !== null) return;
      if (frame?.["type"] !== "filter") return peer.close(CLOSE.protocol, "Expected 'filter' message");
      const filter = readEventFilter(frame["filter"]);
      if (typeof filter === "string") return peer.close(CLOSE.protocol, `Invalid filter: ${filter}`);
      const before = frame["backfill"] === false ? [] : events.before(filter);
      before.forEach((event) => tell(peer, event));
      leave = events.listen(filter, (event) => tell(peer, event));
    },
    closed: () => leave?.(),
  };
}

/** Who does not read what is told to it is told no more, until it does. */
function tell(peer: Peer, event: JsonObject): void {
  if (peer.waiting() <= BOUNDS.pageWaiting.most) peer.send({ type: "event", event });
}
