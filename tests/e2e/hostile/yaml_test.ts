/**
 * The agent's process with runs whose templates take long to parse.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { scheduledRun } from "../../support/fake_prefect1.ts";
import { startAgent } from "../support/agent_process.ts";
import { startHostileServer } from "../support/hostile_server.ts";

const CONTAINERS = "containerDefinitions:\n- {name: flow, image: any}\n";

/** Each begins as a template should; what follows costs time. */
const TEMPLATES: Readonly<Record<string, string>> = {
  good: CONTAINERS,
  long: CONTAINERS + "# a comment\n".repeat(1000),
  merges: Array.from(
    { length: 12 },
    (_, n) => n === 0 ? "a0: &a0 {}" : `a${n}: &a${n} {<<: [${Array(10).fill(`*a${n - 1}`).join(", ")}]}`,
  ).join("\n"),
  commas: `a: [${",".repeat(90_000)}]`,
  brackets: `a: [\n${"1,\n".repeat(19_000)}\n`,
  integer: `a: 1${":59".repeat(80_000)}`,
  directives: "%A\n".repeat(80_000),
  large: `a: ${"x".repeat(500_000)}`,
};

Deno.test("hostile: given templates that take long to parse, when the agent runs, then good ones are launched, the others Failed, and SIGTERM ends it", async () => {
  const home = await Deno.makeTempDir();
  const runs = await Promise.all(
    Object.entries(TEMPLATES).map(async ([id, text]) => {
      const path = join(home, `${id}.yaml`);
      await Deno.writeTextFile(path, text);
      const run = scheduledRun(id);
      const config = { type: "ECSRun", task_definition_path: path };
      const flow = {
        id: "f1",
        name: id,
        version: 1,
        environment: null,
        storage: { type: "S3" },
        core_version: "1.4.1",
      };
      return { ...run, row: { ...run.row, flow, run_config: config } };
    }),
  );
  await using server = startHostileServer(runs);
  const agent = startAgent(["ecs", "start", "--launch-type", "EC2"], {
    HOME: home,
    PREFECT__CLOUD__API: server.url,
    PREFECT__CLOUD__API_KEY: "key-of-this-test",
    PREFECT__CLOUD__TENANT_ID: "11111111-2222-4333-8444-555555555555",
    AWS_ENDPOINT_URL: server.url,
    AWS_DEFAULT_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "AKIAHOSTILE",
    AWS_SECRET_ACCESS_KEY: "secret-key-of-this-test",
    NO_PROXY: "127.0.0.1",
  });
  const states = () =>
    Object.fromEntries([...server.prefect.runs.values()].map(({ id, state }) => [id, state.type]));
  const isSettled = () =>
    server.launches.length === 2 &&
    Object.entries(states()).every(([id, type]) =>
      type === (["good", "long"].includes(id) ? "Submitted" : "Failed")
    );
  try {
    for (let tries = 0; tries < 300 && !isSettled(); tries++) await new Promise((go) => setTimeout(go, 100));
    assert.ok(isSettled(), `${JSON.stringify(states())}\n${agent.output()}`);
    agent.signal("SIGTERM");
    assert.equal(await agent.exited, 0, agent.output());
  } finally {
    agent.signal("SIGKILL");
    await Deno.remove(home, { recursive: true });
  }
  assert.match(agent.output(), /run brackets from .* YAML: .* at line \d+/);
  assert.match(agent.output(), /run commas from .*(unexpected token|longer than 5 s)/);
  assert.match(agent.output(), /run large from .* 262144 bytes/);
});
