/**
 * The HTTP side of the API: who may ask, how a request is read, how it is answered.
 *
 * @see recorded: tests/wire/prefect1/README.md §2
 * @module
 */

import { isJsonObject, type Json, type JsonObject } from "../../schemas/json/json.ts";
import { isLoopbackHost, isLoopbackOrigin } from "../http/host.ts";
import type { CountedRequest } from "../http/request_counts.ts";
import type { GraphqlRequest } from "./document.ts";
import { execute, type Executed } from "./execute.ts";
import type { Call } from "./operation.ts";

/** What requests have in common. */
export interface Serving {
  /** What holds for every request; the rest of a call comes from its headers. */
  readonly call: Omit<Call, "agentId" | "coreVersion">;
  /** Told of each field that was answered with an error. */
  readonly log: (line: string) => void;
  /** Told of each answered request. */
  readonly onRequest?: (request: CountedRequest) => void;
}

/** Answers one HTTP request. */
export async function serve(serving: Serving, request: Request): Promise<Response> {
  const { headers } = request;
  const isLocal = isLoopbackHost(headers.get("host") ?? undefined);
  if (!isLocal || !isLoopbackOrigin(headers.get("origin") ?? undefined)) {
    return Response.json({ errors: [{ message: "The sandbox answers on loopback only" }] }, { status: 403 });
  }
  const { pathname } = new URL(request.url);
  if (request.method === "GET" && pathname === "/.well-known/apollo/server-health") {
    return Response.json({ status: "pass" });
  }
  if (pathname !== "/" && pathname !== "/graphql" && pathname !== "/graphql/") {
    return new Response("Not found", { status: 404 });
  }
  if (request.method !== "POST") return new Response("POST a GraphQL request here", { status: 405 });
  const text = await request.text();
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
