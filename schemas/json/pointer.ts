/**
 * JSON pointers.
 *
 * @see RFC 6901, section 4
 * @module
 */

/** The name of a member as it stands in a pointer. */
export function escapedName(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}
