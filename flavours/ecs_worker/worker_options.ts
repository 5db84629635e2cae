/**
 * What the `worker` flavour plans with.
 *
 * @module
 */

import type { AllowLists } from "../../schemas/ecs/allow/allow_lists.ts";
import type { WorkerFacts } from "./worker_facts.ts";

/** The worker, and what deployments and flow runs may ask for. */
export interface WorkerOptions extends WorkerFacts {
  readonly allow: AllowLists;
}
