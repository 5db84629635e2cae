/**
 * What runs in a container of the image `demo/flow` for a worker: a flow run that talks to the Prefect 3 API as
 * `prefect flow-run execute` does. Started as a process of its own, with the environment that the worker gave.
 *
 * @module
 */

import { standardOutput } from "../../../actors/output/output.ts";
import { systemClock } from "../../../actors/time/system_clock.ts";
import { FLOW_CLIENT } from "../part.ts";
import { basicOf, restClient } from "./rest.ts";
import { runPrefect3Flow } from "./runtime.ts";

function headersFor(key: string | undefined, authString: string | undefined): Record<string, string> {
  const authorization = authString === undefined || authString === ""
    ? key === undefined ? null : `Bearer ${key}`
    : basicOf(authString);
  return { "user-agent": FLOW_CLIENT, ...(authorization === null ? {} : { authorization }) };
}

if (import.meta.main) {
  const headers = headersFor(Deno.env.get("PREFECT_API_KEY"), Deno.env.get("PREFECT_API_AUTH_STRING"));
  const exitCode = await runPrefect3Flow({
    ask: restClient((Deno.env.get("PREFECT_API_URL") ?? "").replace(/\/+$/, ""), headers),
    flowRunId: Deno.env.get("PREFECT__FLOW_RUN_ID") ?? "",
    clock: systemClock,
    write: standardOutput.line,
  });
  Deno.exit(exitCode);
}
