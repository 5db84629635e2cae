/**
 * What an answer of the Prefect 3 API means: an answer, a refusal for good, or trouble that passes. What something else
 * than Prefect answers, such as a proxy or a page, is trouble that passes: it says nothing of runs and deployments.
 *
 * @module
 */

import { hasTooManyValues } from "../bounds/answer_values.ts";
import { BOUNDS } from "../bounds/bounds.ts";
import type { Failure } from "../failure/failure.ts";
import { isJsonObject, type Json } from "../json/json.ts";
import { decodeText } from "../text/decode_text.ts";
import { isOfPrefect, isOfProxy } from "./answer_source.ts";
import { retryAfterMs } from "../time/retry_after.ts";

/** An HTTP answer as far as it matters here. */
export interface RawAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** What was asked, and of whom. */
export interface Asked {
  /** Base address without name and password, for messages. */
  readonly base: string;
  /** Statuses besides 2xx that are an answer. */
  readonly accept: readonly number[];
  /** Statuses that pass, as the user says. */
  readonly extraCodes: readonly number[];
  readonly nowMs: number;
}

/** Why a request is sent again. Each is told in a line of its own. */
export type Cause =
  /** No connection, or no answer in time. */
  | "silent"
  /** 408, 5xx, the user's extra codes. */
  | "failing"
  | "throttled"
  | "maintenance"
  /** The answer is cut off. */
  | "unreadable"
  /** Something else than Prefect answered. */
  | "foreign";

/** Trouble that passes. */
export interface Passing {
  readonly kind: "passing";
  readonly cause: Cause;
  readonly failure: Failure;
  /** The server asks to wait at least so long, in milliseconds; null: it does not say. */
  readonly atLeastMs: number | null;
  /** Only the user says that this status passes: it is not waited for without end. */
  readonly isExtra: boolean;
}

/** What an answer means. */
export type Judged =
  | { readonly kind: "answer"; readonly status: number; readonly body: Json; readonly text: string }
  | Passing
  /** The write lacks a CSRF token that holds. */
  | { readonly kind: "csrf"; readonly failure: Failure }
  | { readonly kind: "final"; readonly failure: Failure };

/** Longest text of the API that a message quotes, in characters. */
const MOST_DETAIL = 500;

/** These say something of the request itself, whoever says it. */
const OF_THE_REQUEST: ReadonlySet<number> = new Set([405, 413, 414, 415, 431, 501]);

/** Reads an answer. Messages quote it: they are to be redacted. */
export function judge(answer: RawAnswer, asked: Asked): Judged {
  const { status } = answer;
  const isExtra = asked.extraCodes.includes(status) && status >= 400 && !asked.accept.includes(status);
  if (isExtra || isPassing(status)) return passing(answer, asked, isExtra);
  if (status >= 300 && status < 400) return redirected(answer, asked);
  const read = readBody(answer.body);
  if (status === 401) return { kind: "final", failure: unauthorized(answer, read) };
  if (status < 200 || OF_THE_REQUEST.has(status)) return refused(answer, asked, read);
  if (isPage(answer, read)) return foreign(answer, `a web page (HTTP ${status})`, asked);
  if (status >= 300) {
    return isOfPrefect(status, "body" in read ? read.body : null)
      ? refused(answer, asked, read)
      : foreign(answer, other(status), asked);
  }
  if (!("body" in read)) return unreadable(answer, read);
  return isOfProxy(read.body)
    ? foreign(answer, other(status), asked)
    : { kind: "answer", status, body: read.body, text: read.text };
}

function isPassing(status: number): boolean {
  return status === 408 || status === 429 || (status >= 500 && status !== 501);
}

function passing(answer: RawAnswer, asked: Asked, isExtra: boolean): Passing {
  const { status, headers } = answer;
  const atLeastMs = retryAfterMs(headers["retry-after"], asked.nowMs);
  if (headers["prefect-maintenance"]?.trim().toLowerCase() === "true") {
    const failure = unavailable(status, `it is in maintenance (HTTP ${status})`);
    return { kind: "passing", cause: "maintenance", failure, atLeastMs, isExtra: false };
  }
  if (status === 429) {
    const message = "The Prefect API asks to slow down (HTTP 429)";
    const failure: Failure = { tag: "throttled", retryAfterMs: atLeastMs ?? 0, message };
    return { kind: "passing", cause: "throttled", failure, atLeastMs, isExtra };
  }
  const detail = detailOf(readBody(answer.body));
  const failure = unavailable(status, `HTTP ${status}${detail === "" ? "" : `: ${detail}`}`);
  return { kind: "passing", cause: "failing", failure, atLeastMs, isExtra };
}

/** A body that could be read, or why not. */
type Read =
  | { readonly body: Json; readonly text: string }
  | { readonly problem: "notText" | "notJson" | "tooMany"; readonly text: string };

function readBody(bytes: Uint8Array): Read {
  if (bytes.length === 0) return { body: null, text: "" };
  if (hasTooManyValues(bytes)) return { problem: "tooMany", text: "" };
  const decoded = decodeText(bytes);
  if ("problem" in decoded) return { problem: "notText", text: "" };
  const { text } = decoded;
  return parsed(text) ?? withBareWords(text) ?? { problem: "notJson", text };
}

function parsed(text: string): { readonly body: Json; readonly text: string } | null {
  try {
    const body: Json = JSON.parse(text);
    return { body, text };
  } catch {
    return null;
  }
}

/** A text of JSON, also one that is cut off, or a number that JSON does not have. */
const TEXT_OR_BARE = /"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?$)|-?\b(?:NaN|Infinity)\b/gs;

/** Python writes numbers that JSON does not have; one of them must not make a whole page unreadable. */
function withBareWords(text: string): { readonly body: Json; readonly text: string } | null {
  if (!/\b(?:NaN|Infinity)\b/.test(text)) return null;
  try {
    return parsed(text.replaceAll(TEXT_OR_BARE, (part) => part.startsWith('"') ? part : "null"));
  } catch {
    // The runtime's expressions have a bound, too.
    return null;
  }
}

function isPage({ headers }: RawAnswer, read: Read): boolean {
  if (/^\s*(?:text\/html|application\/xhtml)/i.test(headers["content-type"] ?? "")) return !("body" in read);
  return /^[\s\ufeff]*<(?:!doctype|html|head|body|!--|\?xml|h\d|title)/i.test(read.text);
}

/** An answer with a good form that the Prefect API does not give. @param base address without name and password */
export function notPrefect(status: number, base: string): Passing {
  return foreign({ status, headers: {} }, other(status), { base, nowMs: 0 });
}

function refused(answer: RawAnswer, { accept }: Asked, read: Read): Judged {
  const { status } = answer;
  if (accept.includes(status)) {
    return { kind: "answer", status, body: "body" in read ? read.body : null, text: read.text };
  }
  const detail = detailOf(read);
  if (status === 403) {
    const failure = unauthorized(answer, read);
    return /csrf token|missing client identifier/i.test(detail)
      ? { kind: "csrf", failure }
      : { kind: "final", failure };
  }
  const message = `The Prefect API refused the request: HTTP ${status}${detail === "" ? "" : `: ${detail}`}`;
  return { kind: "final", failure: { tag: "apiError", code: String(status), message } };
}

function unauthorized({ status }: RawAnswer, read: Read): Failure {
  const detail = detailOf(read);
  const said = `HTTP ${status}${detail === "" ? "" : `: ${detail}`}`;
  return {
    tag: "unauthorized",
    message: `The Prefect API refused the request (${said})${adviceFor(status, detail)}`,
  };
}

function adviceFor(status: number, detail: string): string {
  if (/\bplan\b/i.test(detail)) return "";
  if (/csrf/i.test(detail)) {
    return "; the server wants CSRF tokens: set PREFECT_CLIENT_CSRF_SUPPORT_ENABLED=true";
  }
  const settings = "PREFECT_API_KEY or, for a self-hosted server, PREFECT_API_AUTH_STRING";
  return status === 401 ? `; check ${settings}` : `; check the rights of ${settings}`;
}

function redirected(answer: RawAnswer, asked: Asked): Passing {
  const { status, headers } = answer;
  const to = placeOf(headers.location ?? "", asked.base);
  const isSecure = to?.startsWith("https://") === true && asked.base.startsWith("http://");
  const what = `a redirect${to === null ? "" : ` to ${to}`} (HTTP ${status})`;
  return foreign(answer, isSecure ? `${what}, so begin it with https://,` : what, asked);
}

/** Without user, query and fragment, which may carry tokens. */
function placeOf(location: string, base: string): string | null {
  if (location === "" || !URL.canParse(location, `${base}/`)) return null;
  const { protocol, host, pathname } = new URL(location, `${base}/`);
  return `${protocol}//${host}${pathname}`.slice(0, 200);
}

function other(status: number): string {
  return `something else than the Prefect API does (HTTP ${status})`;
}

function foreign(
  { status, headers }: Pick<RawAnswer, "status" | "headers">,
  what: string,
  { base, nowMs }: Pick<Asked, "base" | "nowMs">,
): Passing {
  const message = `PREFECT_API_URL (${base}) answers with ${what}; is /api missing at its end?`;
  const failure: Failure = { tag: "unavailable", status, message };
  const atLeastMs = retryAfterMs(headers["retry-after"], nowMs);
  return { kind: "passing", cause: "foreign", failure, atLeastMs, isExtra: false };
}

function unreadable({ status }: RawAnswer, read: Exclude<Read, { body: Json }>): Judged {
  if (read.problem === "tooMany") {
    const fault = { kind: "tooMany", mostValues: BOUNDS.answerValues.most } as const;
    const failure: Failure = { ...unavailable(status, "its answer has too many values"), fault };
    return { kind: "final", failure };
  }
  const what = read.problem === "notJson" ? "is not JSON, or is cut off" : "is no text";
  const failure: Failure = {
    ...unavailable(status, `its answer (HTTP ${status}) ${what}`),
    fault: { kind: read.problem, atByte: null },
  };
  return { kind: "passing", cause: "unreadable", failure, atLeastMs: null, isExtra: false };
}

function unavailable(status: number, why: string): Extract<Failure, { tag: "unavailable" }> {
  return { tag: "unavailable", status, message: `The Prefect API is not available: ${why}` };
}

/** Why, in the words of the API; empty where it gives none. Values that were sent are left out. */
function detailOf(read: Read): string {
  if (!("body" in read) || !isJsonObject(read.body)) return "";
  const { detail, exception_message: message, exception_detail: more } = read.body;
  const parts = [message, detail, more].map(detailText).filter((part) => part !== "");
  const text = [...new Set(parts)].join(": ");
  return text.length <= MOST_DETAIL ? text : `${text.slice(0, MOST_DETAIL).toWellFormed()}…`;
}

/** A list of faults is given as their places and texts. */
function detailText(detail: Json | undefined): string {
  if (typeof detail === "string") return detail;
  if (!Array.isArray(detail)) return isJsonObject(detail) ? detailText(detail.message ?? detail.msg) : "";
  return detail.slice(0, BOUNDS.faults.most).map((fault: Json) => {
    if (!isJsonObject(fault)) return detailText(fault);
    const place = Array.isArray(fault.loc) ? fault.loc.slice(0, 10).map(String).join(".") : "";
    return [place, detailText(fault.msg)].filter((part) => part !== "").join(": ");
  }).filter((part) => part !== "").join("; ");
}
