/**
 * GraphQL as the Prefect 1 API takes it: POST to the API URL itself, variables as JSON text. One such port is shared by
 * everything that talks to one API, so that its throttle gate holds for all.
 *
 * @module
 */

import { remainingMs, type Wait } from "../time/remaining.ts";
import type { Clock, Random } from "../../schemas/time/clock.ts";
import { type Failure, FailureError } from "../../schemas/failure/failure.ts";
import type { Redactor } from "../../schemas/secrets/redact.ts";
import type { Json, JsonObject } from "../../schemas/json/json.ts";
import { API_ERROR, readAnswer } from "../../schemas/prefect1/answer.ts";
import { retryAfterMs } from "../../schemas/time/retry_after.ts";
import { type CallObserver, unobserved } from "../observability/call_observer.ts";
import type { HttpAnswer, HttpCall } from "../http/http.ts";
import { wait } from "../time/wait.ts";
import type { Log } from "../../schemas/contracts/log.ts";

/** One operation. */
export interface GraphqlRequest {
  /** The document, anonymous, with one operation. */
  readonly query: string;
  /** Travels as JSON text; absent: `null`. */
  readonly variables?: Json;
  /** How often it is sent again after an `API_ERROR`; 0 for what must not be repeated unseen. @default 6 */
  readonly resends?: number;
  /** Longest answer that is read, in bytes. @default the bound `answer` */
  readonly mostBytes?: number;
  /** Ends the request and the waits between its repetitions. */
  readonly signal: AbortSignal;
}

/** Sends one operation and answers its `data`. @throws {FailureError} see {@link readAnswer}, and those of `HttpCall` */
export type Graphql = (request: GraphqlRequest) => Promise<JsonObject>;

/** Where and how operations are sent. */
export interface GraphqlOptions {
  /** The API's URL as configured: nothing is appended. */
  readonly url: string;
  readonly call: HttpCall;
  readonly clock: Clock;
  readonly random: Random;
  /** Of each request. */
  readonly timeoutMs: number;
  /** Headers of the moment, without `Content-Type`. */
  readonly headers: () => Readonly<Record<string, string>>;
  /** Hides what answers quote of the requests. */
  readonly redact: Pick<Redactor, "text">;
  /** Told once when the API begins to throttle. */
  readonly log: Log;
  /** Makes every request. @default requests are not observed */
  readonly observe?: CallObserver;
}

/** Waits before an operation that met `API_ERROR` is sent again. @see recorded: agent-loop/api-error-forever */
const RESEND_AFTER_MS = [0, 250, 500, 1000, 2000, 4000] as const;

/** Bounds of the wait after a 429 that names no time; the Python client sleeps 180 s. */
const THROTTLED_MS = { base: 5_000, cap: 180_000 } as const;

/** Longest wait that a `Retry-After` may ask for. */
const MAX_RETRY_AFTER_MS = 600_000;

/** Makes the port. */
export function makeGraphql(options: GraphqlOptions): Graphql {
  const gate = makeGate(options);
  return async (request) => {
    const resends = RESEND_AFTER_MS.slice(0, request.resends ?? RESEND_AFTER_MS.length);
    for (const afterMs of resends) {
      const answer = await sendOnce(request, options, gate);
      if ("data" in answer) return answer.data;
      if (!isApiError(answer.failure)) throw quoting(answer.failure, options);
      if (afterMs > 0) await wait(afterMs, options.clock, request.signal);
    }
    const last = await sendOnce(request, options, gate);
    if ("data" in last) return last.data;
    throw quoting(last.failure, options);
  };
}

/** Only `API_ERROR` means that the request is valid and may be sent again. */
function isApiError(failure: Failure): boolean {
  return failure.tag === "apiError" && failure.code === API_ERROR;
}

type Sent = { readonly data: JsonObject } | { readonly failure: Failure };

async function sendOnce(request: GraphqlRequest, options: GraphqlOptions, gate: Gate): Promise<Sent> {
  const shut = gate.look();
  if (shut !== null) return { failure: shut };
  const { observe = unobserved } = options;
  return await observe({
    service: "prefect",
    operation: operationOf(request.query),
    work: () => exchange(request, options, gate),
    resultOf: (sent) => "data" in sent ? "ok" : sent.failure.tag,
  });
}

/** The first field of the document: documents here are anonymous. */
function operationOf(query: string): string {
  return /^[^{]*\{\s*(\w+)/.exec(query)?.[1] ?? "unknown";
}

async function exchange(request: GraphqlRequest, options: GraphqlOptions, gate: Gate): Promise<Sent> {
  const answer = await options.call({
    method: "POST",
    url: options.url,
    headers: { ...options.headers(), "Content-Type": "application/json" },
    body: JSON.stringify({ query: request.query, variables: JSON.stringify(request.variables ?? null) }),
    timeoutMs: options.timeoutMs,
    signal: request.signal,
    ...(request.mostBytes === undefined ? {} : { maxBytes: request.mostBytes }),
  });
  if (answer.status === 429) return { failure: gate.shut(answer) };
  gate.open();
  return readAnswer(answer);
}

/** Blocks all calls while the API throttles: such calls fail at once and say how long to wait. */
interface Gate {
  /** The failure of a call made now, null when calls may pass. */
  readonly look: () => Failure | null;
  /** A 429 came. */
  readonly shut: (answer: HttpAnswer) => Failure;
  /** Anything else came. */
  readonly open: () => void;
}

function makeGate({ clock, random, log }: GraphqlOptions): Gate {
  let shut: Wait = { untilMs: 0, longestMs: 0 };
  let streak = 0;
  const throttled = (): Failure => {
    const waitMs = Math.ceil(remainingMs(shut, clock));
    const message = `The Prefect API asks to slow down (429): next request in ${Math.ceil(waitMs / 1000)} s`;
    return { tag: "throttled", retryAfterMs: waitMs, message };
  };
  return {
    look: () => remainingMs(shut, clock) > 0 ? throttled() : null,
    shut: (answer) => {
      const now = clock.now();
      const leftMs = remainingMs(shut, clock);
      const own = Math.min(THROTTLED_MS.cap, THROTTLED_MS.base * 2 ** streak) * (0.5 + random() / 2);
      const asked = retryAfterMs(answer.headers["retry-after"], now);
      const longestMs = Math.max(leftMs, Math.min(MAX_RETRY_AFTER_MS, asked ?? own));
      shut = { untilMs: now + longestMs, longestMs };
      // Requests that were under way when the gate closed bring further 429s: not a new streak, no second warning.
      if (leftMs > 0) return throttled();
      streak++;
      const failure = throttled();
      log("WARNING", failure.message);
      return failure;
    },
    open: () => {
      streak = 0;
    },
  };
}

/** Answers of an API may quote what was sent: its credential must not stay in the message. */
function quoting(failure: Failure, { redact }: GraphqlOptions): FailureError {
  return new FailureError({ ...failure, message: redact.text(failure.message) });
}
