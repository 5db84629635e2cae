/**
 * Where the Jobs of a run are, packed into the place that the agent keeps without reading it.
 *
 * @module
 */

import type { TaskPlace } from "../contracts/platform.ts";

/** Jobs of a namespace. */
export function jobPlace(namespace: string): TaskPlace {
  return { canList: true, label: "Job", detail: { namespace } };
}
