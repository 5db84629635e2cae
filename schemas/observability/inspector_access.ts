/**
 * Access to the inspector's page: checks the Host and Origin of a request, and the token.
 *
 * @module
 */

/** Where the page is served. */
export interface ServedAt {
  readonly hostname: string;
  readonly port: number;
}

const LOOPBACK: ReadonlySet<string> = new Set(["127.0.0.1", "localhost", "::1"]);
const EVERYWHERE: ReadonlySet<string> = new Set(["0.0.0.0", "::"]);

/** Whether only this machine can reach an address. */
export function isLoopback(hostname: string): boolean {
  return LOOPBACK.has(hostname.toLowerCase()) || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

/**
 * Whether a Host header names this server. Names of others are refused, so that no page elsewhere can reach it through a name
 * that it points here (DNS rebinding). Served everywhere, any address will do, but no name.
 */
export function isHostAllowed(host: string, { hostname, port }: ServedAt): boolean {
  const parts = /^(\[[0-9a-f:.%]+\]|[^:[\]]+)(?::(\d+))?$/i.exec(host);
  if (parts === null || Number(parts[2] ?? 80) !== port) return false;
  const name = (parts[1] ?? "").replace(/^\[|\]$/g, "").toLowerCase();
  if (name === hostname.toLowerCase()) return true;
  if (isLoopback(hostname)) return LOOPBACK.has(name);
  return EVERYWHERE.has(hostname) && (isAddress(name) || LOOPBACK.has(name));
}

function isAddress(name: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(name) || name.includes(":");
}

/** Whether an Origin header is this server's own; programs that are no browsers send none. */
export function isOriginAllowed(origin: string | null, host: string): boolean {
  return origin === null || origin.toLowerCase() === `http://${host.toLowerCase()}`;
}

/** The token of a request: in its address, else in the cookie of this port. */
export function tokenGiven(query: URLSearchParams, cookies: string | null, port: number): string | null {
  const inAddress = query.get("token");
  if (inAddress !== null) return inAddress;
  const name = `inspector-${port}=`;
  const cookie = (cookies ?? "").split(/;\s*/).find((each) => each.startsWith(name));
  return cookie === undefined ? null : cookie.slice(name.length);
}

/** Compares in a time that does not depend on how much of it is right. */
export function isTokenRight(given: string | null, token: string): boolean {
  if (given === null) return false;
  let different = given.length ^ token.length;
  for (let i = 0; i < given.length; i++) {
    different |= given.charCodeAt(i) ^ token.charCodeAt(i % token.length);
  }
  return different === 0;
}
