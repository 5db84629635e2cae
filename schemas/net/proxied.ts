/**
 * Which requests go through a proxy, by the variables that the runtime reads.
 *
 * @module
 * @see the documentation of Deno's `fetch` on HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY
 */

import { type IpAddress, parseIpAddress } from "./ip_address.ts";

type Env = Readonly<Record<string, string>>;

/**
 * Whether the runtime sends a request through a proxy. A value that it would not understand counts as none, so that an
 * address is judged here where nobody else would.
 */
export function isProxied(url: URL, env: Env): boolean {
  if (isExempt(url.hostname, env["NO_PROXY"] ?? env["no_proxy"] ?? "")) return false;
  const isCgi = env["REQUEST_METHOD"] !== undefined;
  const ofScheme = url.protocol === "https:" ? ["HTTPS_PROXY", "https_proxy"] : ["HTTP_PROXY", "http_proxy"];
  const named = [...["ALL_PROXY", "all_proxy"], ...(isCgi && url.protocol === "http:" ? [] : ofScheme)];
  return named.some((name) => isProxy(env[name] ?? ""));
}

/** A proxy as `scheme://[user:password@]host[:port]`; without a scheme it is one of HTTP. */
function isProxy(text: string): boolean {
  const url = text.includes("://") ? text : `http://${text}`;
  if (!/^(?:https?|socks5h?):\/\/[^\s/?#@]+(?:@[^\s/?#@]+)?(?:[/?#]\S*)?$/i.test(url)) return false;
  const userInfo = /^[^:]+:\/\/([^/?#]*)@/.exec(url)?.[1];
  return (userInfo === undefined || userInfo.includes(":")) && URL.canParse(url);
}

function isExempt(host: string, list: string): boolean {
  if (list === "") return false;
  const entries = list.split(",").map((entry) => entry.trim());
  const address = parseIpAddress(host);
  if (address === undefined) return entries.some((entry) => coversName(entry, host));
  return entries.some((entry) => coversAddress(entry, address));
}

/** Wider than the runtime, never narrower: a name that it asks directly must be resolved and judged here. */
function coversName(entry: string, host: string): boolean {
  if (entry === "*") return true;
  const domain = entry.toLowerCase().replace(/^\*?\./, "").replace(/:\d+$/, "");
  return host === domain || (domain !== "" && host.endsWith(`.${domain}`));
}

function coversAddress(entry: string, address: IpAddress): boolean {
  const [text = "", bits] = entry.split("/");
  const network = parseIpAddress(text);
  if (network === undefined || network.length !== address.length) return false;
  const count = bits === undefined ? 8 * network.length : Number(bits);
  return binary(address).slice(0, count) === binary(network).slice(0, count);
}

function binary(address: IpAddress): string {
  return address.map((byte) => byte.toString(2).padStart(8, "0")).join("");
}
