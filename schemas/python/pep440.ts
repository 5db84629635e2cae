/**
 * Versions of Prefect and their order, as PEP 440 defines both.
 *
 * @module
 * @see https://packaging.python.org/en/latest/specifications/version-specifiers/
 */

/** A version taken apart; letters are lower case and spellings unified. */
export interface Pep440Version {
  /** Versions of a later epoch are newer, whatever follows; 0 when not written. */
  readonly epoch: number;
  /** The numbers between dots, at least one. */
  readonly release: readonly number[];
  /** Alpha, beta or release candidate, with its number. */
  readonly pre: readonly ["a" | "b" | "rc", number] | undefined;
  /** Number of the post-release. */
  readonly post: number | undefined;
  /** Number of the development release. */
  readonly dev: number | undefined;
  /** What stands behind `+`: numbers are newer than words. */
  readonly local: readonly (number | string)[];
}

const VERSION = new RegExp(
  [
    String.raw`^\s*v?(?:(?<epoch>\d+)!)?(?<release>\d+(?:\.\d+)*)`,
    String.raw`(?:[-_.]?(?<pre>alpha|a|beta|b|preview|pre|c|rc)[-_.]?(?<preNumber>\d*))?`,
    String.raw`(?:-(?<postDash>\d+)|[-_.]?(?<post>post|rev|r)[-_.]?(?<postNumber>\d*))?`,
    String.raw`(?:[-_.]?(?<dev>dev)[-_.]?(?<devNumber>\d*))?`,
    String.raw`(?:\+(?<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?\s*$`,
  ].join(""),
  "i",
);

const PRE_NAMES: ReadonlyMap<string, "a" | "b" | "rc"> = new Map([
  ["a", "a"],
  ["alpha", "a"],
  ["b", "b"],
  ["beta", "b"],
  ["c", "rc"],
  ["rc", "rc"],
  ["pre", "rc"],
  ["preview", "rc"],
]);

/** Takes a version apart; undefined when it is none (`latest`, `0.13.x`). */
export function parseVersion(text: string): Pep440Version | undefined {
  const found = VERSION.exec(text)?.groups;
  if (found === undefined) return undefined;
  const pre = PRE_NAMES.get(found["pre"]?.toLowerCase() ?? "");
  return {
    epoch: Number(found["epoch"] ?? 0),
    release: (found["release"] ?? "").split(".").map(Number),
    pre: pre && [pre, Number(found["preNumber"])],
    post: numbered(found["post"] ?? found["postDash"], found["postDash"] ?? found["postNumber"]),
    dev: numbered(found["dev"], found["devNumber"]),
    local: (found["local"]?.toLowerCase().split(/[-_.]/) ?? []).map((part) =>
      /^\d+$/.test(part) ? Number(part) : part
    ),
  };
}

// `1.0.post` is `1.0.post0`.
function numbered(word: string | undefined, digits: string | undefined): number | undefined {
  return word === undefined ? undefined : Number(digits ?? 0);
}

/** Negative when `left` is older than `right`, positive when newer, 0 when they are the same version. */
export function compareVersions(left: Pep440Version, right: Pep440Version): number {
  return left.epoch - right.epoch ||
    compareLists(withoutTrailingZeros(left.release), withoutTrailingZeros(right.release)) ||
    compareLists(stage(left), stage(right)) ||
    compareLists(left.local, right.local);
}

function withoutTrailingZeros(release: readonly number[]): readonly number[] {
  return release.slice(0, release.findLastIndex((part) => part !== 0) + 1);
}

const BEFORE_ALL = -1;
const AFTER_ALL = Number.MAX_VALUE;
const PRE_ORDER = { a: 0, b: 1, rc: 2 };

/** Numbers that sort a pre-release, post-release or development release among those of the same release. */
function stage({ pre, post, dev }: Pep440Version): readonly number[] {
  const bare = dev !== undefined && post === undefined ? BEFORE_ALL : AFTER_ALL;
  const [order, number] = pre === undefined ? [bare, 0] : [PRE_ORDER[pre[0]], pre[1]];
  return [order, number, post ?? BEFORE_ALL, dev ?? AFTER_ALL];
}

type Part = number | string;

function compareLists(left: readonly Part[], right: readonly Part[]): number {
  for (const [index, part] of left.entries()) {
    const order = comparePart(part, right[index]);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function comparePart(left: Part, right: Part | undefined): number {
  if (right === undefined || (typeof left === "number" && typeof right === "string")) return 1;
  if (typeof left === "string" && typeof right === "number") return -1;
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/**
 * Whether a core version is older than another, as Prefect 1.4 compares them: `0.13` is `0.13.0`, pre-releases are
 * older than the release.
 *
 * @param version absent or empty counts as 0.0.0; what is no version (`latest`) counts as new
 * @see recorded: image/core-*, quirk Q-CORE-VERSION
 */
export function isOlder(version: string | null | undefined, than: string): boolean {
  const [left, right] = [parseVersion(version || "0.0.0"), parseVersion(than)];
  return left !== undefined && right !== undefined && compareVersions(left, right) < 0;
}
