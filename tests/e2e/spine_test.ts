/**
 * The whole way: a flow registered by the real Prefect 0.15.13 client into the sandbox, picked up by this agent, run by the
 * local ECS as a real `prefect execute flow-run`, as a user would type it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { sandboxClient } from "../../sandbox/demo/api_client.ts";
import type { Json, JsonObject } from "../../schemas/json/json.ts";
import { startAgent } from "./support/agent_process.ts";
import { FLOWS, prefectPython } from "./support/prefect_site.ts";
import { denoDir, SANDBOX_PERMISSIONS, startProcess, until } from "./support/process.ts";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));
/** How long two flows of the real runtime may take. */
const FLOWS_MS = 90_000;

const python = prefectPython();
const missing = "PREFECT_PYTHON does not name a Python with Prefect 0.15.13";

function variables(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(/export (\w+)=(\S*)/g)].map((m) => [m[1] ?? "", m[2] ?? ""]));
}

function rows(value: Json | undefined): readonly JsonObject[] {
  return value as readonly JsonObject[];
}

Deno.test({
  name: python === undefined
    ? `spine (ignored: ${missing})`
    : "spine: given the real client, sandbox and agent, when runs are created, then they end as their flows say, with logs",
  ignore: python === undefined,
  fn: async () => {
    const home = await Deno.makeTempDir();
    const path = `${dirname(python ?? "")}:/usr/bin:/bin`;
    const base = { HOME: home, PATH: path, DENO_DIR: denoDir(), NO_COLOR: "1" };
    const sandbox = startProcess(Deno.execPath(), [
      "run",
      ...SANDBOX_PERMISSIONS,
      MAIN,
      "sandbox",
      "--data",
      join(home, "data"),
      "--image-exec",
      `prefecthq/*=env PATH=${path} HOME=${home} PREFECT__CLOUD__LOGGING_HEARTBEAT=0.5`,
    ], base);
    try {
      await until(() => /End with Ctrl-C/.test(sandbox.output()) || undefined, sandbox.output);
      const env = { ...base, ...variables(sandbox.output()) };
      await registerAndRun(env);
    } finally {
      sandbox.signal("SIGTERM");
      await sandbox.exited;
      await Deno.remove(home, { recursive: true });
    }
  },
});

async function registerAndRun(env: Record<string, string>): Promise<void> {
  const prefect = async (...args: string[]) => {
    const run = startProcess(python ?? "", ["-m", "prefect", ...args], env);
    assert.equal(await run.exited, 0, run.output());
    return run.output();
  };
  await prefect("create", "project", "lab");
  await prefect("register", "--project", "lab", "--path", FLOWS, "--name", "mapped", "--name", "failing");
  await prefect("run", "--project", "lab", "--name", "mapped", "--param", "count=2");
  await prefect("run", "--project", "lab", "--name", "failing");
  const agent = startAgent(["ecs", "start", "--label", "lab"], env);
  const ask = sandboxClient({
    url: env["PREFECT__CLOUD__API"] ?? `${env["PREFECT__SERVER__HOST"]}:${env["PREFECT__SERVER__PORT"]}`,
    apiKey: env["PREFECT__CLOUD__API_KEY"] ?? "",
  });
  const query = "{ flow_run { id state flow { name } task_runs { state } logs { message name level } } }";
  try {
    const ended = await until(
      async () => {
        const runs = rows((await ask(query))["flow_run"]);
        return runs.length === 2 && runs.every((r) => /Success|Failed/.test(String(r["state"])))
          ? runs
          : undefined;
      },
      agent.output,
      FLOWS_MS,
    );
    await until(
      async () => {
        const runs = rows((await ask(query))["flow_run"]);
        return runs.every((r) => rows(r["logs"]).length > 3) || undefined;
      },
      agent.output,
      FLOWS_MS,
    );
    const byFlow = Object.fromEntries(
      ended.map((r) => [String((r["flow"] as JsonObject)["name"]), r["state"]]),
    );
    assert.deepEqual(byFlow, { mapped: "Success", failing: "Failed" });
    const logs = rows((await ask(query))["flow_run"]).flatMap((r) => rows(r["logs"])).map((l) =>
      String(l["message"])
    );
    assert.ok(logs.some((m) => /^Submitted for execution: Task arn:aws:ecs:/.test(m)), logs.join("\n"));
    assert.ok(logs.some((m) => /counting to 2/.test(m)), "the flow's own log lines are in the API");
  } finally {
    agent.signal("SIGTERM");
    assert.equal(await agent.exited, 0, agent.output());
  }
}
