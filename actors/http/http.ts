/**
 * HTTP as this program does it: one call with a deadline, a bound on the answer and custom certificate authorities.
 *
 * @module
 */

import { systemClock } from "../time/system_clock.ts";
import { BOUNDS } from "../../schemas/bounds/bounds.ts";
import { FailureError } from "../../schemas/failure/failure.ts";
import { decodeText } from "../../schemas/text/decode_text.ts";
import { unpack } from "./unpack.ts";

/** One request. */
export interface HttpRequest {
  /** `GET`, `POST`… */
  readonly method: string;
  /** Absolute; may carry a query, which never shows in messages. */
  readonly url: string;
  /** Must be valid header values: line ends are refused by the runtime. */
  readonly headers: Readonly<Record<string, string>>;
  /** Absent: no body. */
  readonly body?: string | Uint8Array<ArrayBuffer>;
  /** From the first byte out to the last byte in. Absent: no deadline. */
  readonly timeoutMs?: number;
  /** Ends the call at once. */
  readonly signal?: AbortSignal;
  /** Whether redirects are followed. @default "manual" */
  readonly redirect?: "follow" | "manual";
  /** Longest answer that is read, packed and unpacked, in bytes. @default the bound `answer` */
  readonly maxBytes?: number;
}

/** One answer, of any status. */
export interface HttpAnswer {
  /** 200 to 599; with `redirect: "manual"` also 3xx. */
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Decompressed; empty when there was none. */
  readonly body: Uint8Array<ArrayBuffer>;
}

/**
 * Sends a request and reads the whole answer.
 *
 * @throws {FailureError} `timedOut`, `unreachable`, `unavailable` (answer too long)
 * @throws the reason of `signal` when that was aborted
 */
export type HttpCall = (request: HttpRequest) => Promise<HttpAnswer>;

/** What {@link makeHttp} needs from outside. */
export interface HttpOptions {
  /** The process environment; `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` are read by Deno itself. */
  readonly env: Readonly<Record<string, string>>;
  /** Reads a text file, throws when that is not possible. */
  readonly readFile: (path: string) => string;
  /** Which variables name certificate authorities, in the order in which they are read. */
  readonly caVariables: readonly CaVariable[];
}

/** A variable that names a PEM file of certificate authorities. */
export interface CaVariable {
  readonly name: string;
  /** Whether a file that cannot be read is an error; else it is a warning. */
  readonly required: boolean;
}

/** A call and the pool of connections behind it. */
export interface Http {
  /** May be used for any number of calls at a time. */
  readonly call: HttpCall;
  /** What the user should know, e.g. a CA file that is named but absent. */
  readonly warnings: readonly string[];
  /** PEM texts of the authorities that are trusted besides the built-in ones. */
  readonly caCerts: readonly string[];
  /** Drops idle connections; the call must not be used afterwards. */
  readonly close: () => void;
}

/**
 * The real {@link HttpCall}. CA files are trusted besides the built-in authorities.
 *
 * @throws {FailureError} `configuration` when a CA file cannot be read or holds no certificate
 */
export function makeHttp(options: HttpOptions): Http {
  const { caCerts, warnings } = readAuthorities(options);
  const client = caCerts.length === 0 ? undefined : Deno.createHttpClient({ caCerts });
  return {
    call: (request) => withinDeadline(request, (signal) => exchange(request, signal, client)),
    warnings,
    caCerts,
    close: () => client?.close(),
  };
}

function readAuthorities(
  { env, readFile, caVariables }: HttpOptions,
): { caCerts: string[]; warnings: string[] } {
  const caCerts = new Map<string, string>();
  const warnings: string[] = [];
  for (const { name, required } of caVariables) {
    const path = env[name];
    if (path === undefined || path === "" || caCerts.has(path)) continue;
    const read = readPem(path, readFile);
    if (read.pem !== null) caCerts.set(path, read.pem);
    else if (required) throw badAuthority(name, path, read.why);
    else warnings.push(`Ignoring ${name}=${path}: ${read.why}`);
  }
  return { caCerts: [...caCerts.values()], warnings };
}

function readPem(path: string, readFile: HttpOptions["readFile"]): { pem: string | null; why: string } {
  try {
    const pem = readFile(path);
    const usable = pem.includes("-----BEGIN CERTIFICATE-----");
    return { pem: usable ? pem : null, why: "it holds no PEM certificate" };
  } catch (error) {
    return { pem: null, why: whyNoPem(error) };
  }
}

function whyNoPem(error: unknown): string {
  if (error instanceof FailureError) return error.message;
  return error instanceof Deno.errors.NotFound ? "there is no such file" : "it is not readable as a file";
}

/**
 * The certificate authorities of a PEM file that must be there.
 *
 * @param name the variable that names the file
 * @throws {FailureError} `configuration` when it cannot be read or holds no certificate
 */
export function readAuthority(name: string, path: string, readFile: HttpOptions["readFile"]): string {
  const { pem, why } = readPem(path, readFile);
  if (pem === null) throw badAuthority(name, path, why);
  return pem;
}

function badAuthority(name: string, path: string, why: string): FailureError {
  const message = `Cannot use the certificate authorities of ${name}=${path}: ${why}; ` +
    "name a readable PEM file or unset the variable";
  return new FailureError({ tag: "configuration", field: name, message });
}

/**
 * Does one exchange with the deadline and the signal of its request.
 *
 * @throws {FailureError} `timedOut`; `unreachable` for what is not a failure yet
 * @throws the reason of the request's signal when that was aborted
 */
export async function withinDeadline(
  request: HttpRequest,
  work: (signal: AbortSignal) => Promise<HttpAnswer>,
): Promise<HttpAnswer> {
  const deadline = new AbortController();
  const { signal: given, timeoutMs } = request;
  // One controller for both, so that a late answer and a wish to stop can be told apart afterwards.
  const forward = () => deadline.abort();
  given?.throwIfAborted();
  given?.addEventListener("abort", forward);
  const forget = timeoutMs === undefined ? () => {} : systemClock.after(timeoutMs, forward);
  try {
    return await work(deadline.signal);
  } catch (error) {
    given?.throwIfAborted();
    throw deadline.signal.aborted ? late(request) : broken(request, error);
  } finally {
    forget();
    given?.removeEventListener("abort", forward);
  }
}

/** One exchange of {@link makeHttp}, through the connections of a client. */
export async function exchange(
  request: HttpRequest,
  signal: AbortSignal,
  client: Deno.HttpClient | undefined,
): Promise<HttpAnswer> {
  const { url, headers } = withoutUserInfo(request);
  const response = await fetch(url, {
    method: request.method,
    headers: withoutCodings(headers),
    redirect: request.redirect ?? "manual",
    signal,
    ...(request.body === undefined ? {} : { body: request.body }),
    ...(client === undefined ? {} : { client }),
  });
  const body = await readBody(response, request);
  return { status: response.status, headers: Object.fromEntries(response.headers), body };
}

/** A URL that is fetched shows in the traces that the runtime exports, so name and password travel in the header at once. */
export function withoutUserInfo({ url, headers }: HttpRequest): Pick<HttpRequest, "url" | "headers"> {
  if (!/^\w+:\/\/[^/?#]*@/.test(url)) return { url, headers };
  const bare = new URL(url);
  const pair = `${decoded(bare.username)}:${decoded(bare.password)}`;
  bare.username = "";
  bare.password = "";
  const given = Object.keys(headers).some((name) => name.toLowerCase() === "authorization");
  const authorization = `Basic ${encodeBase64(pair)}`;
  return { url: bare.href, headers: given ? headers : { ...headers, authorization } };
}

/** A stray percent sign stands for itself, and so do escapes of what is no text. */
function decoded(part: string): string {
  return part.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) => {
    const bytes = escapes.slice(1).split("%").map((byte) => parseInt(byte, 16));
    const read = decodeText(new Uint8Array(bytes));
    return "text" in read ? read.text : escapes;
  });
}

function encodeBase64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

/** The runtime unpacks, without a bound, every answer to a request that does not ask for `identity`. */
function withoutCodings(headers: HttpRequest["headers"]): HttpRequest["headers"] {
  const sent: Record<string, string> = { "accept-encoding": "identity" };
  for (const [name, value] of Object.entries(headers)) {
    if (name.toLowerCase() !== "accept-encoding") sent[name] = value;
  }
  return sent;
}

async function readBody(response: Response, request: HttpRequest): Promise<Uint8Array<ArrayBuffer>> {
  const most = request.maxBytes ?? BOUNDS.answer.most;
  const coding = response.headers.get("content-encoding") ?? "";
  const unpacked = await unpack(await readPacked(response, request, most), { coding, most });
  if ("bytes" in unpacked) return unpacked.bytes;
  if (unpacked.fault === "tooLong") throw tooLong(request, response.status, most);
  const message = `Cannot read the answer of ${placeOf(request.url)}: it is not packed as its header says`;
  throw new FailureError({ tag: "unreachable", message });
}

/** The body as it comes. */
async function readPacked(
  response: Response,
  request: HttpRequest,
  most: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const length = response.headers.get("content-length");
  // What is packed is longer unpacked, so a length that is too long is so either way.
  if (length !== null && Number(length) > most) {
    await response.body?.cancel();
    throw tooLong(request, response.status, most);
  }
  // A length that the server names is enforced by the transport.
  if (length !== null && Number(length) <= most || response.body === null) return await response.bytes();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.length;
    if (size > most) throw tooLong(request, response.status, most);
    chunks.push(chunk);
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

/** Whether an answer was longer than its request allows. */
export function isTooLong(thrown: unknown): boolean {
  if (!(thrown instanceof FailureError) || thrown.failure.tag !== "unavailable") return false;
  return thrown.failure.fault?.kind === "tooLong";
}

/** The failure of an answer that is longer than `maxBytes`. */
export function tooLong(request: HttpRequest, status: number, maxBytes: number): FailureError {
  const message = `Answer of ${placeOf(request.url)} is longer than ${maxBytes} bytes`;
  return new FailureError({
    tag: "unavailable",
    status,
    message,
    fault: { kind: "tooLong", mostBytes: maxBytes },
  });
}

function late(request: HttpRequest): FailureError {
  const message = `No answer from ${placeOf(request.url)} within ${(request.timeoutMs ?? 0) / 1000} s`;
  return new FailureError({ tag: "timedOut", message });
}

function broken(request: HttpRequest, error: unknown): FailureError {
  if (error instanceof FailureError) return error;
  const message = `Cannot reach ${placeOf(request.url)}: ${whyBroken(error)}`;
  return new FailureError({ tag: "unreachable", message }, { cause: error });
}

/** The part of the runtime's text after the URL: that may carry credentials in its user or query part. */
function whyBroken(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const text = inner instanceof Error ? inner.message : String(inner);
  return /client error \(\w+\): (.*)$/s.exec(text)?.[1] ?? text.replaceAll(/https?:\/\/\S+/g, "the server");
}

/** A URL without user, password, query and fragment: fit for messages. */
export function placeOf(url: string): string {
  if (!URL.canParse(url)) return "an address that is not a URL";
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname === "/" ? "" : pathname}`;
}
