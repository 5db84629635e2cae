/**
 * Which image a flow run runs in.
 *
 * @module
 */

import { badFlowRun } from "./bad_flow_run.ts";
import type { FlowRun } from "./flow_run.ts";
import type { FieldSource } from "./launch_plan.ts";
import { filledText } from "./json_shape.ts";
import { joinPurePath } from "./posix_path.ts";

/** An image and where it came from. */
export interface ImageChoice {
  readonly image: string;
  readonly source: FieldSource;
}

/** Whether the flow is stored in an image of its own. */
export function isInDocker(run: FlowRun): boolean {
  return run.flow.storage?.type === "Docker";
}

/**
 * The image of `Docker` storage, which goes before every other.
 *
 * @returns undefined for any other storage
 * @throws {FailureError} `badFlowRun` when name or tag are missing
 * @see Q-DOCKER-URL of `tests/golden/ecs/README.md`: registry and name are joined as a POSIX path
 */
export function storageImage(run: FlowRun): ImageChoice | undefined {
  const storage = run.flow.storage;
  if (storage === null || !isInDocker(run)) return undefined;
  const name = filledText(storage.image_name);
  const tag = filledText(storage.image_tag);
  if (name === undefined || tag === undefined) {
    const message = "Docker storage is missing required fields image_name and image_tag";
    throw badFlowRun(run, "storage", "is incomplete", message);
  }
  const path = joinPurePath(filledText(storage.registry_url) ?? "", name);
  return { image: `${path}:${tag}`, source: { from: "flow run", name: "Docker storage" } };
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
