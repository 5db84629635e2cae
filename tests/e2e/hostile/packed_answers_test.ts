/**
 * The agent's process with answers that are small and have no end once they are unpacked.
 *
 * @module
 */

import assert from "node:assert/strict";
import { constants, deflateRawSync } from "node:zlib";
import { peakRssMB } from "../../../bench/processes.ts";
import { scheduledRun } from "../../support/fake_prefect1.ts";
import { startAgent } from "../support/agent_process.ts";
import { type Misdeed, startHostileServer } from "../support/hostile_server.ts";
import { until } from "../support/process.ts";

const MIB = 1024 * 1024;

/** Head of a gzip member: method, flags, time, extra flags, system. @see RFC 1952, 2.3 */
const HEAD = new Uint8Array([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);

/** About 1 MB, which are 1 GB unpacked: blocks that need none of those before them. */
function packedGigabyte(): Uint8Array<ArrayBuffer> {
  const block = deflateRawSync(new Uint8Array(MIB).fill(0x20), { finishFlush: constants.Z_FULL_FLUSH });
  const whole = new Uint8Array(HEAD.length + 1024 * block.length);
  whole.set(HEAD);
  for (let part = 0; part < 1024; part++) whole.set(block, HEAD.length + part * block.length);
  return whole;
}

Deno.test("hostile: given packed answers of a gigabyte from API and AWS, when the agent goes on asking, then it refuses each, stays small and launches the run once", async () => {
  const packed = packedGigabyte();
  assert.ok(packed.length > MIB && packed.length < 2 * MIB, `${packed.length} bytes`);
  const misdeed: Misdeed = () =>
    new Response(packed, { headers: { "content-type": "application/json", "content-encoding": "gzip" } });
  const streamed: Misdeed = () =>
    new Response(new Blob([packed]).stream(), {
      headers: { "content-type": "application/json", "content-encoding": "gzip" },
    });
  const home = await Deno.makeTempDir();
  const run = scheduledRun("good");
  const flow = {
    id: "f1",
    name: "etl",
    version: 1,
    environment: null,
    storage: { type: "S3" },
    core_version: "1.4.1",
  };
  await using server = startHostileServer([{
    ...run,
    row: { ...run.row, flow, run_config: { type: "ECSRun" } },
  }]);
  server.misdeeds.set("get_runs_in_queue", [misdeed, streamed, misdeed, streamed]);
  server.misdeeds.set("RegisterTaskDefinition", [misdeed, streamed]);
  server.misdeeds.set("RunTask", [misdeed, streamed, misdeed]);
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
  try {
    const isLogged = () => /Submitted for execution/.test(JSON.stringify(server.prefect.logs)) || undefined;
    await until(isLogged, agent.output);
    const peak = peakRssMB(agent.pid);
    assert.ok(peak > 20 && peak < 300, `${peak} MiB\n${agent.output()}`);
    agent.signal("SIGTERM");
    assert.equal(await agent.exited, 0, agent.output());
  } finally {
    agent.signal("SIGKILL");
    await Deno.remove(home, { recursive: true });
  }
  assert.match(
    agent.output(),
    /Failed to query for ready flow runs: Answer of \S+ is longer than 8388608 bytes/,
  );
  assert.equal(server.launches.length, 4, agent.output());
  assert.equal(new Set(server.launches.map(({ clientToken }) => clientToken)).size, 1, "one token");
});
