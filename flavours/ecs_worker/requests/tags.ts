/**
 * Tags of a task: labels and the tags of the template, made such that AWS takes them. Nothing that is decoration prevents a
 * launch: what AWS would refuse is left out and named.
 *
 * @module
 */

import type { Json } from "../../../schemas/json/json.ts";
import { filledText, mappings } from "../../../schemas/json/shape.ts";
import { shortened } from "../../../schemas/options/near_name.ts";
import { decodeCharacterReferences } from "../../../schemas/python/character_references.ts";
import type { Hint } from "../../../schemas/plan/run_plan.ts";

/** @see "Tagging your Amazon ECS resources": restrictions of tags */
const LIMITS = { tags: 50, key: 128, value: 256 } as const;

/** Tags that a warning names. */
const NAMED = 10;

/** A tag as AWS takes it. */
export interface TaskTag {
  readonly key: string;
  readonly value: string;
  /** The name that was given for it. */
  readonly given: string;
}

/** Labels and tags of a run. */
export interface TagInput {
  /** The worker's own first. */
  readonly labels: Readonly<Record<string, string>>;
  /** Tags that the template states beside the labels. */
  readonly tags: Json | undefined;
  /** Places that are kept free for tags that the platform adds. */
  readonly kept: number;
}

/** Tags that are sent, and what the user should know of those that are not. */
export interface TaskTags {
  readonly tags: readonly TaskTag[];
  readonly hints: readonly Hint[];
}

/** The worker's own labels first, then the tags of the template, then the other labels in their order. */
export function taskTags({ labels, tags, kept }: TagInput): TaskTags {
  const own = Object.entries(labels).filter(([key]) => key.startsWith(OWN));
  const others = Object.entries(labels).filter(([key]) => !key.startsWith(OWN));
  const stated = statedTags(tags).filter(([key]) => !Object.hasOwn(labels, key));
  const all = [...own, ...stated, ...others].map(([given, value]) => ({
    given,
    key: cleaned(given),
    value: cleaned(value),
  }));
  return bounded(all, kept, "labels of the task");
}

/** Tags of the definition itself, as the template states them. @param kept places for tags that the platform adds */
export function definitionTags(tags: Json | undefined, kept: number): TaskTags {
  const given = statedTags(tags).map(([key, value]) => ({ given: key, key, value }));
  return bounded(given, kept, "tags of the task definition");
}

function statedTags(tags: Json | undefined): readonly (readonly [string, string])[] {
  return mappings(tags).flatMap(({ key, value }) => {
    const name = filledText(key);
    return name === undefined ? [] : [[name, filledText(value) ?? ""] as const];
  });
}

function bounded(all: readonly TaskTag[], kept: number, what: string): TaskTags {
  const sent = new Map<string, TaskTag>();
  const leftOut: string[] = [];
  for (const { key, value, given } of all) {
    const name = key.slice(0, LIMITS.key);
    const isTaken = name === "" || /^aws:/i.test(name) || sent.has(name) || sent.size >= LIMITS.tags - kept;
    if (isTaken) leftOut.push(name === "" ? "one without letters in its name" : shortened(cleaned(name)));
    else sent.set(name, { key: name, value: value.slice(0, LIMITS.value), given });
  }
  return { tags: [...sent.values()], hints: hintsOf(leftOut, kept, what) };
}

/** Labels that the worker makes; users' labels may replace them. */
const OWN = "prefect.io/";

function hintsOf(leftOut: readonly string[], kept: number, what: string): readonly Hint[] {
  if (leftOut.length === 0) return [];
  const others = leftOut.length - NAMED;
  const names = leftOut.slice(0, NAMED).join(", ") + (others > 0 ? ` and ${others} more` : "");
  const text = `Left out ${leftOut.length} of the ${what}: ${names}. ` +
    `AWS takes ${LIMITS.tags - kept} tags here, none twice, and none that begins with aws:`;
  return [{ key: `${what} ${leftOut.join(" ")}`, text }];
}

/** Most labels: nothing in them changes. */
const CLEAN = /^(?!-)(?!.*--)[a-zA-Z0-9_./=+:@-]*(?<!-)$/;

/**
 * A text as Prefect's worker cleans it: characters that AWS's tags do not have become one dash, at the ends none.
 *
 * @see recorded: template/flow-run-name-odd
 */
export function cleaned(text: string): string {
  if (CLEAN.test(text)) return text;
  const plain = text.replaceAll("'", "-").normalize("NFKC");
  return decodeCharacterReferences(plain).normalize("NFKC")
    .replaceAll("'", "")
    .replaceAll(/(?<=\d),(?=\d)/g, "")
    .replaceAll(/[^a-zA-Z0-9_./=+:@-]/g, "-")
    .replaceAll(/-{2,}/g, "-")
    .replaceAll(/^-+|-+$/g, "");
}
