/**
 * Hasura's `where` as a SQL condition.
 *
 * A comparison with null is true, as the version of Hasura behind Prefect 1 has it: `name: {_eq: null}` filters nothing,
 * and the Prefect CLI relies on it.
 *
 * @see recorded: tests/wire/prefect1/README.md §5
 * @module
 */

import { isJsonObject, type Json } from "../../schemas/json/json.ts";
import { type ColumnType, type Relation, type Table, tableNamed } from "./store/model.ts";
import { invalid, refusal } from "./store/refusal.ts";
import { type Bind, toSql } from "./store/store.ts";
import { normalTimestamp } from "./store/timestamps.ts";

/** A piece of SQL with the values of its `?`. */
export interface Sql {
  /** SQL with `?` for each value. */
  readonly text: string;
  /** Values in the order of their `?`. */
  readonly binds: readonly Bind[];
}

/** A table under the name it has in the statement. */
export interface Aliased {
  /** The table. */
  readonly table: Table;
  /** Its name in the statement. */
  readonly alias: string;
}

const TRUE: Sql = { text: "1", binds: [] };
const FALSE: Sql = { text: "0", binds: [] };

const COMPARISONS: ReadonlyMap<string, string> = new Map([
  ["_eq", "="],
  ["_neq", "<>"],
  ["_lt", "<"],
  ["_lte", "<="],
  ["_gt", ">"],
  ["_gte", ">="],
]);

/** Operators that are a function of column and value. */
const TESTS: ReadonlyMap<string, string> = new Map([
  ["_like", "text_like($, ?)"],
  ["_nlike", "NOT text_like($, ?)"],
  ["_ilike", "text_ilike($, ?)"],
  ["_nilike", "NOT text_ilike($, ?)"],
]);

const JSON_TESTS: ReadonlyMap<string, string> = new Map([
  ["_eq", "json_equal($, ?)"],
  ["_neq", "NOT json_equal($, ?)"],
  ["_contains", "json_holds($, ?)"],
  ["_contained_in", "json_holds(?, $)"],
]);

/** Joins conditions; none at all is `empty`. */
function join(parts: readonly Sql[], word: "AND" | "OR", empty: Sql): Sql {
  if (parts.length === 0) return empty;
  return {
    text: `(${parts.map((part) => part.text).join(` ${word} `)})`,
    binds: parts.flatMap((part) => part.binds),
  };
}

/**
 * The condition of a `where` argument.
 *
 * @throws {FailureError} `apiError` where the argument names what the table does not have
 */
export function whereSql(where: Json | undefined, on: Aliased): Sql {
  if (where === undefined || where === null) return TRUE;
  if (!isJsonObject(where)) throw invalid(`expected an object for type '${on.table.name}_bool_exp'`);
  const parts = Object.entries(where).map(([name, value]) => memberSql({ name, value }, on));
  return join(parts, "AND", TRUE);
}

interface Member {
  readonly name: string;
  readonly value: Json | undefined;
}

function memberSql({ name, value }: Member, on: Aliased): Sql {
  if (value === undefined || value === null) return TRUE;
  if (name === "_and") return join(listed(value).map((item) => whereSql(item, on)), "AND", TRUE);
  if (name === "_or") return join(listed(value).map((item) => whereSql(item, on)), "OR", FALSE);
  if (name === "_not") return negated(whereSql(value, on));
  const relation = on.table.relations.get(name);
  if (relation !== undefined) return existsSql(relation, value, on);
  const type = on.table.columns.get(name);
  if (type === undefined) throw invalid(`field "${name}" not found in type: '${on.table.name}_bool_exp'`);
  return columnSql({ name: `${on.alias}."${name}"`, type }, value);
}

/** GraphQL takes a single value where a list is wanted. */
function listed(value: Json): readonly Json[] {
  return Array.isArray(value) ? value : [value];
}

function negated({ text, binds }: Sql): Sql {
  return { text: `NOT ${text}`, binds };
}

function existsSql(relation: Relation, where: Json, on: Aliased): Sql {
  const alias = `${on.alias}_${relation.table}`;
  const inner = whereSql(where, { table: tableNamed(relation.table), alias });
  const joined = `${alias}."${relation.to}" = ${on.alias}."${relation.from}"`;
  return {
    text: `EXISTS (SELECT 1 FROM "${relation.table}" AS ${alias} WHERE ${joined} AND ${inner.text})`,
    binds: inner.binds,
  };
}

interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

function columnSql(column: Column, comparison: Json): Sql {
  if (!isJsonObject(comparison)) throw invalid(`expected an object of comparisons for column ${column.name}`);
  const parts = Object.entries(comparison).map(([operator, value]) => {
    return value === undefined || value === null ? TRUE : comparisonSql(column, operator, value);
  });
  return join(parts, "AND", TRUE);
}

function comparisonSql(column: Column, operator: string, value: Json): Sql {
  const { name, type } = column;
  if (operator === "_is_null") return { text: `${name} IS ${value === true ? "" : "NOT "}NULL`, binds: [] };
  if (operator === "_in" || operator === "_nin") return membershipSql(column, operator, listed(value));
  if (type === "json") return jsonSql(name, operator, value);
  const symbol = COMPARISONS.get(operator);
  if (symbol !== undefined) return { text: `${name} ${symbol} ?`, binds: [literal(type, value)] };
  const test = type === "text" ? TESTS.get(operator) : undefined;
  if (test === undefined) throw unknownOperator(operator, type);
  return { text: test.replace("$", name), binds: [String(value)] };
}

/** A list holds null for nothing: SQL would let it make the whole comparison unknown. */
function membershipSql({ name, type }: Column, operator: "_in" | "_nin", values: readonly Json[]): Sql {
  const binds = values.filter((value) => value !== null).map((value) => literal(type, value));
  if (binds.length === 0) return operator === "_in" ? FALSE : TRUE;
  const word = operator === "_in" ? "IN" : "NOT IN";
  return { text: `${name} ${word} (${binds.map(() => "?").join(", ")})`, binds };
}

function jsonSql(name: string, operator: string, value: Json): Sql {
  const test = JSON_TESTS.get(operator);
  if (test !== undefined) return { text: test.replace("$", name), binds: [JSON.stringify(value)] };
  const keys = listed(value).map(String);
  const parts = keys.map((key): Sql => ({ text: `json_key(${name}, ?)`, binds: [key] }));
  if (operator === "_has_key" || operator === "_has_keys_all") return join(parts, "AND", TRUE);
  if (operator === "_has_keys_any") return join(parts, "OR", FALSE);
  throw unknownOperator(operator, "json");
}

function unknownOperator(operator: string, type: ColumnType): Error {
  return invalid(`field "${operator}" not found in type: '${type}_comparison_exp'`);
}

/** A literal of a query as the column stores it. */
function literal(type: ColumnType, value: Json): Bind {
  if (type === "time") return normalTimestamp(String(value));
  if (type === "bool" && typeof value !== "boolean") throw mismatch("boolean", value);
  if (type !== "int") return toSql(type, value);
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof number !== "number" || Number.isNaN(number)) throw mismatch("integer", value);
  return number;
}

function mismatch(type: string, value: Json): Error {
  return refusal(`invalid input syntax for type ${type}: ${JSON.stringify(value)}`, "data-exception");
}
