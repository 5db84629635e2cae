/**
 * Image (legacy environments included) and command of a flow run's container, as the Fargate agent chooses them.
 *
 * @module
 */

import { type ImageChoice, publishedImage, storageImage } from "../../schemas/prefect1/docker_image.ts";
import { checkKind, environmentImage, usableImage } from "../../schemas/prefect1/environment_image.ts";
import type { FlowRun } from "../../schemas/prefect1/flow_run.ts";
import type { Json } from "../../schemas/json/json.ts";
import { isOlderLoosely } from "../../schemas/python/loose_version.ts";
import { STORAGES } from "../../schemas/prefect1/storage_check.ts";

const WITH_IMAGE: ReadonlySet<Json | undefined> = new Set([
  "DockerRun",
  "ECSRun",
  "KubernetesRun",
  "VertexRun",
]);
const WITHOUT_IMAGE: ReadonlySet<Json | undefined> = new Set(["LocalRun", "UniversalRun"]);

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
  return {
    image: usableImage(run, "run_config.image", image),
    source: { from: "run config", name: "image" },
  };
}

/**
 * The command that runs a flow, renamed in Prefect 0.13.0.
 *
 * @see recorded: image_and_command/core-version-*; quirk F-CORE-VERSION
 */
export function fargateCommand(coreVersion: string | null): string {
  return isOlderLoosely(coreVersion, "0.13.0") ? "prefect execute cloud-flow" : "prefect execute flow-run";
}
