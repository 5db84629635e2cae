/**
 * Which HTTP requests a server of the sandbox answers at all: those that mean this machine.
 *
 * @module
 */

const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i;

/**
 * Whether a `Host` header names this machine. A web page that had its own name resolved to 127.0.0.1 sends another one.
 */
export function isLoopbackHost(host: string | null | undefined): boolean {
  return host !== undefined && host !== null && LOOPBACK.test(host);
}

/** Whether an `Origin` header, if there is one, is a page of this machine. */
export function isLoopbackOrigin(origin: string | null | undefined): boolean {
  return origin === undefined || origin === null || isLoopbackHost(origin.replace(/^https?:\/\//i, ""));
}
