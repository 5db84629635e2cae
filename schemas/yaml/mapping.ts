/**
 * Templates as text: one YAML 1.1 (or JSON) document that must be a mapping.
 *
 * @module
 */

import { FailureError } from "../failure/failure.ts";
import type { MappingText, TextPlaces } from "../json/mapping_text.ts";
import { notJsonIn, type PyValue } from "../python/value.ts";
import type { Places } from "./construct.ts";
import { asWritten, type Written } from "./written.ts";
import { parseYaml, placeIn, yamlObject } from "./yaml.ts";

const SOURCE = "the file";

/**
 * Reads a mapping.
 *
 * @param texts where scalars are texts as they are written
 * @returns the problem names line and column, or the key, and never quotes a value
 * @see Q-EMPTY-YAML of `tests/golden/ecs/README.md`: who may not have an empty text refuses null
 */
export function parseMapping(text: string, texts: TextPlaces = []): MappingText {
  const places: Places = new WeakMap();
  const written: Written = new WeakMap();
  const read = attempt(() => asWritten(parseYaml(text, { source: SOURCE, places, written }), texts, written));
  // Faults of the YAML itself name nothing but their place.
  if ("problem" in read) return read;
  const value = withTextualMoments(read.value);
  if (value.kind === "none") return { mapping: null };
  const made = attempt(() => yamlObject(value, { source: SOURCE }));
  if (!("problem" in made)) return { mapping: made.value };
  const discreet = discreetly(value, { text, places });
  return discreet === undefined ? made : { ...made, discreet };
}

function attempt<T>(work: () => T): { readonly value: T } | { readonly problem: string } {
  try {
    return { value: work() };
  } catch (thrown) {
    if (thrown instanceof FailureError) return { problem: thrown.failure.message };
    throw thrown;
  }
}

interface PlacedText {
  readonly text: string;
  readonly places: Places;
}

/** @returns undefined for what is no mapping: that names nothing */
function discreetly(value: PyValue, { text, places }: PlacedText): string | undefined {
  const wrong = value.kind === "dict" ? notJsonIn(value) : undefined;
  if (wrong === undefined) return undefined;
  const place = placeIn(text, places.get(wrong) ?? 0);
  return `Cannot use ${SOURCE}: what stands at ${place} is no text, number, list or mapping; put it in quotes`;
}

/** A saved answer holds moments such as `registeredAt`: they are text, so that the rest can be read. */
function withTextualMoments(value: PyValue): PyValue {
  if (value.kind !== "dict") return value;
  const isMoment = (key: PyValue, member: PyValue) =>
    key.kind === "str" && /At$/i.test(key.value) && (member.kind === "date" || member.kind === "datetime");
  if (!value.entries.some(([key, member]) => isMoment(key, member))) return value;
  const entries = value.entries.map(([key, member]) => {
    if (!isMoment(key, member) || !("iso" in member)) return [key, member] as const;
    return [key, { kind: "str", value: member.iso }] as const;
  });
  return { ...value, entries };
}
