/**
 * The first part of the demo: an agent of Prefect 1, five flows and their runs.
 *
 * @module
 */

import { prefectVariables } from "../environment.ts";
import { sandboxClient } from "./api_client.ts";
import { cancelRun, readRuns, scheduleDemo } from "./client.ts";
import { DEMO_FLOWS } from "./flows.ts";
import { DEMO_CLIENT, type DemoPart } from "./part.ts";

/** The part. */
export const ecsPart: DemoPart = {
  flavour: "ecs",
  title: "A Prefect 1 API and a local ECS on 127.0.0.1, and an agent as deno task agent ecs start would",
  groups: DEMO_FLOWS,
  words: ["ecs", "start", "--name", "demo"],
  logName: "agent.log",
  service: "api",
  variables: prefectVariables,
  open: ({ apiUrl: url, apiKey }) => {
    const ask = sandboxClient({ url, apiKey }, { "user-agent": DEMO_CLIENT });
    return {
      isReady: async () => {
        const { agent } = await ask("query { agent { id } }");
        return Array.isArray(agent) && agent.length > 0;
      },
      schedule: () => scheduleDemo(ask, DEMO_FLOWS),
      read: (ids) => readRuns(ask, ids),
      cancel: (id) => cancelRun(ask, id),
      resume: () => Promise.resolve(),
    };
  },
};
