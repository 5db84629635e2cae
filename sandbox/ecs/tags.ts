/**
 * Tags: their rules, and the three operations on them.
 *
 * @see "Tagging your Amazon ECS resources", Amazon ECS documentation
 * @module
 */

import * as v from "valibot";
import { invalidParameter } from "./error.ts";
import { type Tag, tagSchema } from "./records.ts";
import { type EcsOperation, type EcsWorld, readInput } from "./world.ts";

const LETTERS = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

function checkTag({ key, value }: Tag): void {
  if (key.length < 1 || key.length > 128) throw invalidParameter("Tag key must have 1 to 128 characters.");
  if (value.length > 256) throw invalidParameter("Tag value must have at most 256 characters.");
  if (key.toLowerCase().startsWith("aws:")) {
    throw invalidParameter("Tag keys that start with aws: are reserved.");
  }
  if (!LETTERS.test(key) || !LETTERS.test(value)) {
    throw invalidParameter(
      "Some tags contain invalid characters. Valid characters: UTF-8 letters, spaces, " +
        "numbers and _ . / = + - : @.",
    );
  }
}

/** Checks the tags of a request. @throws {AwsError} `InvalidParameterException` */
export function checkTags(tags: readonly Tag[]): void {
  if (tags.length > 50) throw invalidParameter("Tag count must not exceed 50.");
  tags.forEach(checkTag);
  if (new Set(tags.map((tag) => tag.key)).size < tags.length) {
    throw invalidParameter("Duplicate tag keys found. Please note that Tag keys are case insensitive.");
  }
}

interface Tagged {
  readonly tags: readonly Tag[];
  readonly set: (tags: Tag[]) => void;
}

function findTagged({ store }: EcsWorld, arn: string): Tagged {
  const cluster = store.clusters.get(arn);
  if (cluster !== undefined) {
    return { tags: cluster.tags, set: (tags) => store.clusters.put(arn, { ...cluster, tags }) };
  }
  const definition = store.definitions.get(arn);
  if (definition !== undefined) {
    return { tags: definition.tags, set: (tags) => store.definitions.put(arn, { ...definition, tags }) };
  }
  const task = store.tasks.get(arn);
  if (task === undefined) throw invalidParameter("The specified resource was not found.");
  return { tags: task.tags, set: (tags) => store.tasks.put(arn, { ...task, tags }) };
}

/** ListTagsForResource. */
export const listTagsForResource: EcsOperation = (world, { input }) => {
  const { resourceArn } = readInput(v.object({ resourceArn: v.string() }), input);
  return { tags: [...findTagged(world, resourceArn).tags] };
};

/** TagResource. */
export const tagResource: EcsOperation = (world, { input }) => {
  const schema = v.object({ resourceArn: v.string(), tags: v.array(tagSchema) });
  const { resourceArn, tags } = readInput(schema, input);
  const tagged = findTagged(world, resourceArn);
  const kept = tagged.tags.filter((old) => !tags.some((tag) => tag.key === old.key));
  const all = [...kept, ...tags];
  checkTags(tags);
  checkTags(all);
  tagged.set(all);
  return {};
};

/** UntagResource. */
export const untagResource: EcsOperation = (world, { input }) => {
  const schema = v.object({ resourceArn: v.string(), tagKeys: v.array(v.string()) });
  const { resourceArn, tagKeys } = readInput(schema, input);
  const tagged = findTagged(world, resourceArn);
  tagged.set(tagged.tags.filter((tag) => !tagKeys.includes(tag.key)));
  return {};
};
