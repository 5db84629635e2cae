/**
 * The objects of a simulated cluster with their versions, and the changes that watches tell of until they are forgotten.
 *
 * @module
 */

import type { JsonObject } from "../../../schemas/json/json.ts";
import { mapping } from "../../../schemas/json/shape.ts";

/** What is listed and watched. */
export type ObjectKind = "jobs" | "pods" | "events";

/** One change of one object. */
export interface ObjectChange {
  readonly kind: ObjectKind;
  readonly namespace: string;
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: JsonObject;
  readonly version: number;
}

/** Objects that a question is about. */
export interface Selection {
  readonly kind: ObjectKind;
  readonly namespace: string;
  /** `name` or `name=value`; null: all. */
  readonly label: string | null;
}

/** The table. Versions are whole numbers that grow with each change of any object. */
export class ObjectTable {
  #version = 100;
  /** Changes up to here are forgotten. */
  #forgotten = 0;
  readonly #objects: Readonly<Record<ObjectKind, Map<string, JsonObject>>> = {
    jobs: new Map(),
    pods: new Map(),
    events: new Map(),
  };
  #changes: ObjectChange[] = [];
  readonly #listeners = new Set<(change: ObjectChange) => void>();

  get version(): number {
    return this.#version;
  }

  /** Versions below are too old for a watch. */
  get forgotten(): number {
    return this.#forgotten;
  }

  get(kind: ObjectKind, namespace: string, name: string): JsonObject | null {
    return this.#objects[kind].get(`${namespace}/${name}`) ?? null;
  }

  /** Puts an object there or replaces it. @returns it with its version */
  put(kind: ObjectKind, namespace: string, object: JsonObject): JsonObject {
    const metadata = mapping(object["metadata"]);
    const key = `${namespace}/${String(metadata["name"])}`;
    const type = this.#objects[kind].has(key) ? "MODIFIED" : "ADDED";
    const stored = { ...object, metadata: { ...metadata, namespace, resourceVersion: this.#next() } };
    this.#objects[kind].set(key, stored);
    this.#tell({ kind, namespace, type, object: stored, version: this.#version });
    return stored;
  }

  drop(kind: ObjectKind, namespace: string, name: string): void {
    const key = `${namespace}/${name}`;
    const before = this.#objects[kind].get(key);
    if (before === undefined) return;
    this.#objects[kind].delete(key);
    const metadata = { ...mapping(before["metadata"]), resourceVersion: this.#next() };
    this.#tell({ kind, namespace, type: "DELETED", object: { ...before, metadata }, version: this.#version });
  }

  all(selection: Selection): readonly JsonObject[] {
    const { kind, namespace } = selection;
    return [...this.#objects[kind]]
      .filter(([key, object]) => key.startsWith(`${namespace}/`) && hasLabel(object, selection.label))
      .map(([, object]) => object);
  }

  /** Changes after a version; null: some of them are forgotten. */
  changesAfter(version: number, selection: Selection): readonly ObjectChange[] | null {
    if (version < this.#forgotten) return null;
    return this.#changes.filter((change) => change.version > version && concerns(change, selection));
  }

  /** Forgets all changes so far. */
  forget(): void {
    this.#forgotten = this.#version;
    this.#changes = [];
  }

  /** Calls `fn` with each change from now on; the answer ends that. */
  onChange(fn: (change: ObjectChange) => void): () => void {
    this.#listeners.add(fn);
    return () => void this.#listeners.delete(fn);
  }

  #next(): string {
    return String(++this.#version);
  }

  #tell(change: ObjectChange): void {
    this.#changes.push(change);
    for (const fn of [...this.#listeners]) fn(change);
  }
}

/** Whether a change is of the objects that were asked for. */
export function concerns(change: ObjectChange, { kind, namespace, label }: Selection): boolean {
  return change.kind === kind && change.namespace === namespace && hasLabel(change.object, label);
}

function hasLabel(object: JsonObject, label: string | null): boolean {
  if (label === null) return true;
  const [name = "", value] = label.split("=");
  const found = mapping(mapping(object["metadata"])["labels"])[name];
  return value === undefined ? found !== undefined : found === value;
}
