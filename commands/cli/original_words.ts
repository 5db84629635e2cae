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
  return words[0] === "agent" ? words.slice(1) : words;
}
