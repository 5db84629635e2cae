/**
 * Values of environment variables in a request, which an answer that quotes the request must not show.
 *
 * @module
 */

import { isJsonObject, type Json, type JsonObject } from "../json/json.ts";
import { isList, mappings } from "../json/shape.ts";
import { SHORTEST } from "../secrets/redact.ts";

/** Variables that the agent sets itself and that tell nothing. */
const PUBLIC_NAME =
  /^PREFECT__(BACKEND|CONTEXT__(FLOW_RUN_ID|FLOW_ID|IMAGE)|ENGINE__.*|LOGGING__.*|CLOUD__(API|TENANT_ID|AGENT__LABELS|USE_LOCAL_SECRETS|SEND_FLOW_RUN_LOGS))$/;

/**
 * Values of variables in a request: definitions and overrides keep them in lists named `environment`. Values under
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
