/** Prefect 1 passes the suite of orchestrators end to end: real HTTP to the sandbox's API on loopback. @module */

import { makeRedactor } from "../../schemas/secrets/redact.ts";
import { makeHttp } from "../../actors/http/http.ts";
import { prefect1 } from "../../actors/prefect1/orchestrator.ts";
import { systemClock } from "../../actors/time/system_clock.ts";
import { type Graphql, sandboxClient } from "../../sandbox/demo/api_client.ts";
import { startApi } from "../../sandbox/prefect1/server.ts";
import { Secret } from "../../schemas/secrets/secret.ts";
import type { FlowRun } from "../../schemas/prefect1/flow_run.ts";
import { keySettings } from "../support/prefect1_agent.ts";
import { type Reported, testOrchestrator } from "../support/test_orchestrator.ts";
import { createProject, createRun, readRun, registerFlow } from "./support/prefect_runs.ts";

const TYPES: Readonly<Record<Reported, string>> = {
  running: "Running",
  succeeded: "Success",
  cancelling: "Cancelling",
};

const SET_STATES = `mutation($input: set_flow_run_states_input!) {
  set_flow_run_states(input: $input) { states { id } } }`;

testOrchestrator<FlowRun>("Prefect 1 of the sandbox", async () => {
  const api = await startApi({ port: 0, random: Math.random, dataDir: ":memory:", log: () => undefined });
  const http = makeHttp({ env: {}, readFile: Deno.readTextFileSync, caVariables: [] });
  const ask = sandboxClient(api);
  const flowId = await registerFlow(ask, await createProject(ask, "suite"), { name: "suite" });
  const process = () =>
    prefect1({
      settings: {
        ...keySettings,
        apiUrl: api.url,
        backend: "server",
        credential: { kind: "key", key: new Secret(api.apiKey), tenantId: null },
        labels: [],
      },
      agentType: "ECSAgent",
      coreVersion: "1.4.1",
      clock: systemClock,
      random: Math.random,
      call: http.call,
      log: () => undefined,
      redact: makeRedactor(),
    });
  const first = process();
  await first.start(new AbortController().signal);
  return {
    first,
    replica: process(),
    schedule: () => createRun(ask, flowId),
    report: (id, state) => report(ask, id, TYPES[state]),
    logged: async (id) => (await readRun(ask, id)).logs,
    pass: () => new Promise((resolve) => setTimeout(resolve, 25)),
    close: async () => {
      http.close();
      await api.close();
    },
  };
});

/** As the flow's own process, or a person, does. */
async function report(ask: Graphql, id: string, type: string): Promise<void> {
  const state = { type, message: "", __version__: "0.15.13" };
  await ask(SET_STATES, { input: { states: [{ flow_run_id: id, version: null, state }] } });
}
