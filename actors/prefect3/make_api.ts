/**
 * The client of the Prefect 3 API: headers, retries, limits and CSRF tokens of every request.
 *
 * @module
 */

import { FailureError, isRetriable, toFailure } from "../../schemas/failure/failure.ts";
import type { Log } from "../../schemas/contracts/log.ts";
import { addressOf, bareBase } from "../../schemas/prefect3/api_address.ts";
import { judge, type Judged, notPrefect, type Passing } from "../../schemas/prefect3/api_answer.ts";
import { apiSecrets, type Introduced, makeApiHeaders } from "../../schemas/prefect3/api_headers.ts";
import type { ApiSettings } from "../../schemas/prefect3/settings/worker_settings.ts";
import type { Redactor } from "../../schemas/secrets/redact.ts";
import type { Clock, Random } from "../../schemas/time/clock.ts";
import { type HttpCall, isTooLong } from "../http/http.ts";
import { type CallObserver, unobserved } from "../observability/call_observer.ts";
import { wait } from "../time/wait.ts";
import type { Api, ApiAnswer, ApiRequest } from "./api.ts";
import { type ApiTrouble, makeApiTrouble } from "./requests/api_trouble.ts";
import { type Csrf, makeCsrf } from "./requests/csrf.ts";
import { type Gate, makeGate } from "./requests/gate.ts";
import { makeTries } from "./requests/tries.ts";

/** What {@link makeApi} needs. */
export interface ApiDeps {
  readonly settings: ApiSettings;
  /** Every request goes through it; see `open_api_http.ts`. */
  readonly call: HttpCall;
  /** Ends the connections behind it. @default there is nothing to end */
  readonly close?: () => void;
  readonly clock: Clock;
  /** Spreads the waits between tries. */
  readonly random: Random;
  /** Is told what lasts, once for each cause. */
  readonly log: Log;
  /** Is told the credentials: answers of an API may quote what was sent. */
  readonly redact: Pick<Redactor, "text" | "learn">;
  /** Makes every request. @default requests are not observed */
  readonly observe?: CallObserver;
  /** Names this client for CSRF: a UUID. @default a random one */
  readonly clientId?: string;
  /** The API answered that it is in maintenance: it works, and it is waited for. */
  readonly onMaintenance?: () => void;
}

/** What the functions below share. */
interface Parts {
  readonly deps: ApiDeps;
  /** Without name, password and slash at its end. */
  readonly base: string;
  /** Those of the moment, without CSRF. */
  readonly headers: () => Readonly<Record<string, string>>;
  readonly gate: Gate;
  readonly csrf: Csrf;
  readonly trouble: ApiTrouble;
  readonly observe: CallObserver;
}

/** A write is refused for its token so often in a row before it counts as refused for good. */
const MOST_TOKENS = 2;

/** Makes the client. @throws {FailureError} `configuration` for credentials or headers that cannot travel */
export function makeApi(deps: ApiDeps): Api {
  const { settings, clock, log, redact } = deps;
  redact.learn(apiSecrets(settings));
  const headersOf = makeApiHeaders(settings);
  let headers = headersOf(null);
  const parts: Parts = {
    deps,
    base: bareBase(settings.url).base,
    headers: () => headers,
    gate: makeGate(clock),
    csrf: makeCsrf({
      enabled: settings.csrf,
      clock,
      client: deps.clientId ?? crypto.randomUUID(),
      ask: (client, signal) => exchange(parts, prepared(parts, tokenRequest(client)), {}, signal),
      learn: (token) => redact.learn({ credentials: [token] }),
    }),
    trouble: makeApiTrouble({ clock, log }),
    observe: deps.observe ?? unobserved,
  };
  return {
    send: (request, signal) => send(parts, request, signal),
    introduce: (worker: Introduced) => void (headers = headersOf(worker)),
    close: () => deps.close?.(),
  };
}

function tokenRequest(client: string): ApiRequest {
  const route = "GET /csrf-token";
  return {
    method: "GET",
    path: ["csrf-token"],
    query: { client },
    route,
    urgency: "first",
    accept: [404, 405, 422],
  };
}

/** A request as it is sent with every try. */
interface Prepared {
  readonly request: ApiRequest;
  readonly url: string;
  readonly body: string | null;
  /** It was sent once, and may have been received. */
  wasSent: boolean;
}

function prepared({ base }: Parts, request: ApiRequest): Prepared {
  const { path, query, body } = request;
  return {
    request,
    url: addressOf(base, path, query),
    body: body === undefined ? null : JSON.stringify(body),
    wasSent: false,
  };
}

async function send(parts: Parts, request: ApiRequest, signal: AbortSignal): Promise<ApiAnswer> {
  const made = request.urgency === "first" ? parts.gate.begin() : () => undefined;
  try {
    return await sendUntilAnswered(parts, request, signal);
  } finally {
    made();
  }
}

async function sendUntilAnswered(
  parts: Parts,
  request: ApiRequest,
  signal: AbortSignal,
): Promise<ApiAnswer> {
  const { clock, random, settings: { jitter, maxRetries } } = parts.deps;
  const sent = prepared(parts, request);
  const tries = makeTries(request.tries, { clock, random, jitter, maxRetries });
  for (let tokens = 0;;) {
    const judged = await certain(parts, await attempt(parts, sent, signal), signal);
    if (judged.kind === "answer") {
      parts.trouble.answered(request.route);
      return judged;
    }
    if (judged.kind === "final") throw failed(parts, judged);
    if (judged.kind === "csrf") {
      if (!parts.deps.settings.csrf || tokens++ >= MOST_TOKENS) throw failed(parts, judged);
      continue;
    }
    tellTrouble(parts, request, judged);
    const waitMs = tries.next(judged);
    if (waitMs === null) throw failed(parts, judged);
    await wait(waitMs, clock, signal);
    await request.again?.(signal);
  }
}

/** Asks for no run at all: what answers this with a list is the Prefect API. */
const PROOF: ApiRequest = {
  method: "POST",
  path: ["flow_runs", "filter"],
  route: "POST /flow_runs/filter",
  body: { flow_runs: { id: { any_: ["00000000-0000-0000-0000-000000000000"] } }, limit: 1 },
};

/**
 * What stands in front of an API says 404 in its words while it is away: nothing is taken for gone before the API has answered
 * something else.
 */
async function certain(parts: Parts, judged: Judged, signal: AbortSignal): Promise<Judged> {
  if (judged.kind !== "answer" || judged.status !== 404) return judged;
  const proof = await attempt(parts, prepared(parts, PROOF), signal);
  if (proof.kind === "answer" && Array.isArray(proof.body)) return judged;
  if (proof.kind === "csrf") return judged;
  return proof.kind === "passing" ? proof : notPrefect(judged.status, parts.base);
}

/** Answers of an API may quote what was sent: its credential must not stay in the message. */
function failed({ deps: { redact } }: Parts, { failure }: Exclude<Judged, { kind: "answer" }>): FailureError {
  return new FailureError({ ...failure, message: redact.text(failure.message) });
}

function tellTrouble({ deps, trouble }: Parts, { route }: ApiRequest, { cause, failure }: Passing): void {
  if (cause === "maintenance") deps.onMaintenance?.();
  trouble.failed(route, cause, deps.redact.text(failure.message));
}

/** One try, with a token where it writes. */
async function attempt(parts: Parts, sent: Prepared, signal: AbortSignal): Promise<Judged> {
  if (sent.request.method === "GET") return await exchange(parts, sent, {}, signal);
  const token = await parts.csrf.headers(signal);
  if ("judged" in token) return token.judged;
  const judged = await exchange(parts, sent, token.headers, signal);
  if (judged.kind === "csrf") parts.csrf.refused(token.headers);
  return judged;
}

/** Sends it once it may pass. @throws the reason of `signal`, and failures that no other try mends */
async function exchange(
  parts: Parts,
  sent: Prepared,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Judged> {
  const pass = await parts.gate.enter(sent.request.urgency ?? "normal", signal);
  let wasRefused = false;
  try {
    if (!sent.wasSent) sent.request.confirm?.();
    sent.wasSent = true;
    const judged = await parts.observe({
      service: "prefect",
      operation: sent.request.route,
      work: () => call(parts, sent, headers, signal),
      resultOf: (answer) => answer.kind === "answer" ? "ok" : answer.failure.tag,
    });
    wasRefused = judged.kind === "passing" && isRefusal(judged);
    return judged;
  } catch (thrown) {
    signal.throwIfAborted();
    return silent(thrown);
  } finally {
    pass.leave(wasRefused);
  }
}

/** 429 or 503: it takes too much at a time. */
function isRefusal({ failure }: Passing): boolean {
  return failure.tag === "throttled" || (failure.tag === "unavailable" && failure.status === 503);
}

async function call(
  { deps: { settings, clock, call }, base, headers }: Parts,
  { request, url, body }: Prepared,
  csrf: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Judged> {
  const answer = await call({
    method: request.method,
    url,
    headers: { ...headers(), ...csrf, ...(body === null ? {} : { "content-type": "application/json" }) },
    ...(body === null ? {} : { body }),
    timeoutMs: settings.requestTimeoutMs,
    signal,
  });
  const { accept = [] } = request;
  return judge(answer, { base, accept, extraCodes: settings.extraCodes, nowMs: clock.now() });
}

/** What no answer came of. An answer that is too long is so the next time as well. */
function silent(thrown: unknown): Judged {
  const failure = toFailure(thrown);
  if (isTooLong(thrown) || !isRetriable(failure)) return { kind: "final", failure };
  return { kind: "passing", cause: "silent", failure, atLeastMs: null, isExtra: false };
}
