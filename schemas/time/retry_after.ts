/**
 * How long a server asks to wait before the next request.
 *
 * @module
 */

/**
 * How long a server asks to wait.
 *
 * @param value the `Retry-After` header: seconds or an HTTP date
 * @returns milliseconds, null when the header is absent or unreadable
 */
export function retryAfterMs(value: string | undefined, nowMs: number): number | null {
  if (value === undefined || value.trim() === "") return null;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs);
}
