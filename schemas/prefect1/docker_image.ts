/**
 * Which image a flow run runs in.
 *
 * @module
 */

import { badFlowRun } from "../flow_run/bad_flow_run.ts";
import type { FlowRun } from "./flow_run.ts";
import type { JsonObject } from "../json/json.ts";
import type { FieldSource } from "../plan/field_source.ts";
import { filledText } from "../json/shape.ts";
import { joinPurePath } from "../python/posix_path.ts";

/** An image and where it came from. */
export interface ImageChoice {
  readonly image: string;
  readonly source: FieldSource;
}

/** What a Docker storage without name or tag is refused with. */
export const INCOMPLETE_STORAGE = "Docker storage is missing required fields image_name and image_tag";

/** Whether the flow is stored in an image of its own. */
export function isInDocker(run: FlowRun): boolean {
  return run.flow.storage?.type === "Docker";
}

/**
 * The image of a serialized `Docker` storage.
 *
 * @returns undefined when name or tag are missing
 * @see Q-DOCKER-URL of `tests/golden/ecs/README.md`: registry and name are joined as a POSIX path
 */
export function dockerImage(storage: JsonObject): string | undefined {
  const name = filledText(storage.image_name);
  const tag = filledText(storage.image_tag);
  if (name === undefined || tag === undefined) return undefined;
  return `${joinPurePath(filledText(storage.registry_url) ?? "", name)}:${tag}`;
}

/**
 * The image of a run's `Docker` storage, which goes before every other.
 *
 * @returns undefined for any other storage
 * @throws {FailureError} `badFlowRun` when name or tag are missing
 */
export function storageImage(run: FlowRun): ImageChoice | undefined {
  const storage = run.flow.storage;
  if (storage === null || !isInDocker(run)) return undefined;
  const image = dockerImage(storage);
  if (image !== undefined) return { image, source: { from: "flow run", name: "Docker storage" } };
  throw badFlowRun(run, "storage", "is incomplete", INCOMPLETE_STORAGE);
}

/**
 * The published image of the Prefect version that registered the flow; `latest` when it is not known.
 *
 * @see Prefect 1.4.1 `prefect.agent.ecs`; recorded: group `image`
 */
export function publishedImage(run: FlowRun): ImageChoice {
  const version = run.flow.coreVersion?.split("+")[0] || "latest";
  return { image: `prefecthq/prefect:${version}`, source: { from: "flow run", name: "core_version" } };
}
