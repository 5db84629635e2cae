/**
 * Requests to the Prefect 3 API, as the parts of the dialect make them.
 *
 * @module
 */

import type { Json } from "../../schemas/json/json.ts";

/** What waits when the API can take only a few requests: claims and ids of tasks go before everything else. */
export type Urgency = "first" | "normal" | "last";

/** One request. */
export interface ApiRequest {
  readonly method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  /** Segments of the path below the base address, not encoded yet: `["flow_runs", id, "set_state"]`. */
  readonly path: readonly string[];
  /** Names the kind of request for metrics and pages: `POST /flow_runs/{id}/set_state`. */
  readonly route: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Absent: no body. Sent as it is: parameters of runs are never parsed and written back. */
  readonly body?: Json;
  /** @default "normal" */
  readonly urgency?: Urgency;
  /**
   * How long it is tried: `once`; `briefly`, a few times within half a minute; `held`, until the signal ends it or the API
   * answers. A server in maintenance is always waited for.
   *
   * @default "briefly"
   */
  readonly tries?: "once" | "briefly" | "held";
  /** Called immediately before it is sent for the first time: if it throws, nothing is sent. @default it is sent */
  readonly confirm?: () => void;
  /** Called before it is sent again: if it throws, it is not sent any more. @default it is sent again */
  readonly again?: (signal: AbortSignal) => Promise<void>;
  /** Statuses besides 2xx that are an answer and no failure, such as 404. */
  readonly accept?: readonly number[];
  /** The flow run that it is for. */
  readonly runId?: string;
}

/** The answer of the API. */
export interface ApiAnswer {
  readonly status: number;
  /** Parsed; null where there was no body. */
  readonly body: Json;
  /** The text of the body, for what must not be read as numbers. */
  readonly text: string;
}

/**
 * Sends requests with the headers, retries, limits and CSRF tokens that the API asks for.
 *
 * @throws {FailureError} `unauthorized` (401, 403), `apiError` (a refusal for good, with status and text), `unavailable`,
 * `unreachable`, `timedOut`
 * @throws the reason of `signal`
 */
export interface Api {
  readonly send: (request: ApiRequest, signal: AbortSignal) => Promise<ApiAnswer>;
  /** Headers that go along from now on: the name and id of the worker. */
  readonly introduce: (worker: { readonly name: string; readonly id: string | null }) => void;
  /** Ends its connections. */
  readonly close: () => void;
}
