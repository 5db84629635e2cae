/**
 * Addresses and headers of the websockets of the Prefect 3 API.
 *
 * @module
 */

import { isProxied } from "../../../schemas/net/proxied.ts";
import { PREFECT_RELEASE } from "../../../schemas/prefect3/release.ts";
import type { ApiSettings } from "../../../schemas/prefect3/settings/worker_settings.ts";
import type { SocketAddress } from "./socket.ts";

/** Version of the API that this program speaks. */
const API_VERSION = "0.8.4";

/** Headers that a handshake needs as they are. */
const OWN_HEADERS = /^(user-agent|host|connection|upgrade|sec-websocket-.*)$/i;

/**
 * Where a socket goes, and as whom: the auth string wins over the key.
 *
 * @param path segments below the base address, not encoded yet
 */
export function socketAddress(
  api: Pick<ApiSettings, "url" | "key" | "authString" | "headers">,
  path: readonly string[],
): SocketAddress {
  const base = api.url.trim().replace(/\/+$/, "").replace(
    /^http(s?):/i,
    (_, secure: string) => `ws${secure.toLowerCase()}:`,
  );
  const segments = path.map((segment) => `/${encodeURIComponent(segment)}`);
  const authString = api.authString?.reveal() ?? null;
  const key = api.key?.reveal() ?? null;
  return {
    url: `${base}${segments.join("")}`,
    headers: {
      ...authorization(authString, key, api.headers),
      ...Object.fromEntries(Object.entries(api.headers).filter(([name]) => !OWN_HEADERS.test(name))),
      "user-agent": `prefect/${PREFECT_RELEASE} (API ${API_VERSION})`,
    },
    token: authString ?? key,
  };
}

/** Proxies and Prefect Cloud look at the header of the handshake, before the first message. */
function authorization(
  authString: string | null,
  key: string | null,
  custom: Readonly<Record<string, string>>,
): Record<string, string> {
  if (Object.keys(custom).some((name) => name.toLowerCase() === "authorization")) return {};
  if (authString !== null) return { authorization: `Basic ${base64(authString)}` };
  return key === null ? {} : { authorization: `Bearer ${key}` };
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

/** Address of the proxy that the environment names for a socket; null: it is reached directly, or its proxy is not HTTP. */
export function proxyFor(url: URL, env: Readonly<Record<string, string>>): string | null {
  const isSecure = url.protocol === "wss:";
  const asked = new URL(url);
  asked.protocol = isSecure ? "https:" : "http:";
  if (!isProxied(asked, env)) return null;
  const names = isSecure ? ["HTTPS_PROXY", "https_proxy"] : ["HTTP_PROXY", "http_proxy"];
  const value = [...names, "ALL_PROXY", "all_proxy"].map((name) => env[name] ?? "").find((text) =>
    text !== ""
  );
  if (value === undefined) return null;
  const proxy = value.includes("://") ? value : `http://${value}`;
  return /^https?:/i.test(proxy) ? proxy : null;
}
