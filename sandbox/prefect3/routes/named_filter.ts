/**
 * Conditions of SQL, and filters by ids and names.
 *
 * @module
 */

import type { Bind } from "../store/store.ts";
import type { TableName } from "../store/tables.ts";

/** What is asked for. */
export interface NamedFilter {
  readonly id?: { readonly any_?: readonly string[] | null } | null;
  readonly name?: { readonly any_?: readonly string[] | null; readonly like_?: string | null } | null;
}

/** A condition, or a statement without order and page. */
export interface Selection {
  readonly sql: string;
  readonly binds: readonly Bind[];
}

/** Several conditions in one; null: none of them is asked for. */
export function joined(
  parts: readonly (Selection | null)[],
  operator: "and_" | "or_" = "and_",
): Selection | null {
  const given = parts.filter((part) => part !== null);
  if (given.length === 0) return null;
  return {
    sql: `(${given.map(({ sql }) => sql).join(operator === "or_" ? " OR " : " AND ")})`,
    binds: given.flatMap(({ binds }) => binds),
  };
}

/** All documents for which every condition holds. */
export function selected(table: TableName, parts: readonly (Selection | null)[]): Selection {
  const { sql, binds } = joined(parts) ?? { sql: "1", binds: [] };
  return { sql: `SELECT doc FROM "${table}" WHERE ${sql}`, binds };
}

/** The condition of a filter; null: it asks for nothing. */
export function namedAs(filter: NamedFilter | null): Selection | null {
  return joined([
    anyOf("id", filter?.id?.any_),
    anyOf("name", filter?.name?.any_),
    like("name", filter?.name?.like_),
  ]);
}

/** One of some values; null: it is not asked for. The values are one bind, so that their number has no bound of SQLite's. */
export function anyOf(column: string, values: readonly string[] | null | undefined): Selection | null {
  if (values === null || values === undefined) return null;
  return { sql: `${column} IN (SELECT value FROM json_each(?))`, binds: [JSON.stringify(values)] };
}

/** None of some values; null: it is not asked for. */
export function noneOf(column: string, values: readonly string[] | null | undefined): Selection | null {
  if (values === null || values === undefined || values.length === 0) return null;
  return { sql: `${column} NOT IN (SELECT value FROM json_each(?))`, binds: [JSON.stringify(values)] };
}

/** A part of a text, in any case; null: it is not asked for. */
export function like(column: string, part: string | null | undefined): Selection | null {
  if (part === null || part === undefined || part === "") return null;
  return { sql: `${column} LIKE ? ESCAPE '\\'`, binds: [`%${part.replace(/[\\%_]/g, "\\$&")}%`] };
}

/** Whether there is a value; null: it is not asked for. */
export function isNull(column: string, wanted: boolean | null | undefined): Selection | null {
  if (wanted === null || wanted === undefined) return null;
  return { sql: `${column} IS ${wanted ? "" : "NOT "}NULL`, binds: [] };
}

/** Moments between two, both included; null: it is not asked for. */
export function between(
  column: string,
  filter: { readonly before_: string | null; readonly after_: string | null } | null | undefined,
): Selection | null {
  return joined([bound(column, "<=", filter?.before_), bound(column, ">=", filter?.after_)]);
}

/** A bound of a moment or a number; null: it is not asked for. */
export function bound(
  column: string,
  sign: "<=" | ">=",
  value: string | number | null | undefined,
): Selection | null {
  return value === null || value === undefined ? null : { sql: `${column} ${sign} ?`, binds: [value] };
}
