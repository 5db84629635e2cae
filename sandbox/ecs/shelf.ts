/**
 * Records by key, in memory and, where a database is given, on disk at once: what was answered survives `kill -9`.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import * as v from "valibot";

/** Records of one kind. */
export interface Shelf<Item> {
  readonly get: (key: string) => Item | undefined;
  readonly put: (key: string, item: Item) => void;
  readonly remove: (key: string) => void;
  /** In the order of their first `put`. */
  readonly all: () => readonly Item[];
}

/** Where a shelf comes from. */
export interface ShelfSource<Item> {
  /** Kind of record; each shelf of a database has another. */
  readonly kind: string;
  /** Parses what an earlier start stored. */
  readonly schema: v.GenericSchema<unknown, Item>;
  /** Null: in memory only. */
  readonly db: DatabaseSync | null;
}

const TABLE =
  "CREATE TABLE IF NOT EXISTS shelf (kind TEXT, key TEXT, body TEXT, PRIMARY KEY (kind, key)) STRICT";

function inMemory<Item>(items: Map<string, Item>): Shelf<Item> {
  return {
    get: (key) => items.get(key),
    put: (key, item) => void items.set(key, item),
    remove: (key) => void items.delete(key),
    all: () => [...items.values()],
  };
}

/**
 * Opens a shelf with everything that is stored of its kind.
 *
 * @throws {v.ValiError} for a stored record that is none: the folder belongs to another program or version
 */
export function openShelf<Item>({ kind, schema, db }: ShelfSource<Item>): Shelf<Item> {
  const items = new Map<string, Item>();
  const memory = inMemory(items);
  if (db === null) return memory;
  db.exec(TABLE);
  for (const row of db.prepare("SELECT key, body FROM shelf WHERE kind = ? ORDER BY rowid").all(kind)) {
    items.set(String(row["key"]), v.parse(schema, JSON.parse(String(row["body"]))));
  }
  const put = db.prepare(
    "INSERT INTO shelf VALUES (?, ?, ?) ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body",
  );
  const remove = db.prepare("DELETE FROM shelf WHERE kind = ? AND key = ?");
  return {
    ...memory,
    put: (key, item) => {
      put.run(kind, key, JSON.stringify(item));
      memory.put(key, item);
    },
    remove: (key) => {
      remove.run(kind, key);
      memory.remove(key);
    },
  };
}
