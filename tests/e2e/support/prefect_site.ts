/**
 * The real Prefect 0.15.13 package at work against a sandbox of its own: commands, calls of its client, an agent.
 *
 * @module
 */

import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Json, JsonObject } from "../../../schemas/json/json.ts";
import { type SandboxApi, startApi } from "../../../sandbox/prefect1/server.ts";
import { type Graphql, sandboxClient } from "../../../sandbox/demo/api_client.ts";

const FLOWS_FOLDER = fileURLToPath(new URL("../prefect_flows/", import.meta.url));

/** The file whose flows are registered. */
export const FLOWS: string = join(FLOWS_FOLDER, "flows.py");

/** What the site's API asks for, as a key or as a token. */
export const SITE_KEY = "5173c0de5173c0de5173c0de5173c0de";

/** A local agent that has the label of the flows and no other. */
const AGENT = ["agent", "local", "start", "--no-hostname-label", "-l", "lab"];

/** How long a flow run may take before a test gives up. */
const PATIENCE_MS = 90_000;

/** What a subprocess left behind. */
export interface Ran {
  readonly code: number;
  readonly output: string;
}

/** A sandbox and the Python package that talks to it. */
export interface Site {
  readonly url: string;
  readonly ask: Graphql;
  /** Runs `prefect …`; what it prints on both streams is the output. */
  readonly prefect: (...args: string[]) => Promise<Ran>;
  /** Calls a function of client_calls.py; throws with its output when it fails. */
  readonly call: (name: string, ...args: string[]) => Promise<Json>;
  /** Runs `prefect …` until `work` is done, then interrupts it as Ctrl-C does. @returns what it left behind */
  readonly interrupted: (work: () => Promise<void>, ...args: string[]) => Promise<Ran>;
  /** Runs a local agent with the label `lab` for as long as `work` takes. @returns what the agent printed */
  readonly withAgent: (work: () => Promise<void>, ...args: string[]) => Promise<string>;
  /** Waits until a flow run is in one of these states. */
  readonly untilState: (flowRunId: string, ...states: string[]) => Promise<string>;
}

/** Path of the Python with Prefect 0.15.13, from `PREFECT_PYTHON`; undefined where it is not set. */
export function prefectPython(): string | undefined {
  return Deno.env.get("PREFECT_PYTHON") || undefined;
}

const MISSING = "PREFECT_PYTHON does not name a Python with Prefect 0.15.13";

let isAnnounced = false;

/** Says once why the tests of a file do nothing. */
function announceMissing(): void {
  if (isAnnounced) return;
  isAnnounced = true;
  Deno.stderr.writeSync(new TextEncoder().encode(`${MISSING}: the tests with the real client are ignored\n`));
}

/** A test with the real package; where it is missing the test is ignored and its name says why. */
export function prefectTest(
  name: string,
  work: (site: Site) => Promise<void>,
  env: Record<string, string> = {},
): void {
  const python = prefectPython();
  if (python !== undefined) return Deno.test(name, () => withSite(python, env, work));
  announceMissing();
  Deno.test({ name: `${name} (ignored: ${MISSING})`, ignore: true, fn: () => {} });
}

async function withSite(
  python: string,
  env: Record<string, string>,
  work: (site: Site) => Promise<void>,
): Promise<void> {
  const home = await Deno.makeTempDir();
  const api = await startApi({
    port: 0,
    random: Math.random,
    dataDir: join(home, "data"),
    apiKey: SITE_KEY,
    log: () => {},
  });
  const start = starter(python, environment({ python, home, api, env }));
  const ask = sandboxClient(api);
  try {
    await work({
      url: api.url,
      ask,
      prefect: (...args) => finished(start(["-m", "prefect", ...args])),
      call: (name, ...args) => called(start([join(FLOWS_FOLDER, "client_calls.py"), name, ...args])),
      interrupted: (work, ...args) => alongside(start(["-m", "prefect", ...args]), work),
      withAgent: async (work, ...args) =>
        (await alongside(start(["-m", "prefect", ...AGENT, ...args]), work)).output,
      untilState: (id, ...states) => untilState(ask, id, states),
    });
  } finally {
    await api.close();
    await Deno.remove(home, { recursive: true });
  }
}

interface Surroundings {
  readonly python: string;
  readonly home: string;
  readonly api: SandboxApi;
  readonly env: Record<string, string>;
}

/** Nothing of this machine's own configuration gets in; waiting times of the runtime are shortened. */
function environment({ python, home, api, env }: Surroundings): Record<string, string> {
  return {
    HOME: home,
    PATH: `${dirname(python)}:/usr/bin:/bin`,
    PYTHONWARNINGS: "ignore",
    PREFECT__BACKEND: "server",
    PREFECT__CLOUD__API: api.url,
    PREFECT__CLOUD__API_KEY: api.apiKey,
    PREFECT__CLOUD__CHECK_CANCELLATION_INTERVAL: "1",
    PREFECT__CLOUD__QUEUE_INTERVAL: "1",
    PREFECT__CLOUD__LOGGING_HEARTBEAT: "0.5",
    ...env,
  };
}

type Start = (args: readonly string[]) => Deno.ChildProcess;

function starter(python: string, env: Record<string, string>): Start {
  return (args) =>
    new Deno.Command(python, {
      args: [...args],
      env,
      clearEnv: true,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    })
      .spawn();
}

async function finished(child: Deno.ChildProcess): Promise<Ran> {
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { code, output: decoder.decode(stdout) + decoder.decode(stderr) };
}

async function called(child: Deno.ChildProcess): Promise<Json> {
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  const printed = decoder.decode(stdout).trimEnd();
  assert.equal(code, 0, printed + decoder.decode(stderr));
  return JSON.parse(printed.slice(printed.lastIndexOf("\n") + 1));
}

async function alongside(child: Deno.ChildProcess, during: () => Promise<void>): Promise<Ran> {
  const output = finished(child);
  try {
    await during();
  } finally {
    child.kill("SIGINT");
  }
  return await output;
}

async function untilState(ask: Graphql, id: string, states: readonly string[]): Promise<string> {
  const query = "query($id: uuid!) { flow_run_by_pk(id: $id) { state state_message } }";
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const run = (await ask(query, { id }))["flow_run_by_pk"] as JsonObject;
    const state = String(run["state"]);
    if (states.includes(state)) return state;
    assert.ok(Date.now() < deadline, `Flow run is still ${state}: ${run["state_message"]}`);
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
}
