/**
 * Where the Jobs of a run are, packed into the place that the agent keeps without reading it.
 *
 * @module
 */

import type { TaskPlace } from "../contracts/platform.ts";
import { isJsonObject } from "../json/json.ts";

/** Jobs of a namespace. */
export function jobPlace(namespace: string): TaskPlace {
  return { canList: true, label: "Job", detail: { namespace } };
}

/** The namespace of a place. @param otherwise of a place that names none */
export function namespaceOf({ detail }: Pick<TaskPlace, "detail">, otherwise: string): string {
  const namespace = isJsonObject(detail) ? detail["namespace"] : null;
  return typeof namespace === "string" && namespace !== "" ? namespace : otherwise;
}
