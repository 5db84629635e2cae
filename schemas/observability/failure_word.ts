/**
 * The word for a failure where it leaves this program: labels of metrics, attributes of spans, what the inspector shows. These
 * words are public and stay when a tag is renamed.
 *
 * @module
 */

/** A failure, also as the inspector reads it from a context. */
interface Worded {
  readonly tag: string;
  readonly failures?: unknown;
}

const REFUSED = "awsRefused";

/** The public word for a failure; that of most is their tag. */
export function failureWord({ tag, failures }: Worded): string {
  if (tag === "refused") return REFUSED;
  // The whole request was refused, because the account's limit is reached.
  const hasNoReasons = Array.isArray(failures) && failures.length === 0;
  return tag === "notPlaced" && hasNoReasons ? REFUSED : tag;
}
