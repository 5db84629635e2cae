/**
 * Starts one container of a pod, or writes why it cannot be started.
 *
 * @module
 */

import type { JsonObject } from "../../../schemas/json/json.ts";
import { mappings } from "../../../schemas/json/shape.ts";
import { placeOf } from "../objects/meta.ts";
import { change, type Charge, later, type Stage, tell, write } from "./charge.ts";
import { commandOf, ConfigError } from "./pod_environment.ts";
import { type ContainerEnd, endOf, nameOf } from "./pod_status.ts";

/** How long the steps take, in milliseconds. */
const WAITS = { backOffMs: 1000, retryMs: 2000 } as const;

/** A container, and its pod. */
export interface Started {
  readonly pod: JsonObject;
  readonly container: JsonObject;
}

/** Is told the end of a container. */
export type OnExit = (
  exit: { readonly name: string; readonly startedMs: number; readonly exitCode: number },
) => void;

/** Starts it; the status is written by the caller. */
export function start(stage: Stage, charge: Charge, { pod, container }: Started, onExit: OnExit): void {
  const name = nameOf(container);
  const image = String(container["image"] ?? "");
  if (isWithoutVolumes(stage, charge, { pod, container })) return;
  const refusal = stage.cluster.launcher.refuses(image);
  if (refusal !== null) return missImage(stage, charge, { pod, container }, refusal);
  try {
    const { environment, argv } = commandOf(pod, container, finder(stage, pod));
    const startedMs = stage.cluster.clock.now();
    const process = stage.cluster.launcher.start(
      { taskId: charge.uid, name, image, argv, environment: { HOSTNAME: placeOf(pod).name, ...environment } },
      (exitCode) => onExit({ name, startedMs, exitCode }),
    );
    charge.running.set(name, process);
    change(charge, name, { at: "running", startedMs });
    tell(stage, pod, { type: "Normal", reason: "Started", message: `Started container ${name}` });
  } catch (thrown) {
    notStarted(stage, charge, { pod, container }, thrown);
  }
}

function finder({ cluster: { store } }: Stage, pod: JsonObject) {
  const { namespace } = placeOf(pod);
  return (plural: string, name: string) => store.get(plural, { namespace, name });
}

function notStarted(stage: Stage, charge: Charge, { pod, container }: Started, thrown: unknown): void {
  const name = nameOf(container);
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  tell(stage, pod, { type: "Warning", reason: "Failed", message: `Error: ${message}` });
  if (!(thrown instanceof ConfigError)) {
    const nowMs = stage.cluster.clock.now();
    const end: ContainerEnd = { ...endOf(128, nowMs, nowMs), reason: "StartError", message };
    return change(charge, name, end);
  }
  change(charge, name, { at: "waiting", reason: "CreateContainerConfigError", message });
  later(stage, charge, WAITS.retryMs, (now) => {
    change(charge, name, { at: "waiting", reason: "ContainerCreating", message: null });
    stage.advance(charge, now);
  });
}

/** A subprocess sees the files of this machine, so what a container mounts is not there: such a pod does not start. */
function isWithoutVolumes(stage: Stage, charge: Charge, { pod, container }: Started): boolean {
  const [mount] = mappings(container["volumeMounts"]);
  if (mount === undefined) return false;
  const name = nameOf(container);
  change(charge, name, { at: "waiting", reason: "CreateContainerError", message: NO_VOLUMES });
  const message = `MountVolume.SetUp failed for volume "${String(mount["name"])}" : ${NO_VOLUMES}`;
  tell(stage, pod, { type: "Warning", reason: "FailedMount", message });
  return true;
}

const NO_VOLUMES = "pods of the sandbox are processes of this machine and have no volumes";

function missImage(stage: Stage, charge: Charge, { pod, container }: Started, why: string): void {
  const name = nameOf(container);
  const image = String(container["image"] ?? "");
  if (container["imagePullPolicy"] === "Never") {
    const message = `Container image "${image}" is not present with pull policy of Never`;
    tell(stage, pod, { type: "Warning", reason: "ErrImageNeverPull", message });
    return change(charge, name, { at: "waiting", reason: "ErrImageNeverPull", message });
  }
  const message = `failed to pull image "${image}": ${why}`;
  tell(stage, pod, { type: "Warning", reason: "Failed", message: `Failed to pull image "${image}": ${why}` });
  change(charge, name, { at: "waiting", reason: "ErrImagePull", message });
  later(stage, charge, WAITS.backOffMs, (now) => {
    const told = `Back-off pulling image "${image}"`;
    change(charge, name, { at: "waiting", reason: "ImagePullBackOff", message: `${told}: ${message}` });
    tell(stage, now, { type: "Normal", reason: "BackOff", message: told });
    write(stage, charge, now);
  });
}
