/**
 * The words of the original's command line in front of ours: `prefect agent ecs start`.
 *
 * @module
 */

/** Takes the words away; `prefect version` is `--version`. */
export function withoutOriginalWords(argv: readonly string[]): readonly string[] {
  const [first, ...others] = argv;
  if (first === "explain") return [first, ...withoutOriginalWords(others)];
  const words = first !== undefined && /^(?:.*\/)?prefect$/s.test(first) ? others : argv;
  if (words !== argv && words[0] === "version") return ["--version"];
  if (words[0] === "agent") return words.slice(1);
  return words === argv ? words : withProfileBehind(words);
}

/** `prefect --profile NAME worker start` says the same as `worker start --profile NAME`. */
function withProfileBehind(words: readonly string[]): readonly string[] {
  const [first = "", second, ...rest] = words;
  if (/^(--profile|-p)=/.test(first)) {
    return [...words.slice(1), `--profile=${first.slice(first.indexOf("=") + 1)}`];
  }
  if (!["--profile", "-p"].includes(first) || second === undefined) return words;
  return [...rest, "--profile", second];
}
