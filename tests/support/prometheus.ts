/**
 * Prometheus' text format, read strictly: a line that is neither comment nor sample is a fault.
 *
 * @module
 */

/** One sample of a scrape. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** @throws {SyntaxError} for a line that is not of the format, and for a series that comes twice */
export function parseScrape(text: string): readonly Sample[] {
  if (!text.endsWith("\n")) throw new SyntaxError("The last line is not ended");
  const seen = new Set<string>();
  return text.split("\n").slice(0, -1).filter((line) => !/^# (HELP|TYPE) [a-z_]+ ./.test(line)).map(
    (line) => {
      const [, name = "", labels = "", value = ""] =
        /^([a-z_]+)(?:\{((?:[a-z]+="(?:[^"\\]|\\["\\n])*",?)*)\})? (\S+)$/.exec(line) ?? [];
      if (name === "" || seen.has(`${name}{${labels}`)) throw new SyntaxError(`Not a sample: ${line}`);
      seen.add(`${name}{${labels}`);
      return { name, labels: labelsOf(labels), value: value === "+Inf" ? Infinity : Number(value) };
    },
  );
}

function labelsOf(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...text.matchAll(/([a-z]+)="((?:[^"\\]|\\.)*)"/g)].map(([, key, value]) => [
      key ?? "",
      (value ?? "").replace(/\\(.)/g, (_, c: string) => c === "n" ? "\n" : c),
    ]),
  );
}

/** Value of the one sample with this name and these labels, 0 when there is none. */
export function valueOf(
  samples: readonly Sample[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  const hits = samples.filter((sample) =>
    sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value)
  );
  return hits.reduce((sum, { value }) => sum + value, 0);
}
