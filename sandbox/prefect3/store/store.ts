/**
 * The documents of the API in one SQLite file.
 *
 * @module
 */

import type { SQLInputValue } from "node:sqlite";
import type { Clock } from "../../../schemas/time/clock.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../schemas/json/json.ts";
import { parseJson } from "../../../schemas/json/number_source.ts";
import { openSqlite, type Sqlite } from "../../sqlite/sqlite.ts";
import { uniqueMicros } from "../../time/micros.ts";
import { jsonText } from "./json_text.ts";
import { momentText } from "./moments.ts";
import { idMaker } from "./new_id.ts";
import { schemaStatements, type TableName } from "./tables.ts";

/** A document as read: `id`, `created` and `updated` are always there. */
export type Doc = JsonObject & { readonly id: string };

/** A value for a `?` of a statement. */
export type Bind = SQLInputValue;

/** What a store is made with. */
export interface StoreOptions {
  /** Path of the data file, or `:memory:`. */
  readonly path: string;
  /** Times of rows come from it. */
  readonly clock: Pick<Clock, "now">;
}

/** The data file with what every request needs. */
export interface Store {
  /** Documents of a statement that selects `doc`. */
  readonly docs: (sql: string, ...binds: readonly Bind[]) => readonly Doc[];
  /** Numbers and texts of a statement of one row; null: there is none. */
  readonly row: (sql: string, ...binds: readonly Bind[]) => Readonly<Record<string, Json>> | null;
  /** Executes a statement that answers nothing. */
  readonly run: (sql: string, ...binds: readonly Bind[]) => void;
  readonly get: (table: TableName, id: string) => Doc | null;
  /** The first document with these values of columns. */
  readonly find: (table: TableName, columns: Readonly<Record<string, string>>) => Doc | null;
  /** All documents with these values of columns, oldest first. */
  readonly all: (table: TableName, columns: Readonly<Record<string, string>>) => readonly Doc[];
  /** Adds a document; `id`, `created` and `updated` are filled in unless given. */
  readonly insert: (table: TableName, values: JsonObject) => Doc;
  /** Changes members of a document, and its `updated`. */
  readonly update: (table: TableName, doc: Doc, changes: JsonObject) => Doc;
  readonly remove: (table: TableName, id: string) => void;
  /** Runs `work` in one transaction: all of it is kept, or nothing when it throws. */
  readonly transaction: <T>(work: () => T) => T;
  /** Now in microseconds since 1970, never the same twice. */
  readonly micros: () => number;
  /** Now as text. */
  readonly stamp: () => string;
  /** A fresh id. */
  readonly newId: () => string;
  /** Closes the file; nothing works afterwards. */
  readonly close: () => void;
}

/** Opens the data file and makes what is missing in it. */
export function openStore({ path, clock }: StoreOptions): Store {
  const file = openSqlite(path, schemaStatements());
  const micros = uniqueMicros(clock);
  const stamp = () => momentText(micros());
  const newId = idMaker(micros);
  const docs: Store["docs"] = (sql, ...binds) => file.prepared(sql).all(...binds).map(docOf);
  return {
    docs,
    row: (sql, ...binds) => plainRow(file, sql, binds),
    run: (sql, ...binds) => void file.prepared(sql).run(...binds),
    get: (table, id) => docs(`SELECT doc FROM "${table}" WHERE id = ?`, id)[0] ?? null,
    find: (table, columns) =>
      docs(selection(table, columns, " LIMIT 1"), ...Object.values(columns))[0] ?? null,
    all: (table, columns) => docs(selection(table, columns, ""), ...Object.values(columns)),
    insert: (table, values) => {
      const now = stamp();
      const id = typeof values["id"] === "string" ? values["id"] : newId();
      const doc = { created: now, updated: now, ...values, id };
      file.prepared(`INSERT INTO "${table}" (id, doc) VALUES (?, ?)`).run(id, jsonText(doc));
      return doc;
    },
    update: (table, doc, changes) => {
      const changed = { ...doc, ...changes, updated: stamp(), id: doc.id };
      file.prepared(`UPDATE "${table}" SET doc = ? WHERE id = ?`).run(jsonText(changed), doc.id);
      return changed;
    },
    remove: (table, id) => void file.prepared(`DELETE FROM "${table}" WHERE id = ?`).run(id),
    transaction: file.transaction,
    micros,
    stamp,
    newId,
    close: () => file.db.close(),
  };
}

function selection(table: TableName, columns: Readonly<Record<string, string>>, end: string): string {
  const where = Object.keys(columns).map((column) => `"${column}" = ?`).join(" AND ");
  return `SELECT doc FROM "${table}"${where === "" ? "" : ` WHERE ${where}`} ORDER BY rowid${end}`;
}

function docOf(row: Readonly<Record<string, unknown>>): Doc {
  const doc = parseJson(String(row["doc"]));
  if (!isJsonObject(doc) || typeof doc["id"] !== "string") {
    throw new TypeError("A row of the data file is no document");
  }
  return { ...doc, id: doc["id"] };
}

function plainRow({ prepared }: Sqlite, sql: string, binds: readonly Bind[]) {
  const row = prepared(sql).get(...binds);
  if (row === undefined) return null;
  return Object.fromEntries(
    Object.entries(row).map(([name, value]): [string, Json] => [
      name,
      value === null || typeof value === "number" ? value : String(value),
    ]),
  );
}
