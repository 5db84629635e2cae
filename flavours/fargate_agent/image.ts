/**
 * Image (legacy environments included) and command of a flow run's container, as the Fargate agent chooses them.
 *
 * @module
 */

import { badFlowRun } from "../../schemas/flow_run/bad_flow_run.ts";
import {
  type ImageChoice,
  isInDocker,
  publishedImage,
  storageImage,
} from "../../schemas/prefect1/docker_image.ts";
import type { FlowRun } from "../../schemas/prefect1/flow_run.ts";
import { kindOf, mapping } from "../../schemas/json/shape.ts";
import type { Json, JsonObject } from "../../schemas/json/json.ts";
import { isOlderLoosely } from "../../schemas/python/loose_version.ts";
import { STORAGES } from "../../schemas/prefect1/storage_check.ts";

const WITH_IMAGE: ReadonlySet<Json | undefined> = new Set([
  "DockerRun",
  "ECSRun",
  "KubernetesRun",
  "VertexRun",
]);
const WITHOUT_IMAGE: ReadonlySet<Json | undefined> = new Set(["LocalRun", "UniversalRun"]);

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
 * Docker storage, else the run config's image, else the published one; for a flow that still has a legacy environment and
 * no run config: the environment's image, else Docker storage.
 *
 * @throws {FailureError} `badFlowRun` for unknown kinds and for an empty image (F-NONE-PASSED)
 * @see Prefect 0.15.13 utilities/agent.py; recorded: image_and_command
 */
export function fargateImage(run: FlowRun): ImageChoice {
  checkKind(run, "storage", run.flow.storage, new Set(STORAGES));
  const { environment } = run.flow;
  if (run.runConfig !== null || environment === null) return storageImage(run) ?? runConfigImage(run);
  return environmentImage(run, environment);
}

function runConfigImage(run: FlowRun): ImageChoice {
  const config = run.runConfig;
  if (config === null) return publishedImage(run);
  checkKind(run, "run_config", config, new Set([...WITH_IMAGE, ...WITHOUT_IMAGE]));
  const image = WITH_IMAGE.has(config.type) ? config.image ?? null : null;
  if (image === null) return publishedImage(run);
  return { image: usable(run, "run_config.image", image), source: { from: "run config", name: "image" } };
}

function environmentImage(run: FlowRun, environment: JsonObject): ImageChoice {
  checkKind(run, "environment", environment, ENVIRONMENTS);
  const { image } = mapping(environment.metadata);
  if (image !== undefined) {
    const source = { from: "flow run", name: "environment.metadata.image" } as const;
    return { image: usable(run, source.name, image), source };
  }
  const stored = isInDocker(run) ? storageImage(run) : undefined;
  if (stored !== undefined) return stored;
  const message = `Storage for flow run ${run.id} is not of type Docker and environment has no \`image\` ` +
    "attribute in the metadata field.";
  throw badFlowRun(run, "environment", "has no image", message);
}

function usable(run: FlowRun, field: string, image: Json): string {
  if (typeof image === "string" && image !== "") return image;
  const found = image === "" ? "empty" : kindOf(image);
  throw badFlowRun(run, field, `must name an image: it is ${found}; set one or leave it out`);
}

function checkKind(
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

/**
 * The command that runs a flow, renamed in Prefect 0.13.0.
 *
 * @see recorded: image_and_command/core-version-*; quirk F-CORE-VERSION
 */
export function fargateCommand(coreVersion: string | null): string {
  return isOlderLoosely(coreVersion, "0.13.0") ? "prefect execute cloud-flow" : "prefect execute flow-run";
}
