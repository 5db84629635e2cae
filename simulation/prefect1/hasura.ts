/**
 * Queries over rows in memory, in the way of the Prefect 1 API: filters, order, limits, nested relations.
 *
 * @module
 */

import { type FieldNode, Kind, parse, valueFromASTUntyped } from "graphql";
import { jsonContains } from "../../sandbox/prefect1/store/json_match.ts";
import { isJsonObject, type Json, type JsonObject } from "../../schemas/json/json.ts";

/** A row with its relations; a column may be computed when it is asked. */
export interface Table {
  readonly [column: string]: Json | Table | readonly Table[] | (() => Json | Table | readonly Table[]);
}

/** One root field of a document. */
export interface RootField {
  readonly name: string;
  readonly args: JsonObject;
  readonly node: FieldNode;
}

/** Documents that come again and again. */
const parsed = new Map<string, readonly FieldNode[]>();
const MOST_PARSED = 500;

/** The root fields of a document. @throws what the parser throws for a text that is no GraphQL */
export function rootFields(query: string, variables: JsonObject): readonly RootField[] {
  const known = parsed.get(query);
  const nodes = known ?? fieldsOf(parse(query, { noLocation: true }).definitions[0]);
  if (known === undefined) {
    if (parsed.size >= MOST_PARSED) parsed.clear();
    parsed.set(query, nodes);
  }
  return nodes.map((node) => ({ name: node.name.value, args: argsOf(node, variables), node }));
}

function fieldsOf(node: unknown): readonly FieldNode[] {
  if (typeof node !== "object" || node === null || !("selectionSet" in node)) return [];
  const set = node.selectionSet;
  if (typeof set !== "object" || set === null || !("selections" in set)) return [];
  if (!Array.isArray(set.selections)) return [];
  return set.selections.filter((one): one is FieldNode => one?.kind === Kind.FIELD);
}

function argsOf(node: FieldNode, variables: JsonObject): JsonObject {
  return Object.fromEntries(
    (node.arguments ?? []).map((
      arg,
    ) => [arg.name.value, jsonOf(valueFromASTUntyped(arg.value, { ...variables }))]),
  );
}

function jsonOf(value: unknown): Json {
  if (Array.isArray(value)) return value.map(jsonOf);
  if (isJsonObject(value)) return value;
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : null;
}

/** The rows that a field asks for, with the columns that it names. */
export function selectRows(rows: readonly Table[], node: FieldNode, args: JsonObject): readonly JsonObject[] {
  const where = isJsonObject(args["where"]) ? args["where"] : {};
  const found = order(rows.filter((row) => matches(row, where)), args["order_by"]);
  const offset = typeof args["offset"] === "number" ? args["offset"] : 0;
  const limit = typeof args["limit"] === "number" ? args["limit"] : found.length;
  return found.slice(offset, offset + limit).map((row) => project(row, node));
}

function project(row: Table, node: FieldNode): JsonObject {
  return Object.fromEntries(
    fieldsOf(node).map((field) => [field.alias?.value ?? field.name.value, valueOf(row, field)]),
  );
}

function valueOf(row: Table, field: FieldNode): Json {
  const value = column(row, field.name.value);
  if (field.selectionSet === undefined) return jsonOf(value);
  if (isTables(value)) return selectRows(value, field, argsOf(field, {}));
  return isTable(value) ? project(value, field) : null;
}

function column(row: Table, name: string): Json | Table | readonly Table[] {
  if (!(name in row)) throw new Error(`field "${name}" not found`);
  const value = row[name];
  return typeof value === "function" ? value() : value ?? null;
}

function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTables(value: unknown): value is readonly Table[] {
  return Array.isArray(value) && value.every(isTable);
}

/** Whether a row passes a filter; a comparison with null is true. */
export function matches(row: Table, where: JsonObject): boolean {
  return Object.entries(where).every(([key, wanted]) => {
    if (key === "_and") return listOf(wanted).every((one) => matches(row, one));
    if (key === "_or") return listOf(wanted).some((one) => matches(row, one));
    if (key === "_not") return !listOf(wanted).every((one) => matches(row, one));
    if (!isJsonObject(wanted)) return true;
    const value = column(row, key);
    const isComparison = Object.keys(wanted).every((name) => name.startsWith("_")) && !isTables(value);
    if (isComparison) {
      return Object.entries(wanted).every(([name, with_]) => compares(name, value, with_ ?? null));
    }
    if (isTables(value)) return value.some((one) => matches(one, wanted));
    return isTable(value) && matches(value, wanted);
  });
}

function listOf(value: Json | undefined): readonly JsonObject[] {
  if (isJsonObject(value)) return [value];
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function compares(name: string, value: unknown, wanted: Json): boolean {
  if (name === "_is_null") return (value === null) === wanted;
  if (wanted === null) return true;
  const have = jsonOf(value);
  switch (name) {
    case "_eq":
      return have === wanted;
    case "_neq":
      return have !== wanted;
    case "_in":
      return Array.isArray(wanted) && wanted.includes(have);
    case "_nin":
      return Array.isArray(wanted) && !wanted.includes(have);
    case "_contains":
      return jsonContains(have, wanted);
    default:
      return have !== null && inOrder(name, rank(have), rank(wanted));
  }
}

function inOrder(name: string, have: number | string, wanted: number | string): boolean {
  if (name === "_lt") return have < wanted;
  if (name === "_lte") return have <= wanted;
  if (name === "_gt") return have > wanted;
  if (name === "_gte") return have >= wanted;
  throw new Error(`unexpected operator ${name}`);
}

/** Moments are compared as such. */
function rank(value: Json): number | string {
  if (typeof value === "number") return value;
  const text = String(value);
  const ms = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(ms) ? text : ms;
}

function order(rows: readonly Table[], by: Json | undefined): readonly Table[] {
  const keys = listOf(by).flatMap((one) => Object.entries(one));
  if (keys.length === 0) return rows;
  return [...rows].sort((a, b) => {
    for (const [name, direction] of keys) {
      const [x, y] = [rank(jsonOf(column(a, name))), rank(jsonOf(column(b, name)))];
      if (x === y) continue;
      return (x < y ? -1 : 1) * (String(direction).startsWith("desc") ? -1 : 1);
    }
    return 0;
  });
}
