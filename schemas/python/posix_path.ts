/**
 * Paths as Python's `posixpath` and `PurePosixPath` join them: image names and S3 keys.
 *
 * @module
 */

/**
 * Joins like `posixpath.join`: a slash between parts unless one stands there, an empty part vanishes (a last one leaves
 * a slash behind), a part that begins with a slash drops everything before it.
 *
 * @see Python 3.9, posixpath; recorded: external_kwargs
 */
export function joinPath(...parts: readonly string[]): string {
  return parts.reduce((path, part) => {
    if (part.startsWith("/") || path === "") return part;
    return path.endsWith("/") ? path + part : `${path}/${part}`;
  }, "");
}

/**
 * Joins like `str(PurePosixPath(...))`: besides {@link joinPath}, repeated slashes collapse (`https://x` becomes
 * `https:/x`), `.` and a last slash vanish, nothing at all is `.`, and exactly two slashes in front stay two.
 *
 * @see Python 3.9, pathlib; recorded: quirk Q-DOCKER-URL
 */
export function joinPurePath(...parts: readonly string[]): string {
  const path = joinPath(...parts.filter((part) => part !== ""));
  const root = /^(?:\/\/(?!\/)|\/?)/.exec(path)?.[0] ?? "";
  const names = path.split("/").filter((name) => name !== "" && name !== ".");
  return root + names.join("/") || ".";
}
