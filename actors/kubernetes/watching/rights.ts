/**
 * Rights that the agent's account lacks: each is told once, with what grants it. What works without goes on.
 *
 * @module
 */

import type { Log } from "../../../schemas/contracts/log.ts";
import type { Failure } from "../../../schemas/failure/failure.ts";

/** Tells them. */
export interface Rights {
  readonly missing: (verb: string, resource: string, failure: Failure) => void;
  /** It works: the next refusal is told again. */
  readonly granted: (verb: string, resource: string) => void;
}

const GROUP: Readonly<Record<string, string>> = { jobs: "batch" };

const WITHOUT: Readonly<Record<string, string>> = {
  "create jobs": "no flow run can be launched",
  "get jobs": "a launch whose answer was lost cannot be told from somebody else's Job",
  "list jobs": "Jobs are made and neither followed nor deleted",
  "watch jobs": "Jobs are listed every few seconds instead",
  "list pods": "what becomes of a Job is known by its own conditions alone",
  "watch pods": "pods are listed every few seconds instead",
  "list events": "the cluster's own words about Jobs that do not run are missing",
  "watch events": "events are listed every few seconds instead",
  "delete jobs": "Jobs stay",
  "get pods/log": "the last lines of failed pods are not looked at",
};

/** Nothing told yet. */
export function makeRights(namespace: string, log: Log): Rights {
  const told = new Set<string>();
  return {
    missing: (verb, resource, { message }) => {
      const right = `${verb} ${resource}`;
      if (told.size === told.add(right).size) return;
      const group = GROUP[resource] === undefined ? "the core group" : `group ${GROUP[resource]}`;
      const without = WITHOUT[right] === undefined ? "" : `; without it ${WITHOUT[right]}`;
      log(
        "WARNING",
        `The agent's account may not ${verb} ${resource} (${group}) in namespace ${namespace}${without}. ` +
          `prefect agent kubernetes install --rbac --namespace ${namespace} prints a Role that grants it: ${message}`,
      );
    },
    granted: (verb, resource) => void told.delete(`${verb} ${resource}`),
  };
}
