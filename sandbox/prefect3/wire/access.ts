/**
 * The key that a request carries: as `Bearer` of `PREFECT_API_KEY`, or as `Basic` of `PREFECT_API_AUTH_STRING`.
 *
 * @module
 */

import { bearerOf } from "../../../schemas/guard/token.ts";

/** The key; null: there is none. */
export function keyOf(headers: Headers): string | null {
  const given = headers.get("authorization");
  const basic = /^Basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(given ?? "")?.[1];
  return basic === undefined ? bearerOf(given) : decoded(basic);
}

function decoded(base64: string): string | null {
  try {
    return atob(base64);
  } catch {
    return null;
  }
}
