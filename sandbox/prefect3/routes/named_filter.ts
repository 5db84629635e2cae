/**
 * Filters by ids and names, as SQL.
 *
 * @module
 */

import type { TableName } from "../store/tables.ts";

/** What is asked for. */
export interface NamedFilter {
  readonly id?: { readonly any_?: readonly string[] | null } | null;
  readonly name?: { readonly any_?: readonly string[] | null; readonly like_?: string | null } | null;
}

/** A statement without order and page. */
export interface Selection {
  readonly sql: string;
  readonly binds: readonly string[];
}

/** All documents that fit. */
export function whereNamed(table: TableName, filter: NamedFilter | null): Selection {
  const parts = [
    anyOf("id", filter?.id?.any_),
    anyOf("name", filter?.name?.any_),
    like("name", filter?.name?.like_),
  ].filter((part) => part !== null);
  const where = parts.map(({ sql }) => sql).join(" AND ");
  return {
    sql: `SELECT doc FROM "${table}"${where === "" ? "" : ` WHERE ${where}`}`,
    binds: parts.flatMap(({ binds }) => binds),
  };
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

/** A bound of a moment; null: it is not asked for. */
export function bound(
  column: string,
  sign: "<=" | ">=",
  moment: string | null | undefined,
): Selection | null {
  return moment === null || moment === undefined ? null : { sql: `${column} ${sign} ?`, binds: [moment] };
}
