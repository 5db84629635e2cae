/**
 * What runs in a container of the image `demo/flow`: a flow run that talks to the Prefect 1 API as the real runtime does,
 * and whose parameters say how it goes. Started as a process of its own, with the environment that the agent gave.
 *
 * @see recorded: tests/wire/prefect1/README.md §4
 * @module
 */

import { standardOutput } from "../../actors/output/output.ts";
import { systemClock } from "../../actors/time/system_clock.ts";
import { graphqlClient } from "./api_client.ts";
import { FLOW_CLIENT } from "./part.ts";
import { runDemoFlow } from "./runtime.ts";

/** Variables that the process reads; it is permitted no others. */
const NAMES = [
  "PREFECT__CLOUD__API",
  "PREFECT__CLOUD__API_KEY",
  "PREFECT__CLOUD__AUTH_TOKEN",
  "PREFECT__CLOUD__TENANT_ID",
  "PREFECT__CONTEXT__FLOW_RUN_ID",
] as const;

function readEnvironment(): Readonly<Record<string, string>> {
  return Object.fromEntries(NAMES.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined || value === "" ? [] : [[name, value]];
  }));
}

function headersFor(env: Readonly<Record<string, string>>): Record<string, string> {
  const token = env["PREFECT__CLOUD__API_KEY"] ?? env["PREFECT__CLOUD__AUTH_TOKEN"];
  const tenant = env["PREFECT__CLOUD__TENANT_ID"];
  return {
    "user-agent": FLOW_CLIENT,
    "x-prefect-core-version": "0.15.13",
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(tenant === undefined ? {} : { "x-prefect-tenant-id": tenant }),
  };
}

if (import.meta.main) {
  const env = readEnvironment();
  const write = standardOutput.line;
  const exitCode = await runDemoFlow({
    ask: graphqlClient(env["PREFECT__CLOUD__API"] ?? "", headersFor(env)),
    flowRunId: env["PREFECT__CONTEXT__FLOW_RUN_ID"] ?? "",
    clock: systemClock,
    write,
  });
  Deno.exit(exitCode);
}
