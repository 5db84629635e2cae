/**
 * The AWS SDK's way to the network: its request handler over this program's {@link HttpCall}, so that proxies, custom
 * authorities, deadlines and bounds hold for AWS as for Prefect.
 *
 * @module
 */

import type { HttpHandlerOptions, QueryParameterBag, RequestHandler } from "@smithy/types";
import { type HttpRequest, HttpResponse } from "@smithy/protocol-http";
import { FailureError } from "../../schemas/failure/failure.ts";
import type { HttpCall } from "../http/http.ts";

/** What {@link makeAwsHttpHandler} needs. */
export interface AwsHttpHandlerOptions {
  readonly http: HttpCall;
  /** For one HTTP exchange, where the client that asks states no other bound. */
  readonly timeoutMs: number;
  /** Longest answer that is read. */
  readonly maxBytes: number;
  /** How the SDK wants the answer: `stream` for operations with a streaming body (S3 GetObject). @default "bytes" */
  readonly body?: "bytes" | "stream";
  /** Receives the id that AWS gave to each request it answered, for every status. */
  readonly onAnswer?: (requestId: string) => void;
}

/** The part of the SDK's handler interface that its clients use. */
export interface AwsHttpHandler extends RequestHandler<HttpRequest, HttpResponse, HttpHandlerOptions> {
  readonly updateHttpClientConfig: () => void;
  readonly httpHandlerConfigs: () => Record<never, never>;
}

/** Set by the transport itself, or refused by it. */
const OWN_HEADERS: ReadonlySet<string> = new Set(["host", "content-length", "connection", "expect"]);

/** A request handler for any AWS SDK client. */
export function makeAwsHttpHandler(options: AwsHttpHandlerOptions): AwsHttpHandler {
  return {
    metadata: { handlerProtocol: "http/1.1" },
    handle: (request, { abortSignal, requestTimeout = options.timeoutMs } = {}) =>
      exchange(request, abortSignal, { ...options, timeoutMs: requestTimeout }),
    destroy: () => {},
    updateHttpClientConfig: () => {},
    httpHandlerConfigs: () => ({}),
  };
}

async function exchange(
  request: HttpRequest,
  abortSignal: HttpHandlerOptions["abortSignal"],
  { http, timeoutMs, maxBytes, body, onAnswer }: AwsHttpHandlerOptions,
): Promise<{ response: HttpResponse }> {
  const sent = bodyOf(request);
  const answer = await http({
    method: request.method,
    url: urlOf(request),
    headers: headersOf(request),
    timeoutMs,
    maxBytes,
    ...(sent === undefined ? {} : { body: sent }),
    ...(abortSignal instanceof AbortSignal ? { signal: abortSignal } : {}),
  });
  if (onAnswer !== undefined) tellId(answer.headers, onAnswer);
  const given = body === "stream" ? new Blob([answer.body]).stream() : answer.body;
  const response = new HttpResponse({
    statusCode: answer.status,
    headers: { ...answer.headers },
    body: given,
  });
  return { response };
}

/** Where services put the id; one of them in each answer. @see the SDK's `deserializeMetadata` */
const ID_HEADERS: readonly string[] = ["x-amzn-requestid", "x-amzn-request-id", "x-amz-request-id"];

/** Longer than any id. */
const LONGEST_ID = 128;

function tellId(headers: Readonly<Record<string, string>>, onAnswer: (requestId: string) => void): void {
  const id = ID_HEADERS.map((name) => headers[name]).find((given) => given !== undefined);
  if (id !== undefined && id !== "" && id.length <= LONGEST_ID) onAnswer(id);
}

function bodyOf(request: HttpRequest): string | Uint8Array<ArrayBuffer> | undefined {
  const body: unknown = request.body;
  if (body === undefined || body === null || body === "") return undefined;
  if (typeof body === "string") return body;
  if (body instanceof Uint8Array) return new Uint8Array(body);
  const message = "Cannot send a streamed body to AWS: this program only sends texts";
  throw new FailureError({ tag: "unexpected", message });
}

function headersOf({ headers }: HttpRequest): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined && !OWN_HEADERS.has(name.toLowerCase())) kept[name] = value;
  }
  return kept;
}

function urlOf({ protocol, hostname, port, path, query }: HttpRequest): string {
  const asked = queryText(query);
  const place = port === undefined ? hostname : `${hostname}:${port}`;
  return `${protocol}//${place}${path}${asked === "" ? "" : `?${asked}`}`;
}

/** Encoded as SigV4 signs it: sorted does not matter, RFC 3986 escapes do. */
function queryText(query: QueryParameterBag): string {
  return Object.entries(query ?? {}).flatMap(([name, value]) => {
    if (value === null) return [escaped(name)];
    const values = typeof value === "string" ? [value] : value;
    return values.map((one) => `${escaped(name)}=${escaped(one)}`);
  }).join("&");
}

function escaped(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
