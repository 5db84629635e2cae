/** Answers that go wrong on their way: damaged bodies, wrong statuses, dropped and never-ending connections. @module */

import type { HttpAnswer, HttpCall, HttpRequest } from "../../../actors/http/http.ts";
import { type Failure, FailureError } from "../../../schemas/failure/failure.ts";
import type { Clock } from "../../../schemas/time/clock.ts";
import type { Json } from "../../../schemas/json/json.ts";
import { anyJson, damaged, hostileText, type Seeded } from "./seeded.ts";

const HTML =
  "<!doctype html><html><head><title>502</title></head><body><h1>Bad \u001b[1mGateway</h1></body></html>";

/** How hostile a server is. */
export interface Hostility {
  readonly from: Seeded;
  readonly clock: Clock;
  /** How often an answer is touched at all. */
  readonly rate: number;
}

/** The call with damage on its answers; time limits are kept, on the given clock. */
export function hostile(call: HttpCall, { from, clock, rate }: Hostility): HttpCall {
  return async (request) => {
    if (!from.chance(rate)) return await call(request);
    if (from.chance(0.1)) return await never(request, clock);
    if (from.chance(0.1)) throw new FailureError(dropped(from));
    return spoilt(await call(request), from, request);
  };
}

function dropped(from: Seeded): Failure {
  const message = `Connection of ${hostileText(from)} lost`;
  return from.pick<Failure>([
    { tag: "unreachable", message },
    { tag: "unavailable", status: 200, message: "Answer is longer than 8388608 bytes" },
  ]);
}

/** As the real call: the deadline ends it, or the wish of the caller. */
function never({ signal, timeoutMs }: HttpRequest, clock: Clock): Promise<HttpAnswer> {
  return new Promise((_, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const late: Failure = { tag: "timedOut", message: "No answer in time" };
    const forget = timeoutMs === undefined
      ? undefined
      : clock.after(timeoutMs, () => reject(new FailureError(late)));
    signal?.addEventListener("abort", () => {
      forget?.();
      reject(signal.reason);
    }, { once: true });
  });
}

/** One answer, spoilt. */
export function spoilt(answer: HttpAnswer, from: Seeded, request: HttpRequest): HttpAnswer {
  switch (from.below(9)) {
    case 0:
      return { ...answer, body: answer.body.slice(0, from.below(answer.body.length + 1)) };
    case 1:
      return { ...answer, body: scrambled(answer.body, from) };
    case 2:
      return {
        status: from.pick([200, 500, 502, 503]),
        headers: { "content-type": "text/html" },
        body: bytes(HTML),
      };
    case 3:
      return {
        status: from.pick([301, 302, 307]),
        headers: { location: hostileText(from) },
        body: bytes(""),
      };
    case 4:
      return { ...answer, status: from.pick([201, 204, 400, 401, 403, 404, 408, 413, 429, 500, 504, 599]) };
    case 5:
      return { ...answer, body: bytes(JSON.stringify({ errors: oddErrors(from, request), data: null })) };
    case 6:
      return { ...answer, body: bytes(textOf(anyJson(from))) };
    default:
      return { ...answer, body: bytes(textOf(damaged(jsonOf(answer.body), from))) };
  }
}

/** Errors in shapes no specification knows; some quote the request, headers and all. */
function oddErrors(from: Seeded, { headers, body }: HttpRequest): Json {
  const quoted = `refused ${JSON.stringify(headers)} ${
    typeof body === "string" ? body : new TextDecoder().decode(body)
  }`;
  const code = from.pick(["API_ERROR", "VERSION_LOCKING_ERROR", "UNAUTHENTICATED", "", hostileText(from)]);
  return from.pick<Json>([
    [{ message: quoted, extensions: { code } }],
    [{ message: "State update failed", extensions: null }],
    [{ message: anyJson(from), extensions: anyJson(from) }],
    [null, 1, "x"],
    { message: quoted },
    "no",
    anyJson(from),
    Array.from({ length: 500 }, () => ({ message: hostileText(from) })),
  ]);
}

function scrambled(body: Uint8Array<ArrayBuffer>, from: Seeded): Uint8Array<ArrayBuffer> {
  const changed = body.slice();
  for (let i = 0; i < 3; i++) changed[from.below(changed.length)] = 0x80 + from.below(128);
  return changed;
}

function jsonOf(body: Uint8Array): Json {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return null;
  }
}

/** JSON.stringify gives up on deep values that JSON.parse reads; this does not. */
export function textOf(value: Json): string {
  try {
    return JSON.stringify(value);
  } catch {
    return `{"data":${"[".repeat(30_000)}${"]".repeat(30_000)}}`;
  }
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
