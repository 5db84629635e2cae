/**
 * Images of flows of Prefect 0.x, which may have an environment.
 *
 * @module
 */

import { badFlowRun } from "../flow_run/bad_flow_run.ts";
import type { Json, JsonObject } from "../json/json.ts";
import { kindOf, mapping } from "../json/shape.ts";
import { type ImageChoice, isInDocker, storageImage } from "./docker_image.ts";
import type { FlowRun } from "./flow_run.ts";

const ENVIRONMENTS: ReadonlySet<Json | undefined> = new Set([
  "CustomEnvironment",
  "DaskKubernetesEnvironment",
  "Environment",
  "FargateTaskEnvironment",
  "KubernetesJobEnvironment",
  "LocalEnvironment",
  "RemoteDaskEnvironment",
  "RemoteEnvironment",
]);

/**
 * The image that the environment of a flow of Prefect 0.x runs in: that of its metadata, else that of Docker storage.
 *
 * @throws {FailureError} `badFlowRun` for an unknown kind of environment, and for an empty image
 * @see Prefect 0.15.13 `prefect.utilities.agent.get_flow_image`
 */
export function environmentImage(run: FlowRun, environment: JsonObject): ImageChoice {
  checkKind(run, "environment", environment, ENVIRONMENTS);
  const { image } = mapping(environment.metadata);
  if (image !== undefined) {
    const source = { from: "flow run", name: "environment.metadata.image" } as const;
    return { image: usableImage(run, source.name, image), source };
  }
  const stored = isInDocker(run) ? storageImage(run) : undefined;
  if (stored !== undefined) return stored;
  const message = `Storage for flow run ${run.id} is not of type Docker and environment has no \`image\` ` +
    "attribute in the metadata field.";
  throw badFlowRun(run, "environment", "has no image", message);
}

/** An image that can be started. @throws {FailureError} `badFlowRun`, naming the field */
export function usableImage(run: FlowRun, field: string, image: Json): string {
  if (typeof image === "string" && image !== "") return image;
  const found = image === "" ? "empty" : kindOf(image);
  throw badFlowRun(run, field, `must name an image: it is ${found}; set one or leave it out`);
}

/** Refuses a value of an unknown `type`. @throws {FailureError} `badFlowRun`, naming those that are known */
export function checkKind(
  run: FlowRun,
  field: string,
  value: JsonObject | null,
  known: ReadonlySet<Json | undefined>,
): void {
  if (known.has(value?.type)) return;
  const found = typeof value?.type === "string" ? `Unsupported value: ${value.type}` : "it has no type";
  const accepted = [...known].sort().join(", ");
  throw badFlowRun(run, field, `cannot be read: ${found}; known types are ${accepted}`);
}
