/** The orchestrator against the sandbox's API, over real HTTP. @module */

import { makeRedactor } from "../../schemas/secrets/redact.ts";
import assert from "node:assert/strict";
import { type HttpCall, makeHttp } from "../../actors/http/http.ts";
import type { DueRun, Orchestrator } from "../../schemas/contracts/orchestrator.ts";
import { prefect1 } from "../../actors/prefect1/orchestrator.ts";
import { type SandboxApi, startApi } from "../../sandbox/prefect1/server.ts";
import { type Graphql, sandboxClient } from "../../sandbox/demo/api_client.ts";
import { cancelRun, readRuns, scheduleDemo } from "../../sandbox/demo/client.ts";
import { DEMO_FLOWS } from "../../sandbox/demo/flows.ts";
import { systemClock } from "../../actors/time/system_clock.ts";
import { FailureError } from "../../schemas/failure/failure.ts";
import type { FlowRun } from "../../schemas/prefect1/flow_run.ts";
import { Secret } from "../../schemas/secrets/secret.ts";
import { claimOn, keySettings } from "../support/prefect1_agent.ts";

const signal = new AbortController().signal;
const [flow] = DEMO_FLOWS;

interface World {
  readonly agent: (call?: HttpCall) => Promise<Orchestrator<FlowRun>>;
  readonly ask: Graphql;
  readonly ids: readonly string[];
  readonly call: HttpCall;
}

/** A fresh API with `runs` due runs. */
async function inWorld(runs: number, use: (world: World) => Promise<void>): Promise<void> {
  const api = await startApi({ port: 0, random: Math.random, dataDir: ":memory:", log: () => undefined });
  const http = makeHttp({ env: {}, readFile: Deno.readTextFileSync, caVariables: [] });
  try {
    const ask = sandboxClient(api);
    assert.ok(flow !== undefined);
    const scheduled = await scheduleDemo(ask, [{ ...flow, runs }]);
    const agent = async (call: HttpCall = http.call) => {
      const made = agentAt(api, call);
      await made.start(signal);
      return made;
    };
    await use({ agent, ask, ids: scheduled.map((run) => run.id), call: http.call });
  } finally {
    http.close();
    await api.close();
  }
}

function agentAt({ url: apiUrl, apiKey }: SandboxApi, call: HttpCall): Orchestrator<FlowRun> {
  return prefect1({
    settings: {
      ...keySettings,
      apiUrl,
      backend: "server",
      credential: { kind: "key", key: new Secret(apiKey), tenantId: null },
      labels: [],
    },
    agentType: "ECSAgent",
    coreVersion: "1.4.1",
    clock: systemClock,
    random: Math.random,
    call,
    log: () => undefined,
    redact: makeRedactor(),
  });
}

const claimAll = (agent: Orchestrator<FlowRun>, runs: readonly DueRun<FlowRun>[]) =>
  Promise.all(runs.map(async ({ run }) => (await agent.claim(run, claimOn(run), signal)).outcome));

const typesOf = async (agent: Pick<Orchestrator, "read">, ids: readonly string[]) =>
  (await agent.read(ids, signal)).map((state) => state.type);

Deno.test("prefect1 and sandbox: given due runs, when claimed, logged, failed and read, then the API tells the same", async () => {
  await inWorld(4, async ({ agent, ask, ids }) => {
    const one = await agent();
    const { runs, malformed, full } = await one.poll(new Set(), signal);
    assert.deepEqual([runs.length, malformed.length, full], [4, 0, false]);

    assert.deepEqual(await claimAll(one, runs), Array(4).fill("claimed"));
    await one.log(ids[0] ?? "", "INFO", "Submitted for execution: Task x", signal);
    await one.fail({ id: ids[1] ?? "", version: "1", claim: null, held: false }, {
      tag: "unexpected",
      message: "no luck",
    }, signal);

    assert.deepEqual((await one.poll(new Set(), signal)).runs, []);
    assert.deepEqual((await typesOf(one, ids)).toSorted(), ["Failed", "Submitted", "Submitted", "Submitted"]);
    const [failed] = await readRuns(ask, [ids[1] ?? ""]);
    assert.deepEqual(failed?.states.map((state) => state.message), [
      "Flow run scheduled.",
      "Submitted for execution",
      "no luck",
    ]);
    const logs = await ask("query { log(order_by: { timestamp: asc }) { level message name } }");
    assert.deepEqual(logs.log, [
      { level: "INFO", message: "Submitted for execution: Task x", name: "agent" },
      { level: "ERROR", message: "no luck", name: "agent" },
    ]);
  });
});

Deno.test("prefect1 and sandbox: given two agents on the same page, when both claim, then each run is claimed once", async () => {
  await inWorld(20, async ({ agent }) => {
    const agents = await Promise.all([agent(), agent()]);
    const pages = await Promise.all(agents.map((one) => one.poll(new Set(), signal)));

    const results = await Promise.all(agents.map((one, at) => claimAll(one, pages[at]?.runs ?? [])));

    const claims = results.flat().filter((outcome) => outcome === "claimed");
    assert.equal(claims.length, 20);
  });
});

Deno.test("prefect1 and sandbox: given the answer to a claim is lost, when settled by reading, then the runs are ours", async () => {
  await inWorld(3, async ({ agent, call }) => {
    let lost = 0;
    const lossy: HttpCall = async (request) => {
      const answer = await call(request);
      if (!String(request.body).includes("set_flow_run_states") || lost++ > 0) return answer;
      throw new FailureError({ tag: "timedOut", message: "No answer" });
    };
    const one = await agent(lossy);
    const { runs } = await one.poll(new Set(), signal);

    assert.deepEqual(await claimAll(one, runs), Array(3).fill("claimed"));
    assert.equal(lost, 1);
  });
});

Deno.test("prefect1 and sandbox: given claims of a process that died, when another looks, then it finds them all", async () => {
  await inWorld(3, async ({ agent, ids }) => {
    const before = await agent();
    const { runs } = await before.poll(new Set(), signal);
    await claimAll(before, runs);

    const after = await agent();
    const found = await after.findClaims({ agent: "agent", scope: "us-east-1/default" }, signal);
    const elsewhere = await after.findClaims(
      { agent: "agent", scope: "us-east-1/other" },
      signal,
    );

    assert.deepEqual(found.map((one) => one.header.id).toSorted(), ids.toSorted());
    assert.deepEqual(new Set(found.map((one) => `${one.claim.key} ${one.phase}`)), new Set(["v1 submitted"]));
    assert.deepEqual(elsewhere, []);
  });
});

Deno.test("prefect1 and sandbox: given a run cancelled before its claim, when claimed, then it is lost and stays Cancelled", async () => {
  await inWorld(2, async ({ agent, ask, ids }) => {
    const one = await agent();
    const { runs } = await one.poll(new Set(), signal);
    await cancelRun(ask, ids[0] ?? "");

    const results = await claimAll(one, runs);
    await one.fail({ id: ids[0] ?? "", version: "1", claim: null, held: false }, {
      tag: "unexpected",
      message: "too late",
    }, signal);

    assert.deepEqual(results.toSorted(), ["claimed", "lost"]);
    assert.deepEqual((await typesOf(one, ids)).toSorted(), ["Cancelled", "Submitted"]);
  });
});
