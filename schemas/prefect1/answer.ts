/**
 * How an answer of the Prefect 1 API is read: its data, or the failure it stands for.
 *
 * @module
 */

import * as v from "valibot";
import type { AnswerFault, Failure } from "../failure/failure.ts";
import { hasTooManyValues } from "../bounds/answer_values.ts";
import { BOUNDS, utf8Bytes } from "../bounds/bounds.ts";
import { isJsonObject, type JsonObject } from "../json/json.ts";
import { decodeText } from "../text/decode_text.ts";

/** An HTTP answer as far as it matters here. */
export interface RawAnswer {
  readonly status: number;
  /** `Retry-After` or `Location`, names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Data, or why there is none. */
export type Answer = { readonly data: JsonObject } | { readonly failure: Failure };

/** Code of Prefect Cloud for a state that was set with an outdated version. */
export const VERSION_LOCKING_ERROR = "VERSION_LOCKING_ERROR";

/** Code of Prefect Cloud for trouble behind the API; the same request may be sent again. */
export const API_ERROR = "API_ERROR";

const graphqlErrors = v.array(
  v.looseObject({
    message: v.optional(v.unknown()),
    extensions: v.optional(v.nullable(v.looseObject({ code: v.optional(v.unknown()) }))),
  }),
);

/** Longest text of the API that is passed on in a message. */
const MAX_TEXT = 2000;

/**
 * Reads an answer. The meaning of statuses and codes is that of the Python client: codes count with status 200 only.
 *
 * @see recorded: agent-poll-errors, runtime-api-errors, cloud-auth-refused (Prefect 0.15.13)
 */
export function readAnswer(answer: RawAnswer): Answer {
  const { status } = answer;
  if (status === 401 || status === 403) return { failure: refused(`HTTP ${status}`) };
  if (status === 429) {
    return {
      failure: { tag: "throttled", retryAfterMs: 0, message: "The Prefect API asks to slow down (429)" },
    };
  }
  if (status >= 500 || status === 408) return { failure: unavailable(status, `HTTP ${status}`) };
  const { body, fault } = parseBody(answer.body);
  if (status >= 300) return { failure: refusedRequest(answer, body) };
  if (body === null) {
    const failure = unavailable(status, "Malformed response received from API");
    return { failure: fault === null ? failure : { ...failure, fault } };
  }
  const errors = errorsOf(body);
  if (errors.length > 0) return { failure: failureOf(errors) };
  if (!isJsonObject(body.data)) {
    return { failure: unavailable(status, "Malformed response received from API: no data") };
  }
  return { data: body.data };
}

/** Whether a failed claim means that another agent has the run, or that the run has changed since it was read. */
export function isClaimRefusal(failure: Failure): boolean {
  if (failure.tag !== "apiError") return false;
  return failure.code === VERSION_LOCKING_ERROR || failure.message.includes("State update failed");
}

/** Whether a failed request was certainly not executed. */
export function isNotExecuted(failure: Failure): boolean {
  return failure.tag === "throttled" || failure.tag === "unauthorized" || failure.tag === "configuration";
}

interface GraphqlError {
  readonly code: string;
  readonly message: string;
}

/** A body: null for anything that is not a JSON object, with what is wrong if it begins like one. */
interface ParsedBody {
  readonly body: JsonObject | null;
  readonly fault: AnswerFault | null;
}

const UNKNOWN_BODY: ParsedBody = { body: null, fault: null };

function parseBody(bytes: Uint8Array): ParsedBody {
  if (hasTooManyValues(bytes)) return tooManyValues();
  const decoded = decodeText(bytes);
  if ("problem" in decoded) {
    return startsAsObject(bytes)
      ? { body: null, fault: { kind: "notText", atByte: decoded.atByte } }
      : UNKNOWN_BODY;
  }
  const { text } = decoded;
  // What was counted stands apart by a byte each in UTF-16, so it is counted again.
  if (isUtf16(bytes) && hasTooManyValues(new TextEncoder().encode(text))) return tooManyValues();
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? { body: value, fault: null } : UNKNOWN_BODY;
  } catch (thrown) {
    // HTML, an empty text: something else answered, no row is at fault.
    if (!startsAsObject(bytes)) return UNKNOWN_BODY;
    return { body: null, fault: { kind: "notJson", atByte: byteOf(thrown, text) } };
  }
}

function tooManyValues(): ParsedBody {
  return { body: null, fault: { kind: "tooMany", mostValues: BOUNDS.answerValues.most } };
}

/** Whether a mark of UTF-16 begins it: no UTF-8 begins so. */
function isUtf16(bytes: Uint8Array): boolean {
  return (bytes[0] ?? 0) >= 0xfe;
}

function startsAsObject(bytes: Uint8Array): boolean {
  const first = bytes.find((byte) => byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09);
  return first === 0x7b;
}

/** The parser names a position in the text, or quotes the text, which is not passed on. */
function byteOf(thrown: unknown, text: string): number | null {
  const found = thrown instanceof SyntaxError ? /at position (\d+)/.exec(thrown.message)?.[1] : undefined;
  return found === undefined ? null : utf8Bytes(text.slice(0, Number(found)));
}

/** GraphQL wants a list of objects; anything else is shown as it came. */
function errorsOf(body: JsonObject): readonly GraphqlError[] {
  if (body.errors === undefined || body.errors === null) return [];
  const parsed = v.safeParse(graphqlErrors, body.errors);
  if (!parsed.success) return [{ code: "", message: textOf(body.errors) }];
  return parsed.output.map((error) => ({
    code: typeof error.extensions?.code === "string" ? error.extensions.code : "",
    message: textOf(error.message),
  }));
}

function failureOf(errors: readonly GraphqlError[]): Failure {
  const text = errors.map(lineOf).join("; ");
  if (text.includes("UNAUTHENTICATED") || text.includes("Malformed Authorization header")) {
    return refused(text);
  }
  const first = errors[0]?.code ?? "";
  // The client looks for this code anywhere in the list.
  const code = text.includes(API_ERROR) ? API_ERROR : first;
  return { tag: "apiError", code, message: cut(text) };
}

/** `CODE: message`, as the Python client prints it; the Server's one code says nothing. */
function lineOf({ code, message }: GraphqlError): string {
  return code === "" || code === "INTERNAL_SERVER_ERROR" ? message : `${code}: ${message}`;
}

/** 3xx and 4xx: sending the same request again is of no use. */
function refusedRequest(answer: RawAnswer, body: JsonObject | null): Failure {
  const { status, headers } = answer;
  if (status < 400) {
    const to = headers.location ?? "another address";
    return {
      tag: "apiError",
      code: "",
      message: `HTTP ${status}: the API has moved to ${to}; change the API URL`,
    };
  }
  const lines = body === null ? [] : errorsOf(body).map(lineOf);
  const why = lines.length > 0 ? lines.join("; ") : "no reason given; is this the URL of a Prefect 1 API?";
  return { tag: "apiError", code: "", message: cut(`HTTP ${status}: ${why}`) };
}

function refused(why: string): Failure {
  const message = `The Prefect API refused the credentials: ${cut(why)}`;
  return { tag: "unauthorized", message };
}

function unavailable(status: number, why: string): Extract<Failure, { tag: "unavailable" }> {
  return { tag: "unavailable", status, message: `The Prefect API is not available: ${why}` };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value) ?? "no message";
}

function cut(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}…`;
}
