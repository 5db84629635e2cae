/**
 * Headers of requests and of the handshakes of sockets: both say the same of who asks.
 *
 * @module
 */

import { FailureError } from "../failure/failure.ts";
import type { KnownTexts } from "../secrets/known_secrets.ts";
import type { Secret } from "../secrets/secret.ts";
import { nameKind } from "../secrets/secret_names.ts";
import { bareBase } from "./api_address.ts";
import { API_VERSION, USER_AGENT } from "./release.ts";
import type { ApiSettings } from "./settings/worker_settings.ts";

/** The worker, once it has a name in the API. */
export interface Introduced {
  readonly name: string;
  /** Null: the server gives none. */
  readonly id: string | null;
}

/** Names that the user's own headers do not replace: the client and the protocol need them. */
const PROTECTED = new Set([
  ...["user-agent", "prefect-csrf-token", "prefect-csrf-client", "x-prefect-api-version"],
  ...[
    "host",
    "connection",
    "upgrade",
    "content-length",
    "content-type",
    "transfer-encoding",
    "accept-encoding",
  ],
  ...["keep-alive", "te", "trailer", "expect", "proxy-connection"],
  ...["sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions", "sec-websocket-protocol"],
]);

/**
 * Makes the headers of every request and handshake, without those of a body and of CSRF. Names are in lower case.
 *
 * @throws {FailureError} `configuration` for a key, an auth string or a header of the user's that cannot travel
 */
export function makeApiHeaders(
  settings: Pick<ApiSettings, "url" | "key" | "authString" | "headers">,
): (worker: Introduced | null) => Readonly<Record<string, string>> {
  const credential = credentialOf(settings);
  const fixed = {
    ...(credential === null ? {} : { authorization: credential.header }),
    ...ownHeaders(settings.headers),
    "user-agent": USER_AGENT,
    "x-prefect-api-version": API_VERSION,
  };
  return (worker) => worker === null ? fixed : { ...fixed, ...attribution(worker) };
}

/** What of the settings must never come back in a message. */
export function apiSecrets({ url, key, authString, headers }: ApiSettings): KnownTexts {
  const { userInfo } = bareBase(url);
  const pairs = [authString?.reveal(), userInfo === null ? undefined : decodedPair(userInfo)];
  const passwords = pairs.map((pair) => pair?.replace(/^[^:]*:/, ""));
  const own = Object.entries(headers);
  const named = own.filter(([name]) => nameKind(name) !== "none").map(([, value]) => value);
  return {
    credentials: [key?.reveal(), ...pairs, ...passwords, ...named].filter(isText),
    // A single word, such as the name of a site, is no secret, and hiding it would hide it everywhere.
    values: own.map(([, value]) => value).filter((value) => !/^[A-Za-z]*$/.test(value)),
  };
}

function isText(text: string | undefined): text is string {
  return text !== undefined && text !== "";
}

/** What proves who asks. */
export interface Credential {
  /** The value of the header `Authorization`. */
  readonly header: string;
  /** The same as a message of a socket carries it. */
  readonly token: string;
}

/**
 * The auth string wins over the key, and both over name and password in the address. Null: there is none of them.
 *
 * @throws {FailureError} `configuration` for a key or an auth string that cannot travel
 */
export function credentialOf(
  { url, key, authString }: Pick<ApiSettings, "url" | "key" | "authString">,
): Credential | null {
  if (authString !== null) return basic(plainText(authString, "PREFECT_API_AUTH_STRING"));
  if (key !== null) {
    const token = keyText(key);
    return { header: `Bearer ${token}`, token };
  }
  const { userInfo } = bareBase(url);
  return userInfo === null ? null : basic(decodedPair(userInfo));
}

function basic(pair: string): Credential {
  return { header: `Basic ${base64(pair)}`, token: pair };
}

/** Refused early: the runtime's own text would quote the header, secret and all. */
function keyText(key: Secret): string {
  const text = key.reveal().trim();
  if (/^[\x21-\x7e]+$/.test(text)) return text;
  throw cannotTravel("PREFECT_API_KEY", "holds blanks, line ends or characters outside of ASCII");
}

/** It travels encoded, so that only what no person means is refused. */
function plainText(secret: Secret, field: string): string {
  const text = secret.reveal().trim();
  if (text !== "" && !hasControl(text)) return text;
  throw cannotTravel(field, "is empty or holds control characters");
}

function cannotTravel(field: string, why: string): FailureError {
  return new FailureError({
    tag: "configuration",
    field,
    message: `${field} ${why}; set it again without them`,
  });
}

function ownHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const own: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.trim().toLowerCase();
    if (PROTECTED.has(lower)) continue;
    const text = value.trim();
    if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(lower) || !isCarried(text)) {
      const message =
        `PREFECT_CLIENT_CUSTOM_HEADERS: ${JSON.stringify(name.slice(0, 100))} is not a header: names are ` +
        "letters, digits and hyphens, values are printable ASCII";
      throw new FailureError({ tag: "configuration", field: "PREFECT_CLIENT_CUSTOM_HEADERS", message });
    }
    own[lower] = text;
  }
  return own;
}

function attribution({ name, id }: Introduced): Record<string, string> {
  return {
    "x-prefect-worker-name": headerText(name),
    ...(id === null ? {} : { "x-prefect-worker-id": headerText(id) }),
  };
}

/** A text as it is, or percent-encoded where a header cannot carry it. */
export function headerText(text: string): string {
  return isCarried(text) && text === text.trim() ? text : encodeURIComponent(text.toWellFormed());
}

function isCarried(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}

function hasControl(text: string): boolean {
  // deno-lint-ignore no-control-regex
  return /[\x00-\x1f\x7f]/.test(text);
}

function decodedPair(userInfo: string): string {
  const parts = userInfo.split(":").map((part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  });
  return parts.length === 1 ? `${parts[0]}:` : parts.join(":");
}

function base64(text: string): string {
  return new TextEncoder().encode(text).toBase64();
}
