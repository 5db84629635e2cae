/**
 * Hasura's `order_by` as SQL: an object or a list of them, through object relations as well.
 *
 * @module
 */

import { isJsonObject, type Json } from "../../schemas/json/json.ts";
import { type ColumnType, type Relation, tableNamed } from "./store/model.ts";
import { invalid } from "./store/refusal.ts";
import type { Aliased } from "./where.ts";

/** Expressions to sort by, first one first, and the direction of each. */
export interface Order {
  /** SQL expressions over the aliased table. */
  readonly keys: readonly string[];
  /** `ASC` or `DESC` with the place of nulls. */
  readonly directions: readonly string[];
}

/** Postgres puts nulls last when ascending and first when descending. */
const DIRECTIONS: ReadonlyMap<string, string> = new Map([
  ["asc", "ASC NULLS LAST"],
  ["asc_nulls_first", "ASC NULLS FIRST"],
  ["asc_nulls_last", "ASC NULLS LAST"],
  ["desc", "DESC NULLS FIRST"],
  ["desc_nulls_first", "DESC NULLS FIRST"],
  ["desc_nulls_last", "DESC NULLS LAST"],
]);

interface Key {
  readonly sql: string;
  readonly direction: string;
}

/**
 * The sort keys of an `order_by` argument.
 *
 * @throws {FailureError} `apiError` for a column or direction that does not exist
 */
export function orderSql(order: Json | undefined, on: Aliased): Order {
  const items = Array.isArray(order) ? order : [order ?? null];
  const keys = items.flatMap((item) => keysOf(item, on));
  return { keys: keys.map(({ sql }) => sql), directions: keys.map(({ direction }) => direction) };
}

/** Whether rows may be sorted and compared by a column of that type. */
export function isOrderKey(type: ColumnType | undefined): type is ColumnType {
  return type !== undefined && type !== "json";
}

function keysOf(item: Json, on: Aliased): readonly Key[] {
  if (item === null) return [];
  if (!isJsonObject(item)) throw invalid(`expected an object for type '${on.table.name}_order_by'`);
  return Object.entries(item).flatMap(([name, value]) => {
    if (value === undefined || value === null) return [];
    const relation = on.table.relations.get(name);
    if (relation !== undefined && !relation.many) return throughRelation(relation, value, on);
    if (!isOrderKey(on.table.columns.get(name))) {
      throw invalid(`field "${name}" not found in type: '${on.table.name}_order_by'`);
    }
    return [{ sql: `${on.alias}."${name}"`, direction: directionOf(value) }];
  });
}

function directionOf(value: Json): string {
  const direction = DIRECTIONS.get(String(value));
  if (direction === undefined) {
    throw invalid(`unexpected value ${JSON.stringify(value)} for enum: 'order_by'`);
  }
  return direction;
}

function throughRelation(relation: Relation, value: Json, on: Aliased): readonly Key[] {
  const alias = `${on.alias}_${relation.table}`;
  const inner = keysOf(value, { table: tableNamed(relation.table), alias });
  const from =
    `FROM "${relation.table}" AS ${alias} WHERE ${alias}."${relation.to}" = ${on.alias}."${relation.from}"`;
  return inner.map(({ sql, direction }) => ({ sql: `(SELECT ${sql} ${from})`, direction }));
}
