/**
 * The data of the API in one SQLite file.
 *
 * @module
 */

import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import type { Clock } from "../../../schemas/time/clock.ts";
import type { Json, JsonObject } from "../../../schemas/json/json.ts";
import { openSqlite } from "../../sqlite/sqlite.ts";
import { uniqueMicros } from "../../time/micros.ts";
import { jsonContains, jsonEqual, jsonHasKey, like } from "./json_match.ts";
import { type ColumnType, tableNamed } from "./model.ts";
import { schemaStatements } from "./sql_schema.ts";
import { timestampOf } from "./timestamps.ts";

/** What a store is made with. */
export interface StoreOptions {
  /** Path of the data file, or `:memory:`. */
  readonly path: string;
  /** Times of rows come from it. */
  readonly clock: Pick<Clock, "now">;
  /** Makes the ids of new rows. */
  readonly newId: () => string;
}

/** A row as read: JSON parsed, truth values as such. */
export type Row = JsonObject;

/** A value for a `?` of a statement. */
export type Bind = SQLInputValue;

/** The data file with what every operation needs. */
export interface Store {
  /** Rows of a hand-written statement, values as SQLite has them. */
  readonly all: (sql: string, ...binds: Bind[]) => Record<string, Bind>[];
  /** The same one by one: stop reading and the rest is never looked at. */
  readonly each: (sql: string, ...binds: Bind[]) => Iterable<Record<string, Bind>>;
  /** Executes a hand-written statement that answers nothing. */
  readonly run: (sql: string, ...binds: Bind[]) => void;
  /** One row by id with all of its columns, undefined when absent. */
  readonly byId: (table: string, id: string) => Row | undefined;
  /** Adds a row; `id`, `created` and `updated` are filled in unless given. @returns the id */
  readonly insert: (table: string, values: JsonObject) => string;
  /** Changes the named columns of one row and its `updated`. */
  readonly update: (table: string, id: string, values: JsonObject) => void;
  /** Runs `work` in one transaction: all of it is kept, or nothing when it throws. */
  readonly transaction: <T>(work: () => T) => T;
  /** Now, as a timestamp; never the same twice, so that rows sort in the order of their making. */
  readonly stamp: () => string;
  /** A fresh id. */
  readonly newId: () => string;
  /** Closes the file; nothing works afterwards. */
  readonly close: () => void;
}

/** Opens the data file and makes what is missing in it. */
export function openStore(options: StoreOptions): Store {
  const { db, prepared, transaction } = openSqlite(options.path, schemaStatements());
  addFunctions(db);
  const micros = uniqueMicros(options.clock);
  const stamp = () => timestampOf(micros());
  const write = { prepared, stamp, newId: options.newId };
  return {
    all: (sql, ...binds) => prepared(sql).all(...binds),
    each: (sql, ...binds) => prepared(sql).iterate(...binds),
    run: (sql, ...binds) => void prepared(sql).run(...binds),
    byId: (table, id) => readById(prepared, table, id),
    insert: (table, values) => insertRow(write, table, values),
    update: (table, id, values) => updateRow(write, { table, id, values }),
    transaction,
    stamp,
    newId: options.newId,
    close: () => db.close(),
  };
}

type Prepared = (sql: string) => StatementSync;

interface Writing {
  readonly prepared: Prepared;
  readonly stamp: () => string;
  /** A fresh id. */
  readonly newId: () => string;
}

/** One value as it is stored. */
export function toSql(type: ColumnType, value: Json | undefined): Bind {
  if (value === undefined || value === null) return null;
  if (type === "json") return JSON.stringify(value);
  if (typeof value === "boolean") return value ? 1 : 0;
  return typeof value === "number" ? value : String(value);
}

/** One value as it is answered. */
export function fromSql(type: ColumnType | undefined, value: Bind | undefined): Json {
  if (value === undefined || value === null) return null;
  if (type === "json") return JSON.parse(String(value));
  if (type === "bool") return Number(value) !== 0;
  return type === "int" ? Number(value) : String(value);
}

function readById(prepared: Prepared, name: string, id: string): Row | undefined {
  const { columns } = tableNamed(name);
  const row = prepared(`SELECT * FROM "${name}" WHERE id = ?`).get(id);
  if (row === undefined) return undefined;
  return Object.fromEntries([...columns].map(([column, type]) => [column, fromSql(type, row[column])]));
}

function bindings(table: string, values: JsonObject): readonly [string, Bind][] {
  const { columns } = tableNamed(table);
  return Object.entries(values).map(([name, value]) => {
    const type = columns.get(name);
    if (type === undefined) throw new RangeError(`Cannot write column: ${table}.${name}`);
    return [name, toSql(type, value)];
  });
}

function insertRow({ prepared, stamp, newId }: Writing, table: string, values: JsonObject): string {
  const now = stamp();
  const id = newId();
  const pairs = bindings(table, { id, created: now, updated: now, ...values });
  const names = pairs.map(([name]) => `"${name}"`).join(", ");
  const marks = pairs.map(() => "?").join(", ");
  prepared(`INSERT INTO "${table}" (${names}) VALUES (${marks})`).run(...pairs.map(([, value]) => value));
  return typeof values["id"] === "string" ? values["id"] : id;
}

interface Change {
  readonly table: string;
  readonly id: string;
  readonly values: JsonObject;
}

function updateRow({ prepared, stamp }: Writing, { table, id, values }: Change): void {
  const pairs = bindings(table, { ...values, updated: stamp() });
  const sets = pairs.map(([name]) => `"${name}" = ?`).join(", ");
  prepared(`UPDATE "${table}" SET ${sets} WHERE id = ?`).run(...pairs.map(([, value]) => value), id);
}

/** What Postgres compares and SQLite does not; NULL in, NULL out. */
function addFunctions(db: DatabaseSync): void {
  const add = (name: string, compare: (left: string, right: string) => boolean) =>
    db.function(name, { deterministic: true }, (left, right) => {
      if (left === null || right === null) return null;
      return compare(String(left), String(right)) ? 1 : 0;
    });
  add("json_equal", (left, right) => jsonEqual(JSON.parse(left), JSON.parse(right)));
  add("json_holds", (left, right) => jsonContains(JSON.parse(left), JSON.parse(right)));
  add("json_key", (left, right) => jsonHasKey(JSON.parse(left), right));
  add("text_like", (text, pattern) => like(pattern, text, ""));
  add("text_ilike", (text, pattern) => like(pattern, text, "i"));
}
