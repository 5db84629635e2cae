/**
 * Which requests a local server answers at all. Every server of this program asks this guard before it looks at a
 * request: it refuses pages of other sites, names that only pretend to be this machine, and what is too large to read.
 *
 * @module
 */

import { BOUNDS } from "../bounds/bounds.ts";
import { type HostRule, isHostAllowed } from "./host.ts";

/** A request without its body. */
export interface RequestHead {
  readonly method: string;
  /** Path and query, or the whole address. */
  readonly target: string;
  readonly headers: Headers;
}

/** What a server answers to. */
export interface GuardRules {
  readonly host: HostRule;
  /** Accepted methods; all others are refused. @default all, the server refuses by itself */
  readonly methods?: readonly string[];
  /** Largest body that is read, in bytes. */
  readonly bodyBytes: number;
  /** Whether a link on a page elsewhere may lead here: a page of ours may be opened so, a command may not. @default "refused" */
  readonly links?: "followed" | "refused";
  /** How a host that is not answered to is told so. */
  readonly hostRefusal: { readonly status: number; readonly message: string };
}

/** Why a request is not answered. */
export interface Refusal {
  readonly kind: "host" | "site" | "method" | "head" | "body";
  readonly status: number;
  /** One sentence. */
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Headers of every answer: no browser guesses its type, no other site embeds it. */
export const GUARD_HEADERS: Readonly<Record<string, string>> = {
  "x-content-type-options": "nosniff",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
};

/** Why a request is refused; null: it may be answered. */
export function judgeHead(head: RequestHead, rules: GuardRules): Refusal | null {
  return judgeSize(head) ?? judgeHost(head, rules) ?? judgeSite(head, rules) ?? judgeMethod(head, rules) ??
    judgeBody(head, rules);
}

/** What is said of a body that is too large. */
export function tooLarge(bodyBytes: number): Refusal {
  const message = `The body is too large: at most ${bodyBytes} bytes are read`;
  return { kind: "body", status: 413, message };
}

function judgeSize({ target, headers }: RequestHead): Refusal | null {
  const { most } = BOUNDS.requestHead;
  let size = target.length;
  for (const [name, value] of headers) size += name.length + value.length;
  if (size <= most) return null;
  const message = `The address and headers are too long: at most ${most} characters are read`;
  return { kind: "head", status: 431, message };
}

function judgeHost({ headers }: RequestHead, { host, hostRefusal }: GuardRules): Refusal | null {
  return isHostAllowed(headers.get("host"), host) ? null : { kind: "host", ...hostRefusal };
}

const OF_ANOTHER_SITE: Refusal = {
  kind: "site",
  status: 403,
  message: "Origin not allowed: pages of other sites are not answered",
};

/** A browser says by `Origin` and `Sec-Fetch-Site` which page asks; programs that are no browsers send neither. */
function judgeSite({ method, headers }: RequestHead, { links }: GuardRules): Refusal | null {
  const origin = headers.get("origin");
  const own = `http://${headers.get("host") ?? ""}`;
  if (origin !== null && origin.toLowerCase() !== own.toLowerCase()) return OF_ANOTHER_SITE;
  const site = headers.get("sec-fetch-site");
  if (site === null || site === "same-origin" || site === "none") return null;
  return links === "followed" && method === "GET" && isNavigation(headers) ? null : OF_ANOTHER_SITE;
}

/** Whether a person followed a link: the page that had it cannot read the answer. */
function isNavigation(headers: Headers): boolean {
  const into = headers.get("sec-fetch-dest");
  return headers.get("sec-fetch-mode") === "navigate" && (into === null || into === "document");
}

function judgeMethod({ method }: RequestHead, { methods }: GuardRules): Refusal | null {
  if (methods === undefined || methods.includes(method)) return null;
  return {
    kind: "method",
    status: 405,
    message: "Method not allowed",
    headers: { allow: methods.join(", ") },
  };
}

function judgeBody({ headers }: RequestHead, { bodyBytes }: GuardRules): Refusal | null {
  const length = headers.get("content-length");
  if (length === null) return null;
  // Several lengths come as one text with commas, which is no number.
  return Number(length) <= bodyBytes ? null : tooLarge(bodyBytes);
}
