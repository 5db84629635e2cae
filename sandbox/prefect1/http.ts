/**
 * The HTTP side of the API: who may ask, how a request is read, how it is answered.
 *
 * @see recorded: tests/wire/prefect1/README.md §2
 * @module
 */

import { isJsonObject, type Json, type JsonObject } from "../../schemas/json/json.ts";
import { readBody } from "../../actors/guard/read_body.ts";
import { refused } from "../../actors/guard/serve_guarded.ts";
import { BOUNDS } from "../../schemas/bounds/bounds.ts";
import { type GuardRules, tooLarge } from "../../schemas/guard/guard.ts";
import { bearerOf, isTokenRight } from "../../schemas/guard/token.ts";
import { localRules } from "../http/local_rules.ts";
import type { CountedRequest } from "../http/request_counts.ts";
import type { GraphqlRequest } from "./document.ts";
import { execute, type Executed } from "./execute.ts";
import type { Call } from "./operation.ts";

/** What requests have in common. */
export interface Serving {
  /** What holds for every request; the rest of a call comes from its headers. */
  readonly call: Omit<Call, "agentId" | "coreVersion">;
  /** Whoever has it is answered. */
  readonly apiKey: string;
  /** Told of each field that was answered with an error. */
  readonly log: (line: string) => void;
  /** Told of each answered request. */
  readonly onRequest?: (request: CountedRequest) => void;
}

/** Largest body that is read, in bytes. */
const MOST_BYTES = BOUNDS.requestBody.most;

/** Whom the API answers. */
export const API_RULES: GuardRules = localRules("The sandbox", MOST_BYTES);

/** Answers one HTTP request that the guard let through. */
export async function serve(serving: Serving, request: Request): Promise<Response> {
  const { headers } = request;
  const { pathname } = new URL(request.url);
  if (request.method === "GET" && pathname === "/.well-known/apollo/server-health") {
    return Response.json({ status: "pass" });
  }
  if (pathname !== "/" && pathname !== "/graphql" && pathname !== "/graphql/") {
    return new Response("Not found", { status: 404 });
  }
  if (request.method !== "POST") return new Response("POST a GraphQL request here", { status: 405 });
  if (!isTokenRight(bearerOf(headers.get("authorization")), serving.apiKey)) return unauthenticated();
  const text = await readBody(request.body, MOST_BYTES);
  if (text === null) return refused(tooLarge(MOST_BYTES));
  const { status, body, fields } = run(serving, headers, text);
  serving.onRequest?.({
    service: "api",
    operation: fields.join(","),
    status,
    body: text,
    client: headers.get("user-agent") ?? "",
  });
  return Response.json(body, { status });
}

function unauthenticated(): Response {
  const message =
    "The API key is missing or wrong: the sandbox asks for the PREFECT__CLOUD__API_KEY that it " +
    "printed at its start";
  const body = { errors: [{ message, extensions: { code: "UNAUTHENTICATED" } }] };
  return Response.json(body, { status: 401 });
}

function run({ call, log }: Serving, headers: Headers, text: string): Executed {
  const parsed = readRequest(text);
  if (typeof parsed === "string") return { status: 400, body: { errors: [badRequest(parsed)] }, fields: [] };
  const executed = execute({
    ...call,
    tenantId: headers.get("x-prefect-tenant-id") ?? call.tenantId,
    agentId: headers.get("x-prefect-agent-id"),
    coreVersion: headers.get("x-prefect-core-version"),
  }, parsed);
  for (const error of errorsOf(executed)) log(`api: ${executed.status} ${error}`);
  return executed;
}

function errorsOf({ body }: Executed): readonly string[] {
  const errors = Array.isArray(body["errors"]) ? body["errors"] : [];
  return errors.filter(isJsonObject).map((error) => String(error["message"]));
}

function badRequest(message: string): JsonObject {
  return { message, extensions: { code: "BAD_USER_INPUT" } };
}

/** Reads the body; `variables` may be an object, JSON text of one, null or absent. @returns a text that says why not */
export function readRequest(text: string): GraphqlRequest | string {
  const body = parsedJson(text);
  if (!isJsonObject(body)) return "The body is not a JSON object";
  const { query, operationName } = body;
  if (typeof query !== "string") return 'Must provide a query: "query" is not a text';
  const given = body["variables"] ?? null;
  const variables = typeof given === "string" ? parsedJson(given) : given;
  if (variables !== null && !isJsonObject(variables)) {
    return '"variables" is neither an object nor JSON text of one';
  }
  return {
    query,
    variables: variables ?? {},
    operationName: typeof operationName === "string" ? operationName : null,
  };
}

function parsedJson(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
