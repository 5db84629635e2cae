/**
 * Why the containers of a pod do not run.
 *
 * @module
 */

import type { Pod } from "../objects/pod.ts";

/** A container that waits. */
export type Waiting = {
  readonly container: string;
  readonly isInit: boolean;
  readonly reason: string;
  readonly message: string | null;
};

/** Reasons that are no trouble: the container's turn has not come. */
const USUAL = new Set(["PodInitializing", "ContainerCreating"]);

/** Containers that wait for a reason worth telling, in their order. */
export function waitingIn({ containers }: Pick<Pod, "containers">): readonly Waiting[] {
  return containers.flatMap(({ name, isInit, state }) => {
    if (state.at !== "waiting" || state.reason === null || USUAL.has(state.reason)) return [];
    return [{ container: name, isInit, reason: state.reason, message: state.message }];
  });
}
