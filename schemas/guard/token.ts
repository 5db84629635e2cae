/**
 * Tokens of local servers: made, found in a request, compared.
 *
 * @module
 */

import { createHash, timingSafeEqual } from "node:crypto";

/** 128 random bits, as 32 hexadecimal digits. */
export function newToken(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}

/** Compares in a time that depends neither on how much of it is right nor on its length; null and `""` are wrong. */
export function isTokenRight(given: string | null, token: string): boolean {
  const [one, other] = [given ?? "", token].map((text) => createHash("sha256").update(text).digest());
  const isSame = one !== undefined && other !== undefined && timingSafeEqual(one, other);
  return isSame && given !== null && token !== "";
}

/** The token of a page: in its address, else in the cookie of this name; null: in neither. */
export function tokenGiven(query: URLSearchParams, cookies: string | null, name: string): string | null {
  const inAddress = query.get("token");
  if (inAddress !== null) return inAddress;
  const cookie = (cookies ?? "").split(/;\s*/).find((each) => each.startsWith(`${name}=`));
  return cookie === undefined ? null : cookie.slice(name.length + 1);
}

/** The token of an `Authorization: Bearer …` header; null: there is none. */
export function bearerOf(authorization: string | null): string | null {
  return /^Bearer +(\S+) *$/i.exec(authorization ?? "")?.[1] ?? null;
}
