/**
 * The agent's process where single runs make whole answers of the API unreadable.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { HttpCall } from "../../actors/http/http.ts";
import { type FakeRun, scheduledRun } from "../support/fake_prefect1.ts";
import { spoiling, SPOILS } from "../support/spoiled_answers.ts";
import { startAgent } from "./support/agent_process.ts";
import { type HostileServer, startHostileServer } from "./support/hostile_server.ts";
import { until } from "./support/process.ts";

const MEGABYTES = 70;

function environment(server: HostileServer, home: string): Record<string, string> {
  return {
    HOME: home,
    PREFECT__CLOUD__API: server.url,
    PREFECT__CLOUD__API_KEY: "key",
    PREFECT__CLOUD__TENANT_ID: "11111111-2222-4333-8444-555555555555",
    AWS_ENDPOINT_URL: server.url,
    AWS_DEFAULT_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "AKIAPAGES",
    AWS_SECRET_ACCESS_KEY: "secret",
    NO_PROXY: "127.0.0.1",
  };
}

function due(id: string): FakeRun {
  const run = scheduledRun(id);
  const flow = {
    id: "f1",
    name: "etl",
    version: 1,
    environment: null,
    storage: { type: "S3" },
    core_version: "1.4.1",
  };
  return { ...run, row: { ...run.row, flow } };
}

function withConfig(run: FakeRun, more: Record<string, string>): FakeRun {
  return { ...run, row: { ...run.row, run_config: { type: "ECSRun", env: more } } };
}

/** A run that another process of the same agent has claimed and left. */
function claimedRun(id: string): FakeRun {
  const marker = {
    agent: "agent",
    region: "us-east-1",
    cluster: "default",
    claim: "v1",
    by: "an earlier process",
  };
  return { ...due(id), version: 2, state: { type: "Submitted", context: { "prefect-agent": marker } } };
}

/** An API in which what `damage` names cannot be decoded. */
function damage(server: HostileServer, texts: readonly string[]): void {
  const spoil = SPOILS.find(({ name }) => name === "not UTF-8");
  assert.ok(spoil !== undefined);
  const call: HttpCall = spoiling(server.prefect.call, texts, spoil);
  Object.assign(server.prefect, { call });
}

Deno.test("pages: given one run of 70 MB and one that is not UTF-8 among 20, due and claimed, when the agent polls, then the others are launched and these are Failed with a sentence each", async () => {
  const home = await Deno.makeTempDir();
  const good = Array.from({ length: 20 }, (_, at) => due(`good-${String(at).padStart(2, "0")}`));
  const long = withConfig(due("long"), { BIG: "x".repeat(MEGABYTES * 1024 * 1024) });
  await using server = startHostileServer([
    ...good,
    long,
    withConfig(due("garbled"), { NOTE: "garbled-config" }),
    claimedRun("claimed-good"),
    withConfig(claimedRun("claimed-garbled"), { NOTE: "claimed-garbled-config" }),
  ]);
  server.prefect.queue = [...server.prefect.runs.keys()].filter((id) => !id.startsWith("claimed"));
  damage(server, ["garbled-config"]);
  const agent = startAgent(["ecs", "start", "--launch-type", "EC2"], environment(server, home));
  const typesOf = (ids: readonly string[]) => ids.map((id) => server.prefect.runs.get(id)?.state.type);
  const bad = ["long", "garbled"];
  try {
    await until(() => {
      const isLaunched = [...good.map(({ id }) => id), "claimed-good"].every((id) =>
        server.launches.some(({ startedBy }) => startedBy === id)
      );
      const isFailed = typesOf(bad).every((type) => type === "Failed");
      return isLaunched && isFailed || undefined;
    }, agent.output);
  } finally {
    agent.signal("SIGKILL");
    await agent.exited;
    await Deno.remove(home, { recursive: true });
  }

  const saidOf = (id: string) => String(server.prefect.runs.get(id)?.state.message);
  assert.match(saidOf("long"), /^Cannot read flow run long .*longer than \d+ bytes/);
  assert.match(saidOf("garbled"), /^Cannot read flow run garbled .*byte \d+ of the answer .* is not UTF-8/);
  assert.ok(
    !server.launches.some(({ startedBy }) => startedBy === "claimed-garbled"),
    "a run that cannot be read",
  );
  const launched = server.launches.map(({ startedBy }) => String(startedBy));
  assert.equal(new Set(launched).size, 21, launched.join());
  for (const id of bad) assert.ok(!launched.includes(id), `${id} was launched`);
  assert.doesNotMatch(agent.output(), /Failed to query for flow run metadata/);
});
