/**
 * A thin client of a Prefect 3 API, for the demo and the flows in its containers.
 *
 * @module
 */

import type { Json } from "../../../schemas/json/json.ts";

/** Asks a Prefect 3 API. @returns the body of the answer, null when it has none @throws {Error} for a status from 300 on */
export type Rest = (method: string, path: string, body?: Json) => Promise<Json>;

/** A client. @param url ends in `/api` */
export function restClient(url: string, headers: Readonly<Record<string, string>>): Rest {
  return async (method, path, body) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { "content-type": "application/json", "x-prefect-api-version": "0.8.4", ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: HTTP ${response.status} ${text.slice(0, 500)}`);
    return text === "" ? null : JSON.parse(text);
  };
}

/** The header for `PREFECT_API_AUTH_STRING`. */
export function basicOf(authString: string): string {
  return `Basic ${btoa(authString)}`;
}
