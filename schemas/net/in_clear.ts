/**
 * Whether what is sent to an address crosses a network in clear.
 *
 * @module
 */

/** IPv4 and IPv6 as a URL writes them, and the names that stand for them. */
const THIS_MACHINE =
  /^(localhost\.?|.+\.localhost\.?|127\.\d+\.\d+\.\d+|0\.0\.0\.0|\[::1?\]|\[::ffff:(7f[\da-f]{2}:[\da-f]{1,4}|0:0)\])$/;

/** Host and port of another machine that `http://` reaches; null: nothing is sent in clear, or only to this machine. */
export function sentInClearTo(address: string): string | null {
  const url = URL.parse(address);
  if (url === null || url.protocol !== "http:" || THIS_MACHINE.test(url.hostname)) return null;
  return url.host;
}
