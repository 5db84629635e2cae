/**
 * Answers Hasura-like queries: filtered, ordered, distinct and limited lists with nested relations and aggregates.
 *
 * @module
 */

import type { Json, JsonObject } from "../../schemas/json/json.ts";
import type { Asked } from "./document.ts";
import { type Relation, type Table, tableNamed } from "./store/model.ts";
import { isOrderKey, orderSql } from "./order_by.ts";
import { invalid, refusal } from "./store/refusal.ts";
import { type Bind, fromSql, type Store } from "./store/store.ts";
import { type Aliased, type Sql, whereSql } from "./where.ts";

/** Arguments of a list. */
const LIST_ARGUMENTS: ReadonlySet<string> = new Set(["where", "order_by", "distinct_on", "limit", "offset"]);

/** Aggregates of one column, by their SQL function. */
const AGGREGATES: ReadonlySet<string> = new Set(["max", "min", "sum", "avg"]);

/** A list of one table, maybe only the rows that belong to a parent. */
export interface Listing {
  /** Whose rows. */
  readonly table: Table;
  /** The field, its arguments and what is wanted of each row. */
  readonly asked: Asked;
  /** Column and value that tie the rows to their parent. */
  readonly parent?: { readonly column: string; readonly value: Bind };
}

/** The rows of a list field. */
export function selectList(store: Store, listing: Listing): Json {
  const { table, asked } = listing;
  checkFields(table, asked.fields);
  const { text, binds } = listSql(listing, columnsFor(table, asked.fields));
  return store.all(text, ...binds).map((row) => answerRow(store, { table, asked, row }));
}

/** One row by its key, null when absent. */
export function selectByKey(store: Store, table: Table, asked: Asked): Json {
  const { id, ...others } = asked.args;
  if (typeof id !== "string" || Object.keys(others).length > 0) {
    throw invalid(`Field "${asked.name}" takes one argument: "id" of type UUID!`);
  }
  return selectOne(store, { table, asked: { ...asked, args: {} }, parent: { column: "id", value: id } });
}

/** Count, maximum and so on over the rows of a list, and the rows themselves as `nodes`. */
export function selectAggregate(store: Store, listing: Listing): Json {
  const answer: Record<string, Json> = {};
  for (const field of listing.asked.fields) {
    if (field.name === "__typename") answer[field.key] = `${listing.table.name}_aggregate`;
    else if (field.name === "nodes") answer[field.key] = nodes(store, listing, field);
    else if (field.name === "aggregate") answer[field.key] = aggregate(store, listing, field);
    else throw unknownField(field.name, `${listing.table.name}_aggregate`);
  }
  return answer;
}

/** Refuses fields that the table does not have, below as well, before anything is read. */
function checkFields(table: Table, fields: readonly Asked[]): void {
  if (fields.length === 0) throw invalid(`Field of type "${table.name}" must have a selection of subfields.`);
  for (const { name, fields: below } of fields) {
    if (name === "__typename") continue;
    if (table.columns.has(name)) {
      if (below.length > 0) throw invalid(`Field "${name}" must not have a selection: it is a scalar.`);
      continue;
    }
    const relation = table.relations.get(name);
    if (relation !== undefined) checkFields(tableNamed(relation.table), below);
    else if (relationOfAggregate(table, name) === undefined) throw unknownField(name, table.name);
  }
}

function unknownField(name: string, type: string): Error {
  return invalid(`Cannot query field "${name}" on type "${type}".`);
}

function relationOfAggregate(table: Table, name: string): Relation | undefined {
  const relation = name.endsWith("_aggregate")
    ? table.relations.get(name.slice(0, -"_aggregate".length))
    : undefined;
  return relation?.many === true ? relation : undefined;
}

/** The columns asked for and those by which relations are followed. */
function columnsFor(table: Table, fields: readonly Asked[]): readonly string[] {
  const columns = new Set<string>(["id"]);
  for (const { name } of fields) {
    const relation = table.relations.get(name) ?? relationOfAggregate(table, name);
    if (relation !== undefined) columns.add(relation.from);
    else if (table.columns.has(name)) columns.add(name);
  }
  return [...columns];
}

function listSql({ table, asked, parent }: Listing, columns: readonly string[]): Sql {
  for (const name of Object.keys(asked.args)) {
    if (!LIST_ARGUMENTS.has(name)) throw invalid(`Unknown argument "${name}" on field "${asked.name}".`);
  }
  const on: Aliased = { table, alias: "t" };
  const tied = parent === undefined
    ? { text: "1", binds: [] }
    : { text: `t."${parent.column}" = ?`, binds: [parent.value] };
  const where = whereSql(asked.args["where"], on);
  const order = orderSql(asked.args["order_by"], on);
  const distinct = distinctColumns(asked.args["distinct_on"], table);
  const outputs = [
    ...columns.map((name) => `t."${name}"`),
    ...order.keys.map((key, at) => `${key} AS o${at}`),
  ];
  // Without an order rows come in the order of their making, as they do from Postgres when nothing was changed
  const sorting = order.directions.map((direction, at) => `o${at} ${direction}`).concat("r").join(", ");
  const within = order.keys.map((key, at) => `${key} ${order.directions[at]}`).concat("t.rowid").join(", ");
  const rank = distinct.length === 0
    ? "1"
    : `row_number() OVER (PARTITION BY ${
      distinct.map((name) => `t."${name}"`).join(", ")
    } ORDER BY ${within})`;
  const inner = `SELECT ${outputs.join(", ")}, t.rowid AS r, ${rank} AS n FROM "${table.name}" AS t` +
    ` WHERE ${tied.text} AND ${where.text}`;
  const text = `SELECT * FROM (${inner}) WHERE n = 1 ORDER BY ${sorting} LIMIT ? OFFSET ?`;
  return {
    text,
    binds: [...tied.binds, ...where.binds, count(asked, "limit", -1), count(asked, "offset", 0)],
  };
}

function count(asked: Asked, name: string, otherwise: number): number {
  const value = asked.args[name] ?? null;
  if (value === null) return otherwise;
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0) {
    throw refusal(`unexpected value for "${name}": expecting a non-negative integer`, "validation-failed");
  }
  return value;
}

function distinctColumns(value: Json | undefined, table: Table): readonly string[] {
  if (value === undefined || value === null) return [];
  const names = (Array.isArray(value) ? value : [value]).map(String);
  const unknown = names.find((name) => !table.columns.has(name));
  if (unknown !== undefined) {
    throw invalid(`unexpected value "${unknown}" for enum: '${table.name}_select_column'`);
  }
  return names;
}

interface Answering {
  /** Whose rows. */
  readonly table: Table;
  /** The field, its arguments and what is wanted of each row. */
  readonly asked: Asked;
  readonly row: Readonly<Record<string, Bind>>;
}

function answerRow(store: Store, { table, asked, row }: Answering): JsonObject {
  const answer: Record<string, Json> = {};
  for (const field of asked.fields) {
    const type = table.columns.get(field.name);
    if (field.name === "__typename") answer[field.key] = table.name;
    else if (type !== undefined) answer[field.key] = fromSql(type, row[field.name]);
    else answer[field.key] = related(store, field, { table, asked, row });
  }
  return answer;
}

function related(store: Store, asked: Asked, { table, row }: Answering): Json {
  const direct = table.relations.get(asked.name);
  const relation = direct ?? relationOfAggregate(table, asked.name);
  if (relation === undefined) throw unknownField(asked.name, table.name);
  const parent = { column: relation.to, value: row[relation.from] ?? null };
  const listing = { table: tableNamed(relation.table), asked, parent };
  if (direct === undefined) return selectAggregate(store, listing);
  return relation.many ? selectList(store, listing) : selectOne(store, listing);
}

function selectOne(store: Store, listing: Listing): Json {
  const rows = selectList(store, listing);
  return Array.isArray(rows) ? rows[0] ?? null : null;
}

function nodes(store: Store, listing: Listing, field: Asked): Json {
  return selectList(store, { ...listing, asked: { ...listing.asked, fields: field.fields } });
}

function aggregate(store: Store, listing: Listing, field: Asked): Json {
  const { table } = listing;
  const answer: Record<string, Json> = {};
  for (const wanted of field.fields) {
    if (wanted.name === "__typename") answer[wanted.key] = `${table.name}_aggregate_fields`;
    else if (wanted.name === "count") answer[wanted.key] = countOf(store, listing, wanted);
    else if (AGGREGATES.has(wanted.name)) answer[wanted.key] = columnAggregates(store, listing, wanted);
    else throw unknownField(wanted.name, `${table.name}_aggregate_fields`);
  }
  return answer;
}

function countOf(store: Store, listing: Listing, { args }: Asked): number {
  const columns = distinctColumns(args["columns"], listing.table);
  const { text, binds } = listSql(listing, [...new Set(["id", ...columns])]);
  const names = columns.map((name) => `"${name}"`).join(", ");
  const present = columns.map((name) => `"${name}" IS NOT NULL`).join(" AND ");
  const rows = columns.length === 0
    ? `(${text})`
    : `(SELECT ${args["distinct"] === true ? "DISTINCT " : ""}${names} FROM (${text}) WHERE ${present})`;
  return Number(store.all(`SELECT count(*) AS value FROM ${rows}`, ...binds)[0]?.["value"] ?? 0);
}

function columnAggregates(store: Store, listing: Listing, wanted: Asked): Json {
  const answer: Record<string, Json> = {};
  for (const { name, key } of wanted.fields) {
    const type = listing.table.columns.get(name);
    if (!isOrderKey(type)) throw unknownField(name, `${listing.table.name}_${wanted.name}_fields`);
    const { text, binds } = listSql(listing, [...new Set(["id", name])]);
    const [row] = store.all(`SELECT ${wanted.name}("${name}") AS value FROM (${text})`, ...binds);
    const value = row?.["value"] ?? null;
    answer[key] = typeof value === "number" ? value : fromSql(type, value);
  }
  return answer;
}
