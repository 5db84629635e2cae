/**
 * Addresses and headers of the websockets of the Prefect 3 API.
 *
 * @module
 */

import { isProxied } from "../../../schemas/net/proxied.ts";
import { bareBase, socketAddressOf } from "../../../schemas/prefect3/api_address.ts";
import { credentialOf, makeApiHeaders } from "../../../schemas/prefect3/api_headers.ts";
import type { ApiSettings } from "../../../schemas/prefect3/settings/worker_settings.ts";
import type { SocketAddress } from "./socket.ts";

/**
 * Where a socket goes, and as whom: both as those of requests.
 *
 * @param path segments below the base address, not encoded yet
 * @throws {FailureError} `configuration` for a key, an auth string or a header of the user's that cannot travel
 */
export function socketAddress(
  api: Pick<ApiSettings, "url" | "key" | "authString" | "headers">,
  path: readonly string[],
): SocketAddress {
  return {
    url: socketAddressOf(bareBase(api.url).base, path),
    headers: makeApiHeaders(api)(null),
    token: credentialOf(api)?.token ?? null,
  };
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
