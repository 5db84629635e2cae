/**
 * A thin GraphQL client, for the demo and tests: they use the API as any client does.
 *
 * @module
 */

import { FailureError } from "../../schemas/failure/failure.ts";
import { isJsonObject, type JsonObject } from "../../schemas/json/json.ts";

/** Asks a Prefect 1 API. @returns the `data` of the answer @throws {FailureError} for any other answer */
export type Graphql = (query: string, variables?: JsonObject) => Promise<JsonObject>;

/** A client of the API at `url`. */
export function graphqlClient(url: string, headers: Readonly<Record<string, string>> = {}): Graphql {
  return async (query, variables = {}) => {
    const response = await fetch(withoutLogin(url), {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ query, variables }),
    });
    const body: unknown = await response.json();
    const data = isJsonObject(body) ? body["data"] : undefined;
    const [error] = isJsonObject(body) && Array.isArray(body["errors"]) ? body["errors"] : [];
    if (error === undefined && isJsonObject(data)) return data;
    throw new FailureError(refused(response.status, error));
  };
}

/** A login in the address would take the place of the key. */
function withoutLogin(address: string): URL {
  const url = new URL(address);
  url.username = "";
  url.password = "";
  return url;
}

/** A client of the API of a sandbox. */
export function sandboxClient(
  { url, apiKey }: { readonly url: string; readonly apiKey: string },
  headers: Readonly<Record<string, string>> = {},
): Graphql {
  return graphqlClient(url, { ...headers, authorization: `Bearer ${apiKey}` });
}

function refused(status: number, error: unknown) {
  const known = isJsonObject(error) ? error : {};
  const { message, extensions } = known;
  const code = isJsonObject(extensions) ? String(extensions["code"] ?? "") : "";
  return {
    tag: "apiError",
    code,
    message: String(message ?? `The API answered with status ${status}`),
  } as const;
}
