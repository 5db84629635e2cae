/**
 * The names that AWS has for the members of the requests of a launch, read from the schemas that the AWS SDK carries.
 *
 * @module
 */

import { RegisterTaskDefinitionRequest$, RunTaskRequest$ } from "@aws-sdk/client-ecs";
import { NormalizedSchema } from "@smithy/core/schema";

let known: ReadonlySet<string> | null = null;

/** The names in a text, each once, in their order. */
export function memberNamesIn(text: string): readonly string[] {
  known ??= allNames();
  const names = known;
  return [...new Set(text.match(/[A-Za-z]+/g) ?? [])].filter((word) => names.has(word));
}

function allNames(): ReadonlySet<string> {
  const names = new Set<string>();
  const seen = new Set<unknown>();
  const left = [RegisterTaskDefinitionRequest$, RunTaskRequest$].map((schema) => NormalizedSchema.of(schema));
  for (let schema = left.pop(); schema !== undefined; schema = left.pop()) {
    if (schema.isListSchema() || schema.isMapSchema()) left.push(schema.getValueSchema());
    if (!schema.isStructSchema() || seen.has(schema.getSchema())) continue;
    seen.add(schema.getSchema());
    for (const [name, member] of schema.structIterator()) {
      names.add(name);
      left.push(member);
    }
  }
  return names;
}
