/**
 * The agent as a process, looked at from outside: what it exports to a collector, what a scrape says, what it logs, and
 * whether it says that it is not well.
 *
 * @module
 */

import assert from "node:assert/strict";
import { sandboxClient } from "../../sandbox/demo/api_client.ts";
import { DEMO_IMAGE } from "../../sandbox/containers/demo_image.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { awsVariables } from "../../sandbox/environment.ts";
import { systemClock } from "../../actors/time/system_clock.ts";
import { METRIC_ROWS, seriesOf } from "../../schemas/observability/metrics.ts";
import { parseScrape, valueOf } from "../support/prometheus.ts";
import { startAgent } from "./support/agent_process.ts";
import { type Process, until } from "./support/process.ts";
import { attributeOf, type ExportedSpan, startOtlpReceiver } from "./support/otlp_receiver.ts";
import { ecsRun } from "../../sandbox/demo/flows.ts";
import { createProject, createRun, readRun, registerFlow } from "./support/prefect_runs.ts";

/** Texts that must never leave the process by way of traces, logs, metrics or health. */
const SECRETS = {
  key: "9f8e7d6c5b4a39281706f5e4d3c2b1a0",
  password: "planted-url-password-2e1d",
  agentEnv: "planted-agent-env-3d2e",
  runEnv: "planted-run-env-4c3f",
  awsKey: "planted-aws-secret-5b40",
  session: "planted-aws-session-6a51",
} as const;

async function withSandbox(use: (sandbox: Sandbox, home: string) => Promise<void>): Promise<void> {
  const home = await Deno.makeTempDir();
  await Deno.mkdir(`${home}/data`);
  const credentials = { accessKeyId: `AKIA${"0123456789ABCDEF".repeat(2)}`, apiKey: SECRETS.key };
  await Deno.writeTextFile(`${home}/data/credentials.json`, JSON.stringify(credentials));
  const sandbox = await startSandbox({
    apiPort: 0,
    prefect3Port: 0,
    ecsPort: 0,
    kubernetesPort: null,
    dataDir: `${home}/data`,
    imageExec: [],
    limits: "none",
    deno: Deno.execPath(),
    env: Deno.env.toObject(),
    clock: systemClock,
    random: Math.random,
    log: () => undefined,
  });
  try {
    await use(sandbox, home);
  } finally {
    await sandbox.close().catch(() => undefined);
    await Deno.remove(home, { recursive: true });
  }
}

function freeAddress(): string {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return `http://127.0.0.1:${listener.addr.port}`;
}

function variablesOf(sandbox: Sandbox, home: string): Readonly<Record<string, string>> {
  const api = new URL(sandbox.apiUrl);
  api.username = "somebody";
  api.password = SECRETS.password;
  return {
    HOME: home,
    PREFECT__BACKEND: "server",
    PREFECT__CLOUD__API: api.href,
    PREFECT__CLOUD__API_KEY: SECRETS.key,
    ...awsVariables(sandbox),
    AWS_SECRET_ACCESS_KEY: SECRETS.awsKey,
    AWS_SESSION_TOKEN: SECRETS.session,
  };
}

const LOCAL = {
  type: "Local",
  directory: "/flows",
  flows: {},
  path: "/flows/demo.py",
  secrets: [],
  __version__: "0.15.13",
};

/** A few runs that succeed and one that ECS does not place. @returns ids of the runs */
async function schedule(
  sandbox: Sandbox,
): Promise<{ readonly good: readonly string[]; readonly bad: string }> {
  const ask = sandboxClient({ url: sandbox.apiUrl, apiKey: SECRETS.key });
  const project = await createProject(ask, "watched");
  const config = { image: DEMO_IMAGE, env: { RUN_SECRET: SECRETS.runEnv } };
  const small = { ...config, cpu: "256", memory: "512" };
  const large = { ...config, cpu: "8192", memory: "61440" };
  const hello = await registerFlow(ask, project, { name: "hello", storage: LOCAL, runConfig: ecsRun(small) });
  const huge = await registerFlow(ask, project, { name: "huge", storage: LOCAL, runConfig: ecsRun(large) });
  const good = await Promise.all([1, 2, 3].map(() => createRun(ask, hello)));
  return { good, bad: await createRun(ask, huge) };
}

async function ended(sandbox: Sandbox, ids: readonly string[], agent: Process): Promise<void> {
  const ask = sandboxClient({ url: sandbox.apiUrl, apiKey: SECRETS.key });
  await until(async () => {
    const runs = await Promise.all(ids.map((id) => readRun(ask, id)));
    return runs.every(({ state }) => state === "Success" || state === "Failed") || undefined;
  }, agent.output);
}

function assertNoSecret(text: string, where: string): void {
  for (const [name, secret] of Object.entries(SECRETS)) {
    assert.ok(!text.includes(secret), `${where} holds the planted ${name}`);
    assert.ok(!text.includes(btoa(secret)), `${where} holds the planted ${name} in base64`);
  }
  assert.ok(!text.includes(btoa(`somebody:${SECRETS.password}`)), `${where} holds the URL's credentials`);
}

/** A trace as nested names: a span, then its children in the order in which they began. */
function treeOf(root: ExportedSpan, spans: readonly ExportedSpan[]): readonly unknown[] {
  const children = spans.filter(({ parentSpanId }) => parentSpanId === root.spanId)
    .toSorted((one, other) => one.startTimeUnixNano < other.startTimeUnixNano ? -1 : 1);
  return [root.name, ...children.map((child) => treeOf(child, spans))];
}

function checkTraces(spans: readonly ExportedSpan[], runs: readonly string[], bad: string): void {
  const roots = spans.filter(({ name }) => name === "flow run");
  assert.deepEqual(new Set(roots.map((root) => attributeOf(root, "prefect.flow_run.id"))), new Set(runs));
  assert.equal(new Set(roots.map(({ traceId }) => traceId)).size, runs.length, "each run has its own trace");
  for (const root of roots) {
    const isBad = attributeOf(root, "prefect.flow_run.id") === bad;
    assert.equal(attributeOf(root, "prefect.outcome"), isBad ? "failed" : "completed");
    assert.equal(attributeOf(root, "prefect.flow_run.state"), isBad ? "Failed" : "Success");
    assert.equal(attributeOf(root, "error.type"), isBad ? "notPlaced" : undefined);
    const own = spans.filter(({ traceId }) => traceId === root.traceId);
    const stages = own.filter(({ parentSpanId }) => parentSpanId === root.spanId).map(({ name }) => name);
    for (const stage of ["claiming", "planning", "ensuringTaskDefinition", "runningTask", "reporting"]) {
      assert.ok(stages.includes(stage), `${stage} is missing in ${JSON.stringify(treeOf(root, own))}`);
    }
    const launch = own.find(({ name }) => name === "ECS RunTask");
    assert.equal(own.find(({ spanId }) => spanId === launch?.parentSpanId)?.name, "runningTask");
    assert.ok(own.some(({ name, parentSpanId }) => name === "POST" && parentSpanId === launch?.spanId));
  }
}

function checkScrape(text: string): void {
  const samples = parseScrape(text);
  const known = new Set(METRIC_ROWS.flatMap(([name]) => seriesOf(name)));
  for (const { name } of samples) assert.ok(known.has(name), `${name} is not in schemas/metric_names.ts`);
  const value = (name: string, labels: Readonly<Record<string, string>> = {}) =>
    valueOf(samples, name, labels);
  assert.equal(value("prefect_agent_run_step_seconds_count", { step: "claimed" }), 4);
  assert.equal(value("prefect_agent_run_step_seconds_count", { step: "registered" }), 4);
  assert.equal(value("prefect_agent_run_step_seconds_count", { step: "launched" }), 3);
  assert.equal(value("prefect_agent_run_since_due_seconds_count", { step: "launched" }), 3);
  assert.equal(value("prefect_agent_runs_ended_total", { outcome: "failed", failure: "notPlaced" }), 1);
  assert.equal(value("prefect_agent_runs_ended_total", { outcome: "completed", failure: "none" }), 3);
  assert.equal(value("prefect_agent_flow_runs_finished_total", { state: "Success" }), 3);
  assert.equal(value("prefect_agent_flow_runs_finished_total", { state: "Failed" }), 1);
  assert.ok(value("prefect_agent_aws_limiter_wait_seconds_count", { bucket: "clusterModify" }) >= 4);
  assert.equal(value("prefect_agent_runs"), 0);
  assert.equal(value("prefect_agent_aws_call_seconds_count", { operation: "RunTask", result: "ok" }), 3);
  assert.ok(value("prefect_agent_aws_call_seconds_count", { operation: "RunTask", result: "notPlaced" }) > 0);
  assert.ok(value("prefect_agent_api_call_seconds_count", { operation: "get_runs_in_queue" }) > 0);
  assert.ok(value("prefect_agent_runs_found_total") >= 4);
  assert.equal(value("prefect_agent_state", { state: "polling" }), 1);
  assert.equal(value("prefect_agent_healthy"), 1);
  assert.ok(value("prefect_agent_last_poll_age_seconds") < 30);
  assert.ok(value("process_resident_memory_bytes") > 1e7);
}

function checkLog(output: string, runs: readonly string[]): void {
  const lines = output.trim().split("\n").map((line) => JSON.parse(line));
  for (const { time, level, logger, message } of lines) {
    assert.ok(Math.abs(Date.parse(time) - Date.now()) < 300_000);
    assert.match(level, /^(DEBUG|INFO|WARNING|ERROR)$/);
    assert.equal(logger, "agent");
    assert.equal(typeof message, "string");
  }
  const about = new Set(lines.map(({ flowRunId }) => flowRunId).filter((id) => id !== undefined));
  assert.deepEqual(about, new Set(runs));
}

Deno.test("observability: given runs, a collector and planted secrets, when all have ended, then traces, metrics and JSON logs tell, and no secret is in any byte", async () => {
  await withSandbox(async (sandbox, home) => {
    await using collector = startOtlpReceiver();
    const { good, bad } = await schedule(sandbox);
    const address = freeAddress();
    const agent = startAgent(
      ["ecs", "start", "--agent-address", address, "--log-format", "json", "--log-level", "DEBUG"].concat(
        ["--env", `AGENT_SECRET=${SECRETS.agentEnv}`],
      ),
      {
        ...variablesOf(sandbox, home),
        OTEL_DENO: "true",
        OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      },
    );
    const runs = [...good, bad];
    let scrape = "";
    try {
      await ended(sandbox, runs, agent);
      scrape = await until(async () => {
        const text = await (await fetch(`${address}/metrics`)).text();
        return valueOf(parseScrape(text), "prefect_agent_runs_ended_total") === runs.length
          ? text
          : undefined;
      }, agent.output);
      const health = await fetch(`${address}/api/health`);
      assert.equal(health.status, 200);
      assert.equal(await health.text(), "{}");
    } finally {
      agent.signal("SIGTERM");
    }
    assert.equal(await agent.exited, 0, agent.output());

    checkScrape(scrape);
    checkLog(agent.output(), runs);
    checkTraces(collector.spans(), runs, bad);
    assert.ok(collector.paths().has("/v1/traces"));
    assertNoSecret(collector.bytes(), "what was exported");
    assertNoSecret(agent.output(), "the log");
    assertNoSecret(scrape, "the scrape");
  });
});

Deno.test("observability: given a collector and Deno's own way of exporting, when all have ended, then protobuf tells every run, and no secret is in any byte", async () => {
  await withSandbox(async (sandbox, home) => {
    await using collector = startOtlpReceiver();
    const { good, bad } = await schedule(sandbox);
    const runs = [...good, bad];
    const agent = startAgent(["ecs", "start", "--env", `AGENT_SECRET=${SECRETS.agentEnv}`], {
      ...variablesOf(sandbox, home),
      OTEL_DENO: "true",
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    });
    try {
      await ended(sandbox, runs, agent);
    } finally {
      agent.signal("SIGTERM");
    }
    assert.equal(await agent.exited, 0, agent.output());

    const words = collector.words();
    for (const word of [...runs, "flow run", "claiming", "watching"]) assert.ok(words.has(word), word);
    assert.deepEqual([...collector.types()], ["application/x-protobuf"]);
    assert.ok(collector.paths().has("/v1/traces"));
    assertNoSecret(collector.bytes(), "what was exported");
  });
});

Deno.test("health: given an API that goes away, when the time of --unhealthy-after is over, then 503 with the reason", async () => {
  await withSandbox(async (sandbox, home) => {
    const address = freeAddress();
    const words = ["ecs", "start", "--agent-address", address, "--unhealthy-after", "1"];
    const agent = startAgent(words, variablesOf(sandbox, home));
    try {
      await until(() => /Waiting for flow runs/.test(agent.output()) || undefined, agent.output);
      assert.equal(await (await fetch(`${address}/api/health`)).text(), "{}");
      await sandbox.close();

      const sick = await until(async () => {
        const answer = await fetch(`${address}/api/health`);
        const body = await answer.json();
        return answer.status === 503 ? body : undefined;
      }, agent.output);

      assert.equal(sick.status, "unhealthy");
      assert.equal(sick.cause, "api");
      assert.match(
        sick.reason,
        /^Polls of the Prefect API have failed for \d+ s \((unreachable|unavailable)\)$/,
      );
      const scrape = parseScrape(await (await fetch(`${address}/metrics`)).text());
      assert.equal(valueOf(scrape, "prefect_agent_healthy"), 0);
      assertNoSecret(agent.output() + JSON.stringify(sick), "log and health");
    } finally {
      agent.signal("SIGTERM");
    }
    assert.equal(await agent.exited, 0, agent.output());
  });
});
