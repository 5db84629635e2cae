/**
 * Hosts with or without a port, compared in one spelling.
 *
 * @module
 */

import { ipText, parseIpAddress } from "./ip_address.ts";

/** A host that an operator names. */
export interface HostPort {
  /** As {@link hostText} writes it. */
  readonly host: string;
  /** Null: any port. */
  readonly port: number | null;
}

/** Where a request goes. */
export interface Destination {
  /** As a URL has it; an address of IPv6 in brackets. */
  readonly host: string;
  readonly port: number;
}

/** One spelling for each host: names in lower case without a dot at the end, addresses as {@link ipText}. */
export function hostText(host: string): string {
  const address = parseIpAddress(host);
  if (address !== undefined) return ipText(address);
  const url = `http://${host}/`;
  const name = URL.canParse(url) ? new URL(url).hostname : host.toLowerCase();
  return name.replace(/\.$/, "");
}

/** @returns undefined for what is neither HOST nor HOST:PORT; an address of IPv6 may be without brackets when it has no port */
export function parseHostPort(text: string): HostPort | undefined {
  if (parseIpAddress(text) !== undefined) return { host: hostText(text), port: null };
  const [, host = "", port] = /^(\[[^\]]+\]|[^:[\]/?#@\s]+)(?::(\d{1,5}))?$/.exec(text) ?? [];
  if (host === "" || !URL.canParse(`http://${host}/`) || Number(port ?? 1) > 65_535) return undefined;
  return { host: hostText(host), port: port === undefined ? null : Number(port) };
}

/** Whether one of the hosts covers a destination. */
export function isListed(listed: readonly HostPort[], { host, port }: Destination): boolean {
  const text = hostText(host);
  return listed.some((one) => one.host === text && (one.port === null || one.port === port));
}

/** Where the request of a URL goes. */
export function destinationOf({ protocol, hostname, port }: URL): Destination {
  return { host: hostname, port: port === "" ? (protocol === "https:" ? 443 : 80) : Number(port) };
}
