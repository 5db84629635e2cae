/**
 * Ids whose order is that of their making, as those of a real server: UUIDs of version 7.
 *
 * @module
 */

/** Makes ids. @param micros microseconds since 1970, never the same twice */
export function idMaker(micros: () => number): () => string {
  return () => {
    const now = micros();
    const ms = Math.floor(now / 1000).toString(16).padStart(12, "0");
    const rest = (now % 1000).toString(16).padStart(3, "0");
    const random = crypto.randomUUID();
    return `${ms.slice(0, 8)}-${ms.slice(8)}-7${rest}-${random.slice(19)}`;
  };
}
