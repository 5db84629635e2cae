/**
 * What the Python agents say about a task that was not started.
 *
 * @module
 */

import type { Json } from "../json/json.ts";
import { pythonRepr } from "../python/repr.ts";

/**
 * The sentence with all reasons, as Python prints a list.
 *
 * @param what what was to be started: `flow run f00dcafe…`
 * @param failures the reasons as ECS lists them
 * @see the ecs goldens' README §7 (Q-FAIL-REPR); F-RUN-FAILURES
 */
export function unplacedText(what: string, failures: Json): string {
  return `Failed to start task for ${what}. Failures: ${pythonRepr(failures)}`;
}
