/**
 * Objects with versions, which are listed page by page and watched from a version on.
 *
 * @see "Kubernetes API Concepts": resource versions, retrieving large results sets in chunks, watch bookmarks
 * @module
 */

import { type Args, record } from "./shared.ts";

/** What is kept. */
export type Kind = "jobs" | "pods" | "events";

/** One change. */
interface Change {
  readonly kind: Kind;
  readonly version: number;
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: Args;
}

interface Watcher {
  readonly kind: Kind;
  readonly send: (line: Args) => void;
}

/** Changes that a watch can begin behind. */
const MOST_CHANGES = 2000;

const BOOKMARK_MS = 60_000;

/** The objects of one namespace. */
export class WatchedObjects {
  readonly #tables: Readonly<Record<Kind, Map<string, Args>>> = {
    jobs: new Map(),
    pods: new Map(),
    events: new Map(),
  };
  readonly #watchers = new Set<Watcher>();
  readonly #changes: Change[] = [];
  #version = 100;

  /** The object of a name. */
  get(kind: Kind, name: string): Args | undefined {
    return this.#tables[kind].get(name);
  }

  /** Puts an object there, or changes it. @returns it with its version */
  put(kind: Kind, object: Args): Args {
    const name = String(record(object.metadata).name);
    const type = this.#tables[kind].has(name) ? "MODIFIED" : "ADDED";
    const stored = this.#change(kind, type, object);
    this.#tables[kind].set(name, stored);
    return stored;
  }

  /** Takes an object away. */
  drop(kind: Kind, name: string): void {
    const object = this.#tables[kind].get(name);
    if (object === undefined) return;
    this.#tables[kind].delete(name);
    this.#change(kind, "DELETED", object);
  }

  /** One page of a list, as `limit` and `continue` ask for it. */
  page(kind: Kind, query: URLSearchParams): Args {
    const selector = query.get("labelSelector") ?? "";
    const all = [...this.#tables[kind].values()].filter((object) => isSelected(object, selector));
    const from = Number(query.get("continue") ?? 0);
    const limit = Number(query.get("limit") ?? 0);
    const to = limit === 0 ? all.length : Math.min(all.length, from + limit);
    const next = to < all.length ? { continue: String(to) } : {};
    const metadata = { resourceVersion: String(this.#version), ...next };
    return { kind: "List", apiVersion: "v1", metadata, items: all.slice(from, to) };
  }

  /** Tells changes line by line, for as long as `timeoutSeconds` says. */
  watch(kind: Kind, query: URLSearchParams): Response {
    const from = Number(query.get("resourceVersion") ?? this.#version);
    const oldest = this.#changes[0]?.version ?? 0;
    const isTooOld = this.#changes.length === MOST_CHANGES && from < oldest - 1;
    if (isTooOld) return Response.json(tooOld());
    const encoder = new TextEncoder();
    let end = (): void => undefined;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        const send = (line: Args): void => controller.enqueue(encoder.encode(`${JSON.stringify(line)}\n`));
        const watcher = { kind, send };
        this.#watchers.add(watcher);
        for (const change of this.#changes) {
          if (change.kind === kind && change.version > from) send(lineOf(change));
        }
        const bookmark = setInterval(() => send(this.#bookmark()), BOOKMARK_MS);
        const seconds = Number(query.get("timeoutSeconds") ?? 300);
        const timeout = setTimeout(() => [end(), controller.close()], 1000 * seconds);
        end = () => {
          clearInterval(bookmark);
          clearTimeout(timeout);
          this.#watchers.delete(watcher);
        };
      },
      cancel: () => end(),
    });
    return new Response(body, { headers: { "content-type": "application/json" } });
  }

  #bookmark(): Args {
    return { type: "BOOKMARK", object: { metadata: { resourceVersion: String(this.#version) } } };
  }

  #change(kind: Kind, type: Change["type"], object: Args): Args {
    const version = ++this.#version;
    const stored = { ...object, metadata: { ...record(object.metadata), resourceVersion: String(version) } };
    const change = { kind, version, type, object: stored };
    this.#changes.push(change);
    if (this.#changes.length > MOST_CHANGES) this.#changes.shift();
    for (const watcher of this.#watchers) if (watcher.kind === kind) watcher.send(lineOf(change));
    return stored;
  }
}

function lineOf({ type, object }: Change): Args {
  return { type, object };
}

function tooOld(): Args {
  const message = "too old resource version";
  return {
    type: "ERROR",
    object: { kind: "Status", status: "Failure", reason: "Expired", code: 410, message },
  };
}

/** Terms `name` and `name=value`, parted by commas. */
function isSelected(object: Args, selector: string): boolean {
  const labels = record(record(object.metadata).labels);
  return selector.split(",").filter((term) => term !== "").every((term) => {
    const [name = "", value] = term.split("=");
    return value === undefined ? name in labels : labels[name] === value;
  });
}
