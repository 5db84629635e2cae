/**
 * Secrets in requests for credentials: STS gets a web identity token, SSO an access token.
 *
 * @module
 */

import type { HttpRequest } from "@smithy/protocol-http";
import { isJsonObject } from "../../schemas/json/json.ts";
import { nameKind } from "../../schemas/secrets/secret_names.ts";

/** Values with a secret name, of the headers, the query and the body, be that a form or JSON. */
export function secretsSent({ headers, query, body }: HttpRequest): readonly string[] {
  const given = [...Object.entries(headers), ...Object.entries(query ?? {}), ...entriesOf(body)];
  return given.flatMap(([name, value]) => {
    if (nameKind(name) === "none" || typeof value !== "string" || /-HMAC-/.test(value)) return [];
    // A scheme stands before the token, and the parts of a signature are no secrets by themselves.
    return [/^Bearer +(.+)$/i.exec(value)?.[1] ?? value];
  });
}

function entriesOf(body: unknown): readonly (readonly [string, unknown])[] {
  if (body instanceof Uint8Array) return entriesOf(new TextDecoder().decode(body));
  if (typeof body !== "string") return [];
  if (!body.startsWith("{")) return [...new URLSearchParams(body)];
  try {
    const parsed: unknown = JSON.parse(body);
    return isJsonObject(parsed) ? Object.entries(parsed) : [];
  } catch {
    return [];
  }
}
