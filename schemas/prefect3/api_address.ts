/**
 * Addresses of the Prefect 3 API: no double slash, and nothing in a name changes the path.
 *
 * @module
 */

/**
 * The address of a request.
 *
 * @param base such as `http://127.0.0.1:4200/api`; slashes at its end are left out
 * @param segments not encoded yet; an empty one at the end stands for a slash there, empty ones before it are left out
 */
export function addressOf(
  base: string,
  segments: readonly string[],
  query: Readonly<Record<string, string>> = {},
): string {
  const path = segments
    .filter((segment, at) => segment !== "" || at === segments.length - 1)
    .map((segment) => `/${encodedSegment(segment)}`)
    .join("");
  const asked = Object.entries(query).map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join("&");
  return `${withoutSlashes(base)}${path}${asked === "" ? "" : `?${asked}`}`;
}

/** The address of a socket of the API: as {@link addressOf}, with the scheme of web sockets. */
export function socketAddressOf(
  base: string,
  segments: readonly string[],
  query: Readonly<Record<string, string>> = {},
): string {
  return addressOf(base, segments, query).replace(
    /^http(s?)/i,
    (_, secure: string) => `ws${secure.toLowerCase()}`,
  );
}

/** A base address without name and password, which travel in a header, and without slashes at its end. */
export function bareBase(base: string): { readonly base: string; readonly userInfo: string | null } {
  const [, scheme = "", userInfo, rest = ""] = /^(\w+:\/\/)(?:([^/?#]*)@)?(.*)$/s.exec(base.trim()) ?? [];
  return { base: withoutSlashes(`${scheme}${rest}`), userInfo: userInfo ?? null };
}

/** Also where the path itself has them, as in `https://host//api`. */
function withoutSlashes(base: string): string {
  const [, origin = "", path = base] = /^(\w+:\/\/[^/?#]*)(.*)$/s.exec(base) ?? [];
  return origin + path.replaceAll(/\/{2,}/g, "/").replace(/\/$/, "");
}

/** A segment of dots alone would be taken for a step through the path. */
function encodedSegment(segment: string): string {
  return /^\.{1,2}$/.test(segment) ? segment.replaceAll(".", "%2E") : encoded(segment);
}

function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
