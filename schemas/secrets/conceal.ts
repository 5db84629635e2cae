/**
 * Takes known secrets out of texts that others wrote: a refusal may quote the request that it refuses.
 *
 * @module
 */

import { isJsonObject, type Json, type JsonObject } from "../json/json.ts";
import { isList, mappings } from "../json/shape.ts";
import { SHORTEST } from "./redact.ts";
import { HIDDEN } from "./secret.ts";

/** The text with every one of the values hidden, also where it is escaped as JSON or the text breaks off within it. */
export function hideValues(text: string, values: readonly string[]): string {
  let clean = text;
  for (const value of values) {
    if (value === "") continue;
    for (const form of new Set([value, JSON.stringify(value).slice(1, -1)])) {
      clean = hideCutOff(clean.replaceAll(form, HIDDEN), form);
    }
  }
  return clean;
}

/** Long texts are cut, and the cut may leave the better part of a secret. */
function hideCutOff(text: string, value: string): string {
  const end = /…( \(\d+ characters in all\))?$/.exec(text);
  if (end === null) return text;
  const head = text.slice(0, end.index);
  for (let length = value.length - 1; length >= SHORTEST; length--) {
    if (head.endsWith(value.slice(0, length))) return head.slice(0, -length) + HIDDEN + end[0];
  }
  return text;
}

/** Variables that the agent sets itself and that tell nothing. */
const PUBLIC_NAME =
  /^PREFECT__(BACKEND|CONTEXT__(FLOW_RUN_ID|FLOW_ID|IMAGE)|ENGINE__.*|LOGGING__.*|CLOUD__(API|TENANT_ID|AGENT__LABELS|USE_LOCAL_SECRETS|SEND_FLOW_RUN_LOGS))$/;

/**
 * Values of variables in a request to AWS: definitions and overrides keep them in lists named `environment`. Values under
 * {@link SHORTEST} characters are left out, they would hide innocent words.
 */
export function environmentValues(request: Json | undefined): readonly string[] {
  const values = new Set<string>();
  const look = (value: Json | undefined): void => {
    if (isList(value)) value.forEach(look);
    if (isJsonObject(value)) Object.entries(value).forEach(([name, member]) => visit(name, member));
  };
  const visit = (name: string, member: Json | undefined): void => {
    if (name !== "environment") return look(member);
    for (const entry of mappings(member)) if (isSecret(entry)) values.add(String(entry.value));
  };
  look(request);
  // Longest first: one value may be a part of another.
  return [...values].sort((one, other) => other.length - one.length);
}

function isSecret({ name, value }: JsonObject): boolean {
  return typeof value === "string" && value.length >= SHORTEST && !PUBLIC_NAME.test(String(name));
}
