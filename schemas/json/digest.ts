/**
 * Stable text of JSON: the same content gives the same text, and so the same digest, in every process.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { isJsonObject, type Json } from "./json.ts";
import { isList } from "./shape.ts";

/** JSON text with sorted members and no blanks; members that are undefined are left out, list order is kept. */
export function canonicalJson(value: Json): string {
  if (isList(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const members: string[] = [];
  for (const name of Object.keys(value).sort()) {
    const member = value[name];
    if (member !== undefined) members.push(`${JSON.stringify(name)}:${canonicalJson(member)}`);
  }
  return `{${members.join(",")}}`;
}

/** SHA-256 of a text's UTF-8, 64 hexadecimal digits. */
export function sha256Hex(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}
