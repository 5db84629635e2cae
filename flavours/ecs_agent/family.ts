/**
 * Families of task definitions in the `ecs` flavour, and what makes two of them the same.
 *
 * @module
 */

import { definitionDigest } from "../../schemas/ecs/definition_digest.ts";
import { canonicalJson, sha256Hex } from "../../schemas/json/digest.ts";
import { FLOW_ID_TAG, FLOW_VERSION_TAG } from "./definition_request.ts";
import type { FlowRun } from "../../schemas/prefect1/flow_run.ts";
import type { JsonObject } from "../../schemas/json/json.ts";
import { mappings } from "../../schemas/json/shape.ts";
import { slugify } from "../../schemas/python/slug.ts";

/** Longest family ECS takes, in characters. */
const MAX_FAMILY = 255;

/** Longest slug in a family of the original. @see recorded: group `slug` */
const MAX_SLUG = 247;

/** How much of the flow's id is in a family. */
const ID_LENGTH = 8;

const PREFIX = "prefect-";

/**
 * The family of one flow run, as the original names it: a long name pushes the run id out (Q-FAMILY, Q-FAMILY-CUT).
 */
export function perRunFamily(run: FlowRun): string {
  return PREFIX + slugify(`${run.flow.name}-${run.id}`, { maxLength: MAX_SLUG });
}

/** Whether a family is one run's alone: a long name of the flow has not pushed the run's id out (Q-FAMILY-CUT). */
export function isOwnFamily(family: string, { id }: FlowRun): boolean {
  const own = slugify(id, { maxLength: MAX_SLUG });
  return own !== "" && family.endsWith(`-${own}`);
}

/** The family that all runs of a flow share: its name, then the first 8 characters of its id, within 255 characters. */
export function reusedFamily(run: FlowRun): string {
  const id = run.flow.id.slice(0, ID_LENGTH);
  const room = MAX_FAMILY - PREFIX.length - ID_LENGTH - 1;
  const name = slugify(run.flow.name, { maxLength: room });
  return PREFIX + (name === "" ? id : `${name}-${id}`);
}

/**
 * What a definition is that runs of a flow may share. The user's own tags are part of it, since tasks may inherit them
 * (`propagateTags`); those that name the flow are not.
 */
export function reuseDigest(request: JsonObject): string {
  const digest = definitionDigest(request);
  const tags = mappings(request.tags).filter(({ key }) => key !== FLOW_ID_TAG && key !== FLOW_VERSION_TAG);
  return tags.length === 0 ? digest : sha256Hex(canonicalJson([digest, tags]));
}
