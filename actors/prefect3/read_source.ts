/**
 * Reads what plans name of the API: block documents and variables.
 *
 * @module
 */

import { isJsonObject, type Json } from "../../schemas/json/json.ts";
import { keepNumbers, withNumbers } from "../../schemas/json/number_source.ts";
import type { Reading, Source } from "../../schemas/plan/source.ts";
import { type BlockSource, isPrefect3Source, type VariableSource } from "../../schemas/prefect3/source.ts";
import type { Redactor } from "../../schemas/secrets/redact.ts";
import type { Api, ApiRequest } from "./api.ts";

/** What reading needs. */
export interface ReadSourceDeps {
  readonly api: Pick<Api, "send">;
  /** Is told every text of a block before anybody sees it. */
  readonly redact: Pick<Redactor, "learn">;
}

/** Shortest text of a block that is hidden wherever it stands: shorter ones stand everywhere. */
const SHORTEST_SECRET = 6;

/** Reads a source of the API; null: it is of another kind. What fails is tried for as long as the claim is held. */
export function makeReadSource(
  { api, redact }: ReadSourceDeps,
): (source: Source, signal: AbortSignal) => Promise<Reading> | null {
  return (source, signal) => {
    if (!isPrefect3Source(source)) return null;
    return source.kind === "prefect3Block"
      ? readBlock(source, { api, redact }, signal)
      : readVariable(source, api, signal);
  };
}

async function readBlock(
  source: BlockSource,
  { api, redact }: ReadSourceDeps,
  signal: AbortSignal,
): Promise<Reading> {
  const { status, body: plain, text } = await api.send(blockRequest(source), signal);
  const what = "id" in source ? `block ${source.id}` : `block ${source.type}/${source.name}`;
  const body = status === 404 ? null : withNumbers(plain, text);
  if (!isJsonObject(body)) return { kind: "absent", message: `the API has no ${what}` };
  const { id = "", name = null, data = {}, block_type: type } = body;
  redact.learn({ values: textsIn(data) });
  const slug = isJsonObject(type) && typeof type["slug"] === "string" ? type["slug"] : "";
  return { kind: "json", value: { id, type: slug, name, data } };
}

function blockRequest(source: BlockSource): ApiRequest {
  const common = { method: "GET", query: { include_secrets: "true" }, accept: [404], tries: "held" } as const;
  if ("id" in source) {
    return { ...common, path: ["block_documents", source.id], route: "GET /block_documents/{id}" };
  }
  return {
    ...common,
    path: ["block_types", "slug", source.type, "block_documents", "name", source.name],
    route: "GET /block_types/slug/{slug}/block_documents/name/{name}",
  };
}

async function readVariable(
  { name }: VariableSource,
  api: ReadSourceDeps["api"],
  signal: AbortSignal,
): Promise<Reading> {
  const { status, body: plain, text } = await api.send({
    method: "GET",
    path: ["variables", "name", name],
    route: "GET /variables/name/{name}",
    accept: [404],
    tries: "held",
  }, signal);
  const body = status === 404 ? null : withNumbers(plain, text);
  if (!isJsonObject(body)) return { kind: "absent", message: `the API has no variable ${name}` };
  const value = { value: body["value"] ?? null };
  keepNumbers(body, value, "value");
  return { kind: "json", value };
}

function textsIn(value: Json): readonly string[] {
  if (typeof value === "string") return value.length < SHORTEST_SECRET ? [] : [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return isJsonObject(value) ? Object.values(value).flatMap((member) => textsIn(member ?? null)) : [];
}
