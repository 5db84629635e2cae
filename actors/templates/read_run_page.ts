/**
 * Reads a template that a flow run names on the web: each address is judged, at each redirect again.
 *
 * @module
 */

import { BOUNDS } from "../../schemas/bounds/bounds.ts";
import { FailureError } from "../../schemas/failure/failure.ts";
import { httpSource } from "../../schemas/templates/place_source.ts";
import type { TemplateSettings } from "../../schemas/templates/template_options.ts";
import { isAtPlace } from "../../schemas/templates/template_place.ts";
import { destinationOf, isListed } from "../../schemas/net/host_port.ts";
import { ipText, parseIpAddress } from "../../schemas/net/ip_address.ts";
import { isProxied } from "../../schemas/net/proxied.ts";
import { isLoopbackName, refusedAddress } from "../../schemas/net/refused_address.ts";
import type { Reading } from "../../schemas/plan/source.ts";
import type { Clock } from "../../schemas/time/clock.ts";
import { type HttpAnswer, type HttpCall, isTooLong, placeOf } from "../http/http.ts";
import { makePinnedHttp, type PinnedHttpOptions, refusedDestination } from "../http/pinned_http.ts";
import { notListed, textReading, tooLongTemplate, wrongPage } from "./run_source_failures.ts";

/** What {@link makeReadRunPage} needs. */
export interface RunPageDeps extends Pick<PinnedHttpOptions, "lookup" | "caCerts"> {
  readonly clock: Pick<Clock, "now">;
  /** For what goes through a proxy, which resolves names itself. */
  readonly http: HttpCall;
  readonly settings: TemplateSettings;
  /** The variables that name proxies. */
  readonly env: Readonly<Record<string, string>>;
}

/** Reads one page. @throws {FailureError} `configuration`, `timedOut`, `unreachable`, `unavailable` */
export type ReadRunPage = (url: string, signal: AbortSignal) => Promise<Reading>;

/** For one page, all redirects included. */
const PAGE_MS = 15_000;

const MOST_REDIRECTS = 5;

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Answers of an overloaded server or proxy, worth another try. */
const PASSING_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** One way to ask, and what is known of the page. */
interface Asking {
  readonly deps: RunPageDeps;
  readonly direct: HttpCall;
  readonly signal: AbortSignal;
}

/** The reader of pages. */
export function makeReadRunPage(deps: RunPageDeps): ReadRunPage {
  const direct = makePinnedHttp({
    ...deps,
    refuses: (address, to) => {
      const isAllowed = isListed(deps.settings.allowed, to) ||
        isListed(deps.settings.allowed, { ...to, host: ipText(address) });
      return isAllowed ? undefined : refusedAddress(address);
    },
  });
  return async (url, signal) => {
    if (!URL.canParse(url)) throw wrongPage("it is not a URL");
    const answer = await follow(new URL(url), { deps, direct, signal });
    // An error page must never become a template (Q-HTTP-STATUS).
    if (answer.status >= 200 && answer.status < 300) {
      return textReading(answer.body);
    }
    throw statusFailure(url, answer.status);
  };
}

function statusFailure(url: string, status: number): FailureError {
  const problem = `the server answered with HTTP status ${status}`;
  if (!PASSING_STATUSES.has(status)) return wrongPage(problem);
  return new FailureError({
    tag: "unavailable",
    status,
    message: `Cannot read ${placeOf(url)}: ${problem}`,
  });
}

async function follow(first: URL, asking: Asking): Promise<HttpAnswer> {
  const { clock } = asking.deps;
  const endMs = clock.now() + PAGE_MS;
  let url = first;
  for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
    refuseDestination(url, asking.deps);
    const answer = await ask(url, asking, Math.max(1, endMs - clock.now()));
    const next = REDIRECTS.has(answer.status) ? answer.headers["location"] : undefined;
    if (next === undefined) return answer;
    url = redirected(url, next);
  }
  throw wrongPage(`it redirects more than ${MOST_REDIRECTS} times`);
}

/** Behind a proxy nothing but a literal address can be judged; the direct way judges what names resolve to. */
function refuseDestination(url: URL, { settings }: RunPageDeps): void {
  if (settings.places !== null && !settings.places.some((place) => isAtPlace(httpSource(url.href), place))) {
    throw notListed();
  }
  const to = destinationOf(url);
  if (isListed(settings.allowed, to)) return;
  const address = parseIpAddress(to.host);
  const kind = address === undefined
    ? (isLoopbackName(to.host) ? "a loopback address" : undefined)
    : refusedAddress(address);
  if (kind !== undefined) throw refusedDestination(kind);
}

async function ask(url: URL, { deps, direct, signal }: Asking, timeoutMs: number): Promise<HttpAnswer> {
  const call = isProxied(url, deps.env) ? deps.http : direct;
  try {
    return await call({
      method: "GET",
      url: url.href,
      headers: { accept: "*/*" },
      redirect: "manual",
      timeoutMs,
      maxBytes: BOUNDS.template.most,
      signal,
    });
  } catch (thrown) {
    if (isTooLong(thrown)) throw tooLongTemplate();
    throw thrown;
  }
}

/** Where a redirect leads. A user and password stay with their own origin. */
function redirected(from: URL, location: string): URL {
  if (!URL.canParse(location, from)) throw wrongPage("it redirects to what is not a URL");
  const to = new URL(location, from);
  if (to.protocol !== "http:" && to.protocol !== "https:") {
    throw wrongPage("it redirects to another scheme than http and https");
  }
  if (from.protocol === "https:" && to.protocol === "http:") {
    throw wrongPage("it redirects from https to http");
  }
  if (to.origin === from.origin && to.username === "") {
    to.username = from.username;
    to.password = from.password;
  }
  return to;
}
