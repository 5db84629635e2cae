/**
 * Rows of sources for the parts of one request.
 *
 * @module
 */

import { isJsonObject, type Json, type JsonObject } from "../../../schemas/json/json.ts";
import { escapedName } from "../../../schemas/json/pointer.ts";
import { isList } from "../../../schemas/json/shape.ts";
import type { FieldSource } from "../../../schemas/plan/field_source.ts";
import type { Step } from "../stated_sources.ts";
import { idOf } from "../values/follow_steps.ts";
import { together } from "../values/origins.ts";

/** Where the value at the end of some steps came from. */
export type SourceAt = (steps: readonly Step[]) => FieldSource;

/** A row for each value, and for each list and item of one, which come from where their values do. */
export function sourceRows(
  request: JsonObject,
  pointer: string,
  sourceAt: SourceAt,
): Record<string, FieldSource> {
  const rows: Record<string, FieldSource> = {};
  const visit = (value: Json, at: string, steps: readonly Step[]): readonly FieldSource[] => {
    const inner = innerOf(value).map(([key, step, member]) =>
      visit(member, `${at}/${key}`, [...steps, step])
    );
    const found = isContainer(value) && inner.length > 0 ? inner.flat() : [sourceAt(steps)];
    const isOfList = isList(value) || (steps.at(-1) !== undefined && "index" in (steps.at(-1) ?? {}));
    const one = isOfList || !isContainer(value) || inner.length === 0 ? together(found) : null;
    if (one !== null) rows[at] = one;
    return found;
  };
  for (const [key, step, member] of innerOf(request)) visit(member, `${pointer}/${key}`, [step]);
  return rows;
}

function isContainer(value: Json): boolean {
  return isList(value) || isJsonObject(value);
}

type Inner = readonly [key: string, step: Step, member: Json];

function innerOf(value: Json): readonly Inner[] {
  if (isList(value)) {
    return value.map((item, index): Inner => [String(index), { index, id: idOf(item) }, item]);
  }
  if (!isJsonObject(value)) return [];
  return Object.entries(value).map((
    [member, inner],
  ): Inner => [escapedName(member), { member }, inner ?? null]);
}
