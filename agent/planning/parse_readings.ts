/**
 * Parses the texts that a run's sources gave, before the run is planned.
 *
 * @module
 */

import type { ParseMapping, TextPlaces } from "../../schemas/json/mapping_text.ts";
import type { Reading, Readings, Source } from "../../schemas/plan/source.ts";

/** The readings, with the text of each source that holds a mapping parsed. @throws what `parse` throws */
export async function parseReadings(
  sources: readonly Source[],
  readings: Readings,
  { parse }: { readonly parse: (text: string, texts?: TextPlaces) => ReturnType<ParseMapping> },
): Promise<Readings> {
  const parsed: Record<string, Reading> = { ...readings };
  for (const { key, holds, texts } of sources) {
    const reading = readings[key];
    if (holds !== "mapping" || reading?.kind !== "text") continue;
    parsed[key] = { kind: "parsed", parsed: await parse(reading.text, texts) };
  }
  return parsed;
}
