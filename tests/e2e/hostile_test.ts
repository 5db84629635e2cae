/**
 * The agent's process against servers that answer anything but what they should, and started in every wrong way.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { scheduledRun } from "../support/fake_prefect1.ts";
import { startAgent } from "./support/agent_process.ts";
import { until } from "./support/process.ts";
import {
  chunks,
  type HostileServer,
  json,
  type Misdeed,
  startHostileServer,
} from "./support/hostile_server.ts";

const KEY = "sEcReT-api-key-0123456789";
const AWS_SECRET = "sEcReT/aws+secret+0123456789abcdef";
const VALUE = "sEcReT-value-of-a-variable";
const SECRETS = [KEY, AWS_SECRET, VALUE];

const html = () =>
  new Response("<html>\u001b[31mBad Gateway</html>", { headers: { "content-type": "text/html" } });
const text = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}): Misdeed => () =>
  new Response(body, { headers: { "content-type": "application/json", ...headers } });
const errors = (value: unknown): Misdeed => text(JSON.stringify({ errors: value }));
const queued = (ids: unknown): Misdeed =>
  text(JSON.stringify({ data: { get_runs_in_queue: { flow_run_ids: ids } } }));

/** One for each way in which an answer can be no answer. */
const API_MISDEEDS: Readonly<Record<string, Misdeed>> = {
  "HTML": html,
  "nothing": text(""),
  "invalid UTF-8": text(new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])),
  "a truncated body": text('{"data": {"get_runs_in_queue": {"flow_ru'),
  "a broken connection": () => chunks(['{"data": '], "break"),
  "an answer without end": () => chunks(['{"data": '], "never"),
  "a silent server": () => chunks([], "never"),
  "a redirect to itself": () => new Response("", { status: 302, headers: { location: "/" } }),
  "a compressed body that is none": text("not gzip", { "content-encoding": "gzip" }),
  "JSON nested 100 000 deep": text(`{"data":${"[".repeat(100_000)}${"]".repeat(100_000)}}`),
  "a text of 10 MB": text(JSON.stringify({ data: "x".repeat(10_000_000) })),
  "70 MB": () => chunks(Array.from({ length: 70 }, () => "x".repeat(1024 * 1024)), "close"),
  "a list": text("[1, 2]"),
  "errors that quote the key": errors([{ message: `bad ${KEY} \u001b[2J`, extensions: { code: "X" } }]),
  "errors of odd shapes": errors({ a: [null, 1] }),
  "10 000 errors": errors(Array.from({ length: 10_000 }, () => ({ message: "no ".repeat(50) }))),
  "ids that are none": queued([null, 7, {}, ["x"], "", "\u0000", "__proto__", "x".repeat(100_000)]),
  "status 401": () => new Response("no", { status: 401 }),
  "status 503": () => new Response("no", { status: 503 }),
};

const RUN_TASK_MISDEEDS: readonly Misdeed[] = [
  html,
  text('{"tasks": [{'),
  text(JSON.stringify({ tasks: { a: 1 }, failures: "no" })),
  () => json({ tasks: [{ taskArn: { toString: 1 } }] }),
];

function runs() {
  const row = (id: string, more: Record<string, unknown>) => {
    const run = scheduledRun(id);
    return { ...run, row: { ...run.row, run_config: { type: "ECSRun", env: { PASSWORD: VALUE } }, ...more } };
  };
  const flow = {
    id: "f1",
    name: "etl",
    version: 1,
    environment: null,
    storage: { type: "S3" },
    core_version: "1.4.1",
  };
  return [
    row("good", { flow }),
    row("deep", { flow, run_config: JSON.parse(`${'{"a":'.repeat(2000)}1${"}".repeat(2000)}`) }),
    row("named", { flow: { ...flow, name: "\u001b[2J\n[2023-01-02] ERROR - agent | forged \u202e${HOME}" } }),
    row("typed", { flow, run_config: { type: "ECSRun", env: { PASSWORD: [VALUE] } } }),
    row("flowless", { flow: 7 }),
  ];
}

function environment(server: HostileServer, home: string): Record<string, string> {
  return {
    HOME: home,
    PREFECT__CLOUD__API: server.url,
    PREFECT__CLOUD__API_KEY: KEY,
    PREFECT__CLOUD__TENANT_ID: "11111111-2222-4333-8444-555555555555",
    // Two answers never come; the 70 MB must, also on a slow machine.
    PREFECT__CLOUD__REQUEST_TIMEOUT: "5",
    AWS_ENDPOINT_URL: server.url,
    AWS_DEFAULT_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "AKIAHOSTILE",
    AWS_SECRET_ACCESS_KEY: AWS_SECRET,
    NO_PROXY: "127.0.0.1",
  };
}

function assertFit(output: string): void {
  for (const secret of SECRETS) assert.ok(!output.includes(secret), `a secret is shown:\n${output}`);
  // deno-lint-ignore no-control-regex -- none of these may reach a terminal
  assert.doesNotMatch(output, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
  assert.doesNotMatch(output, /Unexpected fault|TypeError|RangeError|\n\s+at .+:\d+/);
  for (const line of output.split("\n")) {
    assert.ok(line.length < 11_000, `a line of ${line.length} characters`);
  }
}

async function withHome(use: (home: string) => Promise<void>): Promise<void> {
  const home = await Deno.makeTempDir();
  try {
    await use(home);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

/** Lets one poll follow the other, without the pauses of an idle agent. */
function hurry(port: number): () => void {
  const timer = setInterval(() => {
    fetch(`http://127.0.0.1:${port}/api/poke`).then((answer) => answer.body?.cancel(), () => undefined);
  }, 100);
  return () => clearInterval(timer);
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

Deno.test("hostile: given every misdeed of API and AWS in turn, when the agent polls, then the good run is launched once and the bad ones say why", () =>
  withHome(async (home) => {
    await using server = startHostileServer(runs());
    server.misdeeds.set("get_runs_in_queue", Object.values(API_MISDEEDS));
    server.misdeeds.set("RunTask", [...RUN_TASK_MISDEEDS]);
    const port = freePort();
    const words = ["ecs", "start", "--launch-type", "EC2", "--agent-address", `http://127.0.0.1:${port}`];
    const agent = startAgent([...words, "--max-polls", "25"], environment(server, home));
    const relax = hurry(port);
    try {
      const code = await agent.exited;
      assert.equal(code, 0, agent.output());
    } finally {
      relax();
      agent.signal("SIGKILL");
    }

    const states = Object.fromEntries(
      [...server.prefect.runs.values()].map(({ id, state }) => [id, state.type]),
    );
    assert.deepEqual(
      states,
      { good: "Submitted", deep: "Failed", named: "Submitted", typed: "Failed", flowless: "Failed" },
      agent.output(),
    );
    assertFit(agent.output());
    for (const { state } of server.prefect.runs.values()) assertFit(String(state.message));
    for (const { message } of server.prefect.logs) assertFit(String(message));
    const tokens = server.launches.filter(({ startedBy }) => startedBy === "good").map((one) =>
      one.clientToken
    );
    assert.equal(new Set(tokens).size, 1, "the same token for every request of one attempt");
    assert.match(agent.output(), /Failed to query for ready flow runs: .* longer than 8388608 bytes/);
    assert.doesNotMatch(agent.output(), /Failed to query.*Failed to query/);
  }));

for (
  const [name, misdeed] of Object.entries({ HTML: html, "status 401": API_MISDEEDS["status 401"] ?? html })
) {
  Deno.test(`hostile: given ${name} from the start, when the agent starts, then it tells and can be ended`, () =>
    withHome(async (home) => {
      await using server = startHostileServer([]);
      server.misdeeds.set("register_agent", Array.from({ length: 100 }, () => misdeed));
      const agent = startAgent(["ecs", "start", "--launch-type", "EC2"], environment(server, home));
      try {
        await until(() => /ERROR|refused|not available/.test(agent.output()) || undefined, agent.output);
        agent.signal("SIGTERM");
        assert.ok([0, 1].includes(await agent.exited), agent.output());
      } finally {
        agent.signal("SIGKILL");
      }
      assertFit(agent.output());
      assert.match(agent.output(), /Prefect API/);
    }));
}

/** Wrong starts: the words, further variables, the exit code and what must be said. */
const STARTS: readonly {
  readonly words: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly config?: string;
  readonly code: number;
  readonly says: RegExp;
}[] = [
  { words: ["ecs", "start", "--\u001b[2J\u202e"], code: 2, says: /Unknown option/ },
  { words: ["ecs", "start", "--task-definition", "\u001b[2Jnowhere.yaml"], code: 1, says: /nowhere\.yaml/ },
  { words: ["ecs", "start", "--env", VALUE], code: 1, says: /--env/ },
  {
    words: ["fargate", "start"],
    env: { containerDefinitions_environment: `[{'value': '${VALUE}'` },
    code: 1,
    says: /containerDefinitions_environment/,
  },
  { words: ["ecs", "start"], config: `[cloud]\napi_key = "${KEY}`, code: 1, says: /config\.toml/ },
  { words: ["ecs", "start"], env: { PREFECT__CLOUD__API_KEY: `${KEY} x` }, code: 1, says: /API key/ },
  {
    words: ["ecs", "start"],
    env: { PREFECT__CLOUD__AGENT__ENV_VARS: `{"A": ["${VALUE}"]}` },
    code: 1,
    says: /env_vars/i,
  },
];

for (const { words, env = {}, config, code, says } of STARTS) {
  Deno.test(`hostile: given a wrong start of which must be said ${says}, when started, then one message and exit code ${code}`, () =>
    withHome(async (home) => {
      await using server = startHostileServer([]);
      if (config !== undefined) {
        await Deno.mkdir(join(home, ".prefect"));
        await Deno.writeTextFile(join(home, ".prefect", "config.toml"), config);
      }
      const agent = startAgent(words, { ...environment(server, home), ...env });
      const giveUp = setTimeout(() => agent.signal("SIGKILL"), 20_000);
      const ended = await agent.exited;
      clearTimeout(giveUp);

      assert.equal(ended, code, agent.output());
      assert.match(agent.output(), says);
      assert.equal(agent.output().trim().split("\n").length, 1, agent.output());
      assertFit(agent.output());
      assert.deepEqual(server.asked.filter((one) => one === "set_flow_run_states"), []);
    }));
}
