/**
 * HTTP to servers that strangers name: the name is resolved once, its addresses are judged, and the connection goes to one
 * of those that passed, with the name as Host and SNI. Proxies are not used.
 *
 * @module
 */

import type { LookupAddress, LookupAllOptions, LookupOneOptions } from "node:dns";
import { type IncomingMessage, request as httpRequest, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import { getCACertificates } from "node:tls";
import { FailureError } from "../../schemas/failure/failure.ts";
import { type Destination, destinationOf } from "../../schemas/net/host_port.ts";
import { type IpAddress, ipText, parseIpAddress } from "../../schemas/net/ip_address.ts";
import {
  type HttpAnswer,
  type HttpCall,
  type HttpRequest,
  placeOf,
  tooLong,
  withinDeadline,
  withoutUserInfo,
} from "./http.ts";
import { KNOWN_CODINGS, unpack } from "./unpack.ts";

/** All addresses of a name, as text. Rejects where the name cannot be resolved. */
export type Lookup = (host: string) => Promise<readonly string[]>;

/** What {@link makePinnedHttp} needs. */
export interface PinnedHttpOptions {
  readonly lookup: Lookup;
  /** Why an address may not be asked, in words such as `a loopback address`; undefined: it may. */
  readonly refuses: (address: IpAddress, to: Destination) => string | undefined;
  /** PEM texts of authorities that are trusted besides the built-in ones. */
  readonly caCerts: readonly string[];
}

/** A request goes to one of these. */
const MOST_ADDRESSES = 8;

/** For answers whose request does not say how long they may be. */
const MAX_BYTES = 256 * 1024;

/**
 * A call for requests without a body. Redirects are answers.
 *
 * @throws {FailureError} `configuration` for an address that may not be asked; as {@link HttpCall} for all else
 */
export function makePinnedHttp(options: PinnedHttpOptions): HttpCall {
  return (request) => withinDeadline(request, (signal) => exchange(request, signal, options));
}

async function exchange(
  request: HttpRequest,
  signal: AbortSignal,
  options: PinnedHttpOptions,
): Promise<HttpAnswer> {
  const { url, headers } = withoutUserInfo(request);
  const target = new URL(url);
  const addresses = await judged(target, signal, options);
  const answer = await send(target, signal, {
    method: request.method,
    headers: { ...headers, "accept-encoding": KNOWN_CODINGS },
    lookup: pinnedTo(addresses),
    ...(target.protocol === "https:" && options.caCerts.length > 0 ? { ca: authorities(options) } : {}),
  });
  const status = answer.statusCode ?? 0;
  return { status, headers: headersOf(answer), body: await bodyOf(answer, { request, status }) };
}

/** The addresses of a host that may be asked. @throws {FailureError} `configuration` where there is none */
async function judged(
  target: URL,
  signal: AbortSignal,
  { lookup, refuses }: PinnedHttpOptions,
): Promise<readonly IpAddress[]> {
  const to = destinationOf(target);
  const literal = parseIpAddress(to.host);
  const found = literal === undefined ? await resolved(to.host, signal, lookup) : [literal];
  const passed = found.filter((address) => refuses(address, to) === undefined);
  const [first] = found;
  if (first === undefined) throw new FailureError({ tag: "unreachable", message: noAddress(target) });
  if (passed.length === 0) throw refusedDestination(refuses(first, to) ?? "another address");
  return passed.slice(0, MOST_ADDRESSES);
}

/** The failure of a request to an address that may not be asked. @param kind such as `a loopback address` */
export function refusedDestination(kind: string): FailureError {
  const message =
    `it leads to ${kind}, which no flow run may name; the agent's operator can allow the host ` +
    "with --allow-template-address HOST[:PORT]";
  return new FailureError({ tag: "configuration", field: "--allow-template-address", message });
}

function noAddress({ href }: URL): string {
  return `Cannot reach ${placeOf(href)}: its name has no address`;
}

async function resolved(host: string, signal: AbortSignal, lookup: Lookup): Promise<readonly IpAddress[]> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  const texts = await Promise.race([lookup(host).catch(() => []), aborted]);
  return texts.map(parseIpAddress).filter((address) => address !== undefined);
}

type LookupOptions = LookupOneOptions | LookupAllOptions;
type LookupDone = (error: null, found: string | LookupAddress[], family?: number) => void;

/** Answers every question of the connection with the addresses that were judged. */
function pinnedTo(addresses: readonly IpAddress[]) {
  const all = addresses.map((address) => {
    const text = ipText(address);
    return { address: text, family: text.includes(":") ? 6 : 4 };
  });
  return (_host: string, options: LookupOptions, done: LookupDone): void => {
    const [first] = all;
    if (options.all === true) done(null, all);
    else done(null, first?.address ?? "", first?.family ?? 4);
  };
}

let known: readonly string[] | null = null;

function authorities({ caCerts }: PinnedHttpOptions): string[] {
  known ??= getCACertificates("default");
  return [...known, ...caCerts];
}

function send(target: URL, signal: AbortSignal, options: RequestOptions): Promise<IncomingMessage> {
  const { protocol, hostname, port, pathname, search } = target;
  const isSecure = protocol === "https:";
  const bare = hostname.replace(/^\[(.*)\]$/, "$1");
  const place = {
    host: bare,
    port: port === "" ? (isSecure ? 443 : 80) : Number(port),
    path: `${pathname}${search}`,
    agent: false,
    signal,
    ...options,
    ...(isSecure && parseIpAddress(hostname) === undefined ? { servername: bare.replace(/\.$/, "") } : {}),
  };
  return new Promise((resolve, reject) => {
    const sent = isSecure ? httpsRequest(place, resolve) : httpRequest(place, resolve);
    sent.on("error", (error) => reject(unreachable(target, error)));
    sent.end();
  });
}

/** Without the address that the name has, which the runtime's own message tells. */
function unreachable({ href }: URL, error: Error): FailureError {
  const why = "code" in error && typeof error.code === "string" ? error.code : "the connection failed";
  return new FailureError({ tag: "unreachable", message: `Cannot reach ${placeOf(href)}: ${why}` });
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => {
      if (value === undefined) return [];
      return [[name, typeof value === "string" ? value : value.join(", ")]];
    }),
  );
}

interface Asked {
  readonly request: HttpRequest;
  readonly status: number;
}

/** Only the body of a good answer is read. */
async function bodyOf(answer: IncomingMessage, asked: Asked): Promise<Uint8Array<ArrayBuffer>> {
  const { request, status } = asked;
  const most = request.maxBytes ?? MAX_BYTES;
  try {
    if (status < 200 || status > 299) return new Uint8Array();
    const coding = answer.headers["content-encoding"] ?? "";
    const unpacked = await unpack(await packed(answer, asked, most), { coding, most });
    if ("bytes" in unpacked) return unpacked.bytes;
    throw unpacked.fault === "tooLong" ? tooLong(request, status, most) : badPacking(request);
  } finally {
    answer.destroy();
  }
}

async function packed(answer: IncomingMessage, { request, status }: Asked, most: number) {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const chunk of answer) {
    if (!(chunk instanceof Uint8Array)) continue;
    size += chunk.length;
    if (size > most) throw tooLong(request, status, most);
    chunks.push(new Uint8Array(chunk));
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

function badPacking({ url }: HttpRequest): FailureError {
  const message = "its answer is packed in a way that cannot be unpacked";
  return new FailureError({ tag: "configuration", field: placeOf(url), message });
}
