/**
 * Members of request bodies, as a real server reads them.
 *
 * @module
 */

import * as v from "valibot";
import { BOUNDS } from "../../../schemas/bounds/bounds.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../schemas/json/json.ts";
import { readMoment } from "../store/moments.ts";

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

/** Whether a text is a UUID. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** The one spelling of a UUID. */
export function uuidText(text: string): string {
  const bare = text.replaceAll("-", "").toLowerCase();
  return [bare.slice(0, 8), bare.slice(8, 12), bare.slice(12, 16), bare.slice(16, 20), bare.slice(20)].join(
    "-",
  );
}

/** A UUID. */
export const uuid = v.pipe(v.string(), v.check(isUuid, "uuid"), v.transform(uuidText));

/** Any text. */
export const text = v.string();

/** A name that may stand in an address. */
export const name = v.pipe(
  v.string(),
  v.maxLength(BOUNDS.name.most, `String should have at most ${BOUNDS.name.most} characters`),
  v.regex(/^[^/%&><]+$/, "String should match pattern '^[^/%&><]+$'"),
);

/** A moment. */
export const moment = v.pipe(
  v.string(),
  v.check((given) => readMoment(given) !== null, "moment"),
  v.transform((given) => readMoment(given) ?? given),
);

/** A whole number. */
export const whole = v.pipe(v.number(), v.integer());

/** A whole number from 0 on. */
export const count = v.pipe(whole, v.minValue(0));

/** A whole number from 1 on. */
export const positive = v.pipe(whole, v.gtValue(0));

/** An object of any members. */
export const object = v.custom<JsonObject>(isJsonObject, "object");

/** Any value of JSON. */
export const json = v.custom<Json>(() => true);

/** A list of texts. */
export const texts = v.array(v.string());

/** A member that may be null or absent. */
export function maybe<const S extends v.GenericSchema>(schema: S) {
  return v.optional(v.nullable(schema), null);
}

/** How many rows are wanted, and from where. The bound of `limit` is the route's own. */
export const page = { limit: maybe(whole), offset: maybe(count) };
