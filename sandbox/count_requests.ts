/**
 * Counting around a request handler.
 *
 * @module
 */

import type { CountedRequest } from "./request_counts.ts";

/** Answers a request. */
export type Handler = (request: Request) => Promise<Response>;

/** First name after each brace of depth one: good enough to label a GraphQL request. */
function operationOf(body: string): string {
  return /\{\s*(?:\w+\s*:\s*)?(\w+)/.exec(
    /"query"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(body)?.[1]?.replaceAll("\\n", " ") ?? "",
  )
    ?.[1] ?? "";
}

/** The same handler, telling of each request that it answered. */
export function counted(handler: Handler, onRequest: (request: CountedRequest) => void): Handler {
  return async (request) => {
    const body = await request.clone().text();
    const response = await handler(request);
    onRequest({
      service: "api",
      operation: operationOf(body),
      status: response.status,
      body,
      client: request.headers.get("user-agent") ?? "",
    });
    return response;
  };
}
