/**
 * One exchange with Amazon ECS. The AWS SDK's client says where to (endpoint rules, FIPS, dual stack, shared files), as whom
 * (credentials, user agent) and signs. The request is sent as the JSON that it is: the layers that the SDK puts around every
 * call cost more than all else about a launch, and checks, pacing and retries are this agent's own.
 *
 * @see "AWS JSON 1.1 protocol" in the Smithy documentation
 * @module
 */

import { type ECSClient, RunTaskCommand } from "@aws-sdk/client-ecs";
import { getEndpointFromInstructions } from "@smithy/core/endpoints";
import { HttpRequest, type HttpResponse } from "@smithy/protocol-http";
import type { RequestSigner, UserAgentPair } from "@smithy/types";
import { isJsonObject, type Json, type JsonObject } from "../../schemas/json/json.ts";
import { decodeText } from "../../schemas/text/decode_text.ts";
import { textIn, textsIn } from "../aws/answer.ts";
import { type AwsCall, refusedCall, toAwsFailure, unreadableAnswer } from "../aws/failure.ts";

/**
 * Sends one request, which must be what the operation takes, and gives the answer as it came.
 *
 * @throws {FailureError} what AWS, the way there or the credentials refused, see `toAwsFailure`
 */
export type EcsExchange = (call: AwsCall, request: JsonObject, signal: AbortSignal) => Promise<JsonObject>;

/** Where the requests of one client go, and what all of them carry. */
interface Route {
  readonly place: Pick<HttpRequest, "protocol" | "hostname" | "path"> & { readonly port?: number };
  readonly headers: Readonly<Record<string, string>>;
  readonly signer: RequestSigner;
  /** Whether requests are signed with the clock of AWS when it differs from this machine's. */
  readonly isCorrected: boolean;
}

/** How long one exchange may last, in milliseconds; an answer that comes later counts as lost. */
export interface ExchangeBounds {
  /** RunTask: its answer names the task that was started, so it is waited for longer. */
  readonly launchMs: number;
  /** Every other operation: it is simply sent again. */
  readonly otherMs: number;
}

/** AWS refuses a signature that is five minutes off; the SDK corrects its clock before that. */
const TOLERATED_MS = 60_000;

/** Exchanges of one client, which stays the caller's to destroy. `now`: epoch milliseconds. */
export function makeEcsExchange(
  { config }: Pick<ECSClient, "config">,
  now: () => number,
  { launchMs, otherMs }: ExchangeBounds,
): EcsExchange {
  let found: Promise<Route> | null = null;
  let aheadMs = 0;
  return async (call, request, signal) => {
    try {
      found ??= findRoute(config);
      const route = await found.catch((thrown: unknown) => {
        found = null;
        throw thrown;
      });
      const unsigned = requestOf(route, call, request);
      const signed = await route.signer.sign(unsigned, { signingDate: new Date(now() + aheadMs) });
      const { response }: { response: HttpResponse } = await config.requestHandler.handle(signed, {
        abortSignal: signal,
        requestTimeout: call.operation === "RunTask" ? launchMs : otherMs,
      });
      if (route.isCorrected) aheadMs = clockLead(response.headers["date"], now()) ?? aheadMs;
      return readAnswer(response, call);
    } catch (thrown) {
      throw toAwsFailure(thrown, call);
    }
  };
}

/** Lead of the clock of AWS over this machine's, in milliseconds; null: the answer does not say. */
function clockLead(date: string | undefined, nowMs: number): number | null {
  const ms = Date.parse(date ?? "") - nowMs;
  if (Number.isNaN(ms)) return null;
  return Math.abs(ms) > TOLERATED_MS ? ms : 0;
}

async function findRoute(config: ECSClient["config"]): Promise<Route> {
  const { url, headers = {}, properties } = await getEndpointFromInstructions({}, RunTaskCommand, config);
  const [scheme] = properties?.["authSchemes"] ?? [];
  const { protocol, hostname, port } = url;
  const path = url.pathname.endsWith("/") ? url.pathname : `${url.pathname}/`;
  const given = Object.entries(headers).map(([name, values]) => [name.toLowerCase(), values.join(", ")]);
  return {
    place: { protocol, hostname, path, ...(port === "" ? {} : { port: Number(port) }) },
    headers: {
      ...Object.fromEntries(given),
      "host": url.host,
      "content-type": "application/x-amz-json-1.1",
      "user-agent": await userAgent(config),
    },
    signer: await config.signer(scheme),
    isCorrected: !await config.disableClockSkewCorrection(),
  };
}

/** As the SDK puts it together. */
async function userAgent(config: ECSClient["config"]): Promise<string> {
  const own = await config.defaultUserAgentProvider();
  const id = await config.userAgentAppId();
  const app: UserAgentPair[] = id === undefined || id === "" ? [] : [[`app/${id}`]];
  return [...own, ...app, ...config.customUserAgent ?? []].map(spelledPair).join(" ");
}

/** `os/linux` and `6.1` are `os/linux#6.1`; what no header may hold is a dash. */
function spelledPair([name, version]: UserAgentPair): string {
  const parts = [...name.split("/"), ...version === undefined ? [] : [version]];
  const [first = "", second, third] = parts.map((part) => part.replaceAll(/[^!$%&'*+\-.^_`|~\w]/g, "-"));
  return `${first}${second === undefined ? "" : `/${second}`}${third === undefined ? "" : `#${third}`}`;
}

function requestOf({ place, headers }: Route, { operation }: AwsCall, request: JsonObject): HttpRequest {
  const target = `AmazonEC2ContainerServiceV20141113.${operation}`;
  return new HttpRequest({
    ...place,
    method: "POST",
    headers: { ...headers, "x-amz-target": target },
    body: JSON.stringify(request),
  });
}

function readAnswer({ statusCode, headers, body }: HttpResponse, call: AwsCall): JsonObject {
  const decoded = decodeText(body instanceof Uint8Array ? body : new Uint8Array());
  if ("problem" in decoded) throw unreadableAnswer(statusCode, call, isPage("", headers["content-type"]));
  const { text } = decoded;
  const answer = text === "" ? {} : parsed(text);
  if (!isJsonObject(answer)) throw unreadableAnswer(statusCode, call, isPage(text, headers["content-type"]));
  if (statusCode < 300) return answer;
  throw refusedCall({
    code: bareCode(headers["x-amzn-errortype"] ?? answer["code"] ?? answer["__type"]),
    text: textIn(answer["message"]) ?? textIn(answer["Message"]) ?? "UnknownError",
    status: statusCode,
    resourceIds: textsIn(answer["resourceIds"]),
  }, call);
}

/** Whether a text is a page for people, as proxies and sign-in portals answer. */
function isPage(text: string, contentType = ""): boolean {
  return /^\s*text\/html\b/i.test(contentType) || /^\s*<(!doctype|html|head|body)\b/i.test(text);
}

/** Codes come as `com.amazonaws.ecs#Code`, and some as `Code:http://…`. */
function bareCode(given: Json | undefined): string {
  const code = (textIn(given) ?? "").split(/[,:]/)[0]?.split("#").at(-1)?.trim() ?? "";
  return code === "" ? "Unknown" : code;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
