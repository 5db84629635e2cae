/**
 * The HTTP side of the API: who may ask, how a request is read, how it is answered.
 *
 * @module
 */

import { readBody } from "../../actors/guard/read_body.ts";
import { refused } from "../../actors/guard/serve_guarded.ts";
import { hasTooManyValues } from "../../schemas/bounds/answer_values.ts";
import { BOUNDS } from "../../schemas/bounds/bounds.ts";
import { type GuardRules, tooLarge } from "../../schemas/guard/guard.ts";
import { isTokenRight } from "../../schemas/guard/token.ts";
import { isDeeperThan, MAX_DEPTH } from "../../schemas/json/depth.ts";
import type { Json } from "../../schemas/json/json.ts";
import { withNumbers } from "../../schemas/json/number_source.ts";
import { localRules } from "../http/local_rules.ts";
import type { CountedRequest } from "../http/request_counts.ts";
import { isConstraint } from "../sqlite/sqlite.ts";
import { OPEN_ROUTES, ROUTES } from "./routes/all.ts";
import { jsonText } from "./store/json_text.ts";
import { keyOf } from "./wire/access.ts";
import { type Answer, CONFLICT, refusal } from "./wire/answer.ts";
import { faultAt, notJson } from "./wire/faults.ts";
import { type Found, makeRouter, type OtherMethod } from "./wire/route.ts";
import type { Serving } from "./wire/serving.ts";
import { whyOf } from "./wire/trouble.ts";

/** Largest body that is read, in bytes. */
const MOST_BYTES = BOUNDS.requestBody.most;

/** Whom the API answers. */
export const API_RULES: GuardRules = localRules("The sandbox", MOST_BYTES);

/** What an HTTP server has besides. */
export interface HttpServing {
  readonly serving: Serving;
  readonly key: string;
  /** Told of each answered request. */
  readonly onRequest?: (request: CountedRequest) => void;
}

/** What stands before every route. */
const PREFIX = "/api";

const router = makeRouter(ROUTES);

/** The path of a request below the prefix; null: it is elsewhere. */
export function pathOf(request: Request): string | null {
  const { pathname } = new URL(request.url);
  return pathname.startsWith(`${PREFIX}/`) ? pathname.slice(PREFIX.length) : null;
}

/** Answers one request that the guard let through and that opens no socket. */
export async function serve(http: HttpServing, request: Request): Promise<Response> {
  const path = pathOf(request);
  const isOpen = request.method === "GET" && path !== null && OPEN_ROUTES.has(path);
  if (!isOpen && !isTokenRight(keyOf(request.headers), http.key)) return written(UNAUTHORIZED);
  const refusedVersion = versionRefusal(request.headers.get("x-prefect-api-version"));
  if (refusedVersion !== null) return written(refusedVersion);
  const found = path === null ? null : router(request.method, path);
  if (found === null || "allowed" in found) return unknown(http, request, found);
  const text = request.body === null ? "" : await readBody(request.body, MOST_BYTES);
  if (text === null) return refused(tooLarge(MOST_BYTES));
  const answer = answered(http, found, request, text);
  http.onRequest?.({
    service: "prefect3",
    operation: `${found.route.method} ${found.route.path}`,
    status: answer.status,
    body: `${path} ${text}`,
    client: request.headers.get("user-agent") ?? "",
  });
  return written(answer);
}

const UNAUTHORIZED: Answer = { status: 401, body: { exception_message: "Unauthorized" } };

function unknown({ serving }: HttpServing, { method, url }: Request, other: OtherMethod | null): Response {
  const status = other === null ? 404 : 405;
  serving.log(
    `prefect3: ${status} ${method} ${new URL(url).pathname.slice(0, 200)}: the sandbox has no such route`,
  );
  if (other === null) return written(refusal(status, "Not Found"));
  const response = written(refusal(status, "Method Not Allowed"));
  response.headers.set("allow", other.allowed);
  return response;
}

function answered(http: HttpServing, found: Found, request: Request, text: string): Answer {
  const { serving } = http;
  const body = readJson(text);
  if (body !== undefined && "refusal" in body) return body.refusal;
  const call = {
    ...serving,
    params: found.params,
    query: new URL(request.url).searchParams,
    clientVersion: clientVersion(request.headers.get("user-agent")),
  };
  try {
    return found.route.answer(call, body?.value);
  } catch (thrown) {
    if (isConstraint(thrown)) return CONFLICT;
    serving.log(`prefect3: 500 ${found.route.method} ${found.route.path}: ${whyOf(thrown)}`);
    return { status: 500, body: { exception_message: "Internal Server Error" } };
  }
}

/** Undefined: there is no body. */
function readJson(text: string): { readonly value: Json } | { readonly refusal: Answer } | undefined {
  if (text === "") return undefined;
  if (hasTooManyValues(new TextEncoder().encode(text))) {
    return { refusal: faultAt(["body"], `The body has more than ${BOUNDS.answerValues.most} values`) };
  }
  try {
    const value: Json = JSON.parse(text);
    const isDeep = isDeeperThan(value, MAX_DEPTH);
    return isDeep
      ? { refusal: faultAt(["body"], `The body nests deeper than ${MAX_DEPTH} levels`) }
      : { value: withNumbers(value, text) };
  } catch {
    return { refusal: notJson() };
  }
}

function written({ status, body, isText }: Answer): Response {
  if (status === 204 || body === undefined) return new Response(null, { status });
  if (isText === true) return new Response(String(body), { status });
  return new Response(jsonText(body), { status, headers: { "content-type": "application/json" } });
}

/** The least version of the API that is answered. */
const LEAST = [0, 8, 0] as const;

function versionRefusal(version: string | null): Answer | null {
  if (version === null || version === "") return null;
  const parts = /^(\d+)\.(\d+)\.(\d+)$/.exec(version)?.slice(1).map(Number);
  if (parts === undefined) {
    const why = `Invalid X-PREFECT-API-VERSION header format.Expected header in format 'x.y.z' but received `;
    return refusal(400, `${why}${version.slice(0, 100)}`);
  }
  const differing = LEAST.findIndex((least, at) => least !== parts[at]);
  const isOld = differing >= 0 && (parts[differing] ?? 0) < (LEAST[differing] ?? 0);
  if (!isOld) return null;
  const why = `The request specified API version ${version} but this server requires version ${
    LEAST.join(".")
  } or higher.`;
  return refusal(400, why);
}

function clientVersion(userAgent: string | null): string | null {
  return /^prefect\/(\d+\.\d+\.\d+[a-z.+0-9]*) \(API \S+\)$/.exec(userAgent ?? "")?.[1] ?? null;
}
