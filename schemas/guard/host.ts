/**
 * The `Host` of a request, and which hosts a local server answers to. A web page can let its own name point at this
 * machine (DNS rebinding); then the browser sends that name. An address cannot be such a name.
 *
 * @module
 */

/** A `Host` header, taken apart. */
export interface HostHeader {
  /** In lower case, without brackets and without a dot at the end. */
  readonly name: string;
  /** Null: none was given. */
  readonly port: number | null;
  readonly kind: "address" | "name";
}

/** Which hosts a server answers to, besides its own. */
export interface HostRule {
  /** Names that it answers to, in lower case; an address among them is answered to as well. */
  readonly names: readonly string[];
  /** Which addresses it answers to. */
  readonly addresses: "all" | "loopback" | "none";
  /** Whether every name will do. @default "listed" */
  readonly other?: "all" | "listed";
  /** The only port that may be named; null: any, because a port may be mapped on the way. */
  readonly port: number | null;
  /** Whether a request without a `Host` is answered: no browser sends one. @default "refused" */
  readonly absent?: "answered" | "refused";
}

/** As long as a name of DNS may be. */
const LONGEST_NAME = 253;

const NAME = /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/;
const HIGHEST_PORT = 65_535;
const DEFAULT_PORT = 80;

/** Whether a text is a name that a host may have; addresses are none. */
export function isHostName(text: string): boolean {
  if (text.length > LONGEST_NAME || !NAME.test(text)) return false;
  // A browser reads what ends in a number as an address, or not at all.
  return !/(^|\.)(\d+|0x[0-9a-f]*)$/.test(text);
}

/** Whether a text is an IPv4 address in four decimal numbers, or an IPv6 address without brackets. */
export function isAddress(text: string): boolean {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return text.split(".").every((part) => Number(part) <= 255);
  return /^[0-9a-f:.]+(%[\w.-]+)?$/i.test(text) && URL.canParse(`http://[${text.replace(/%.*$/, "")}]/`);
}

/** Whether only this machine can reach a host. */
export function isLoopback(hostname: string): boolean {
  const name = hostname.toLowerCase();
  if (name === "localhost") return true;
  if (!isAddress(name)) return false;
  if (!name.includes(":")) return name.startsWith("127.");
  return new URL(`http://[${name.replace(/%.*$/, "")}]/`).hostname === "[::1]";
}

/** Takes a `Host` header apart. @returns null when it is none */
export function parseHost(header: string): HostHeader | null {
  const parts = /^(\[[^[\]]*\]|[^:[\]]*)(?::(\d{1,5}))?$/.exec(header);
  const given = parts?.[1] ?? "";
  const port = parts?.[2] === undefined ? null : Number(parts[2]);
  if (parts === null || (port !== null && port > HIGHEST_PORT)) return null;
  const name = given.replace(/^\[|\]$/g, "").toLowerCase().replace(/(?<=.)\.$/, "");
  // Only an IPv6 address is written in brackets, and it always is.
  if (given.startsWith("[") !== name.includes(":")) return null;
  if (isAddress(name)) return { name, port, kind: "address" };
  return isHostName(name) ? { name, port, kind: "name" } : null;
}

/** Whether a server answers to a `Host` header; null: the request has none. */
export function isHostAllowed(header: string | null, rule: HostRule): boolean {
  if (header === null || header === "") return rule.absent === "answered";
  const host = parseHost(header);
  if (host === null) return false;
  if (rule.port !== null && (host.port ?? DEFAULT_PORT) !== rule.port) return false;
  if (rule.names.includes(host.name)) return true;
  if (host.kind === "name") return rule.other === "all";
  return rule.addresses === "all" || (rule.addresses === "loopback" && isLoopback(host.name));
}
