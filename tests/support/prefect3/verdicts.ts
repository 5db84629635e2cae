/**
 * Where the worker differs from the recorded original, as the runner of the recorded cases reads it.
 *
 * @module
 */

import { listItems, mapping, mappings } from "../../../schemas/json/shape.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";
import type { GoldenCase } from "./golden_run.ts";

const FILE = new URL("../../conformance/prefect3_verdicts.json", import.meta.url);

const VERDICTS = mappings(JSON.parse(Deno.readTextFileSync(FILE)).verdicts);

/** The first verdict that matches a case; undefined: it is kept as recorded. */
export function verdictOf({ id, expect }: GoldenCase): JsonObject | undefined {
  return VERDICTS.find(({ cases, when_error }) =>
    listItems(cases).some((glob) => matches(id, String(glob))) &&
    Object.entries(mapping(when_error)).every(([name, value]) => expect.error?.[name] === value)
  );
}

function matches(id: string, glob: string): boolean {
  return glob.endsWith("*") ? id.startsWith(glob.slice(0, -1)) : id === glob;
}
