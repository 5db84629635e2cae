/**
 * Versions compared number by number, as Prefect before 1.0 did with `LooseVersion` of Python's distutils.
 *
 * @module
 */

/**
 * Whether a core version is older than another, as Prefect 0.15 compares them: `0.13` is older than `0.13.0`, and
 * `0.13.0rc1` is newer.
 *
 * @param version absent or empty is older than everything; where a word meets a number (`latest`, `v0.15.0`) Prefect
 * fails, here it counts as new
 * @see recorded: image_and_command, quirk F-CORE-VERSION
 */
export function isOlderLoosely(version: string | null | undefined, than: string): boolean {
  const [left, right] = [parts(version ?? ""), parts(than)];
  const index = right.findIndex((part, at) => part !== left[at]);
  const [mine, other] = [left[index], right[index]];
  if (other === undefined) return false;
  return mine === undefined || (typeof mine === typeof other && mine < other);
}

function parts(version: string): readonly (number | string)[] {
  const found = version.split(/(\d+|[a-z]+|\.)/).filter((part) => part !== "" && part !== ".");
  return found.map((part) => /^\d+$/.test(part) ? Number(part) : part);
}
