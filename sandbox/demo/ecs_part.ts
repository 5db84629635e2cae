/**
 * The first part of the demo: an agent of Prefect 1, five flows and their runs.
 *
 * @module
 */

import { awsVariables, prefectVariables } from "../environment.ts";
import { prefect1Client } from "./client.ts";
import { DEMO_FLOWS } from "./flows.ts";
import type { DemoPart } from "./part.ts";

/** The part. */
export const ecsPart: DemoPart = {
  flavour: "ecs",
  platform: { short: "AWS", name: "AWS" },
  title: "A Prefect 1 API and a local ECS on 127.0.0.1, and an agent as deno task agent ecs start would",
  groups: DEMO_FLOWS,
  // The demo is over in seconds; its runs should be seen to end while it lasts.
  words: ["ecs", "start", "--name", "demo", "--watch-period=1"],
  logName: "agent.log",
  service: "api",
  variables: (sandbox) => Promise.resolve({ ...prefectVariables(sandbox), ...awsVariables(sandbox) }),
  open: (sandbox) => prefect1Client(sandbox, DEMO_FLOWS),
};
