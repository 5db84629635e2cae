/**
 * Watches of a simulated cluster: lines in order, more or less late, with bookmarks, until the server, the network or the
 * world ends them.
 *
 * @module
 */

import type { JsonObject } from "../../../schemas/json/json.ts";
import { fault, faultsAreOn } from "../../world/world.ts";
import { type Asked, type KubeAnswer, refusal } from "./api_server.ts";
import type { Cluster } from "./cluster.ts";
import type { CutHow } from "./faults.ts";
import { concerns, type ObjectChange } from "./object_table.ts";

/** Gets what a watch tells. */
export interface WatchSink {
  readonly line: (text: string, told: ObjectChange | null) => void;
  readonly end: (how: "end" | "reset") => void;
}

/** An open watch. */
export interface OpenWatch {
  /** Begins to tell; nothing is told before. */
  readonly tellTo: (sink: WatchSink) => void;
  readonly close: () => void;
}

/** The watches of a cluster. */
export interface Watches {
  /** Opens one, or answers why not. */
  readonly open: (asked: Asked) => OpenWatch | KubeAnswer;
}

/** The API server sends a bookmark about once a minute. */
const BOOKMARK_MS = 60_000;

const GONE = {
  kind: "Status",
  status: "Failure",
  code: 410,
  reason: "Expired",
  message: "too old resource version",
};

const TROUBLE = { kind: "Status", status: "Failure", code: 500, reason: "InternalError", message: "etcd" };

/** Makes them, with the cuts and compactions of the scenario. */
export function makeWatches(cluster: Cluster): Watches {
  const { world } = cluster;
  const open = new Set<Watch>();
  for (const { atMs, how } of world.scenario.kube.cuts) {
    world.time.after(atMs, () => {
      if (open.size > 0) fault(world, `cut ${how}`, `${open.size} watches`);
      for (const watch of [...open]) watch.cut(how);
    });
  }
  for (const atMs of world.scenario.kube.compactions) {
    world.time.after(atMs, () => {
      fault(world, "compacted", `up to version ${cluster.table.version}`);
      cluster.table.forget();
    });
  }
  return {
    open: (asked) => {
      const version = Number(asked.query.get("resourceVersion"));
      const past = cluster.table.changesAfter(version, asked.selection);
      if (past === null) fault(world, "410", asked.operation);
      // The server answers either way: before the stream begins, or as its first line.
      if (past === null && world.dice.chance(0.5)) return refusal(410, "Expired", GONE.message);
      const watch = new Watch(cluster, asked, past, () => open.delete(watch));
      open.add(watch);
      return watch;
    },
  };
}

class Watch implements OpenWatch {
  readonly #cluster: Cluster;
  readonly #asked: Asked;
  /** What is told first; null: the version is too old. */
  readonly #past: ObjectChange[] | null;
  readonly #onClose: () => void;
  readonly #cancels = new Set<() => void>();
  #sink: WatchSink | null = null;
  #isClosed = false;
  #isSilent = false;
  /** When the line before arrives. */
  #lastMs = 0;

  constructor(
    cluster: Cluster,
    asked: Asked,
    past: readonly ObjectChange[] | null,
    onClose: () => void,
  ) {
    this.#cluster = cluster;
    this.#asked = asked;
    this.#past = past === null ? null : [...past];
    this.#onClose = onClose;
    this.#cancels.add(cluster.table.onChange((change) => {
      if (!concerns(change, asked.selection)) return;
      if (this.#sink === null) this.#past?.push(change);
      else this.#send(change);
    }));
  }

  tellTo = (sink: WatchSink): void => {
    this.#sink = sink;
    if (this.#isClosed) return sink.end("reset");
    if (this.#past === null) {
      this.#later(1, () => {
        sink.line(lineOf("ERROR", GONE), null);
        this.#end("end");
      });
      return;
    }
    for (const change of this.#past) this.#send(change);
    const timeoutMs = Number(this.#asked.query.get("timeoutSeconds") ?? 300) * 1000;
    this.#later(timeoutMs, () => this.#end("end"));
    this.#bookmark();
  };

  close = (): void => {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const cancel of this.#cancels) cancel();
    this.#onClose();
  };

  cut(how: CutHow): void {
    if (how === "silent") this.#isSilent = true;
    else if (how !== "error") this.#end(how);
    else {
      this.#sink?.line(lineOf("ERROR", TROUBLE), null);
      this.#end("end");
    }
  }

  #later(ms: number, fn: () => void): void {
    const cancel = this.#cluster.world.time.after(ms, () => {
      this.#cancels.delete(cancel);
      fn();
    });
    this.#cancels.add(cancel);
  }

  /** Lines keep their order, however late one is. */
  #send(change: ObjectChange): void {
    const { world } = this.#cluster;
    const { network: { maxMs }, kube: { lagMs } } = world.scenario;
    const slowMs = faultsAreOn(world) && lagMs > 0 ? world.dice.int(0, lagMs) : 0;
    const now = world.time.now();
    this.#lastMs = Math.max(this.#lastMs, now + world.dice.int(1, Math.min(maxMs, 40)) + slowMs);
    this.#later(this.#lastMs - now, () => this.#tell(change.type, change.object, change));
  }

  #bookmark(): void {
    this.#later(BOOKMARK_MS, () => {
      const { table, world } = this.#cluster;
      // It must not overtake what is on its way.
      if (world.time.now() >= this.#lastMs) {
        this.#tell("BOOKMARK", { metadata: { resourceVersion: String(table.version) } }, null);
      }
      this.#bookmark();
    });
  }

  #tell(type: string, object: JsonObject, change: ObjectChange | null): void {
    if (this.#isSilent || this.#isClosed) return;
    this.#sink?.line(lineOf(type, object), change);
  }

  #end(how: "end" | "reset"): void {
    if (this.#isClosed || this.#isSilent) return;
    const sink = this.#sink;
    this.close();
    sink?.end(how);
  }
}

/** Texts of objects, which all watches of an object share. */
const texts = new WeakMap<JsonObject, string>();

function lineOf(type: string, object: JsonObject): string {
  const known = texts.get(object);
  const text = known ?? JSON.stringify(object);
  if (known === undefined) texts.set(object, text);
  return `{"type":"${type}","object":${text}}`;
}
