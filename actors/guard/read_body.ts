/**
 * Reads the body of a request, and keeps no more of it than is accepted.
 *
 * @module
 */

/** So much of a body that is too large is read and thrown away: many clients read no answer before they have sent it. */
const DISCARDED_BYTES = 16 * 1024 * 1024;

/**
 * The text of a body.
 *
 * @param most largest size in bytes; of a larger one nothing is kept
 * @returns null when it is larger
 */
export async function readBody(
  body: AsyncIterable<Uint8Array> | null,
  most: number,
): Promise<string | null> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.byteLength;
    if (size > most + DISCARDED_BYTES) return null;
    if (size > most) chunks.length = 0;
    else chunks.push(new Uint8Array(chunk));
  }
  return size > most ? null : await new Blob(chunks).text();
}
