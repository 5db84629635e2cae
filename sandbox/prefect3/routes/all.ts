/**
 * Every route of the API.
 *
 * @module
 */

import type { Route } from "../wire/route.ts";
import { CREATE_ROUTES } from "./create_runs.ts";
import { DEPLOYMENT_ROUTES } from "./deployments.ts";
import { FLOW_ROUTES } from "./flows.ts";
import { INPUT_ROUTES } from "./inputs.ts";
import { LOG_ROUTES } from "./logs.ts";
import { POOL_ROUTES } from "./pools.ts";
import { RUN_ROUTES } from "./flow_runs.ts";
import { SCHEDULED_ROUTES } from "./scheduled_runs.ts";
import { SERVER_ROUTES } from "./server.ts";
import { STATE_ROUTES } from "./run_states.ts";
import { TASK_ROUTES } from "./task_runs.ts";
import { BLOCK_ROUTES, VARIABLE_ROUTES } from "./variables.ts";

/** Routes over HTTP. */
export const ROUTES: readonly Route[] = [
  ...SERVER_ROUTES,
  ...POOL_ROUTES,
  ...SCHEDULED_ROUTES,
  ...FLOW_ROUTES,
  ...DEPLOYMENT_ROUTES,
  ...CREATE_ROUTES,
  ...RUN_ROUTES,
  ...STATE_ROUTES,
  ...INPUT_ROUTES,
  ...TASK_ROUTES,
  ...LOG_ROUTES,
  ...VARIABLE_ROUTES,
  ...BLOCK_ROUTES,
];

/** Routes that are answered without a key, as probes of a real server are. */
export const OPEN_ROUTES: ReadonlySet<string> = new Set(["/health", "/ready"]);
