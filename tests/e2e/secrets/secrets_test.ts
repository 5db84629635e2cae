/**
 * The agent's process with a secret in every place where one can stand, against endpoints that quote what they are sent: no
 * output holds any of them.
 *
 * @module
 */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { scheduledRun } from "../../support/fake_prefect1.ts";
import { type HostileServer, json, type Misdeed, startHostileServer } from "../support/hostile_server.ts";
import { startOtlpReceiver } from "../support/otlp_receiver.ts";
import {
  assertNonePlanted,
  PLANTED,
  plantedConfig,
  type Quote,
  quoted,
  QUOTES,
  REFERENCE,
} from "./planted_secrets.ts";
import { denoDir, type Process, startProcess, until } from "../support/process.ts";

const MAIN = fileURLToPath(new URL("../../../main.ts", import.meta.url));
const CONFIG = fileURLToPath(new URL("../../../deno.json", import.meta.url));

type Environment = Readonly<Record<string, string>>;

/** The agent's process, which may write its recording. */
function startCommand(words: readonly string[], folder: string, env: Environment): Process {
  const permissions = [
    "--allow-net",
    "--allow-env",
    "--allow-read",
    `--allow-write=${folder}`,
    "--allow-sys",
  ];
  const args = ["run", "--quiet", "--no-prompt", "--config", CONFIG, ...permissions, MAIN, ...words];
  return startProcess(Deno.execPath(), args, { DENO_DIR: denoDir(), NO_COLOR: "1", HOME: folder, ...env });
}

function prefectAt(url: string): Environment {
  return {
    PREFECT__CLOUD__API: url.replace("//", `//me:${encodeURIComponent(PLANTED.urlLogin)}@`),
    PREFECT__CLOUD__API_KEY: PLANTED.apiKey,
    PREFECT__CLOUD__AGENT__AUTH_TOKEN: PLANTED.agentToken,
    PREFECT__CLOUD__TENANT_ID: "11111111-2222-4333-8444-555555555555",
    HTTPS_PROXY: `http://me:${encodeURIComponent(PLANTED.proxyLogin)}@127.0.0.1:9`,
    NO_PROXY: "127.0.0.1",
    AWS_DEFAULT_REGION: "us-east-1",
    AWS_ENDPOINT_URL: url,
  };
}

const AWS_KEYS: Environment = {
  AWS_ACCESS_KEY_ID: PLANTED.accessKeyId,
  AWS_SECRET_ACCESS_KEY: PLANTED.awsSecret,
  AWS_SESSION_TOKEN: PLANTED.awsSession,
};

/** What would clear the screen, turn the direction and begin a line. */
const FORGED = "\u001b[2J\u009b\u202e\u2028\u200b\r\nFORGED line";

/** @throws {AssertionError} where a name or a refusal steers the terminal, or looks like a line of the program */
function assertFit(output: string, where: string): void {
  const unfit =
    // deno-lint-ignore no-control-regex -- none of these may reach a terminal
    /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\u200b]|^FORGED/m;
  assert.doesNotMatch(output, unfit, where);
}

function plantedRun(id: string, runConfig = plantedConfig(`family-${id}`)) {
  const run = scheduledRun(id);
  const flow = {
    id: `flow-${id}`,
    name: `etl-${id} ${FORGED} token=${PLANTED.quotedName}`,
    version: 1,
    environment: null,
    storage: { type: "S3" },
    core_version: "1.4.1",
  };
  return {
    ...run,
    row: { ...run.row, name: `Bearer ${PLANTED.runName} ${FORGED}`, flow, run_config: runConfig },
  };
}

const ecsRefusal = (quote: Quote): Misdeed => (asked) =>
  json({ __type: "InvalidParameterException", message: `Bad:${FORGED} ${quoted(asked, quote)}` }, 400);
const notPlaced = (quote: Quote): Misdeed => (asked) =>
  json({ tasks: [], failures: [{ reason: `ODD: ${quoted(asked, quote)}`, detail: quoted(asked, quote) }] });
const apiError = (quote: Quote): Misdeed => (asked) =>
  new Response(JSON.stringify({ errors: [{ message: quoted(asked, quote) }] }), {
    headers: { "content-type": "application/json" },
  });
const xmlRefusal = (quote: Quote): Misdeed => (asked) => {
  const text = quoted(asked, quote).replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const error = `<Error><Code>AccessDenied</Code><Message>${text}</Message></Error>`;
  return new Response(`<ErrorResponse>${error}</ErrorResponse>`, {
    status: 403,
    headers: { "content-type": "text/xml" },
  });
};

/** Every endpoint quotes the run's requests in one way after the other. */
function quoteEverything({ misdeeds }: HostileServer): void {
  misdeeds.set("RegisterTaskDefinition", QUOTES.slice(0, 4).map(ecsRefusal));
  misdeeds.set("RunTask", [...QUOTES.slice(4).map(ecsRefusal), ...QUOTES.map(notPlaced)]);
  misdeeds.set("get_runs_in_queue", QUOTES.slice(0, 2).map(apiError));
  misdeeds.set("write_run_logs", QUOTES.slice(2, 3).map(apiError));
}

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function textAt(url: string): Promise<string> {
  return await (await fetch(url)).text();
}

/** Everything that a page and a tool of Stately's get. */
async function framesOf(url: string, ids: readonly string[]): Promise<string> {
  const texts: string[] = [];
  for (const path of ["ws", "stately"]) {
    const address = new URL(url);
    address.pathname = `/${path}`;
    const socket = new WebSocket(address.href.replace("http", "ws"));
    socket.onmessage = ({ data }) => void texts.push(String(data));
    socket.onopen = () => ids.forEach((id) => socket.send(JSON.stringify({ type: "watch", id })));
    const before = texts.length;
    await until(() => texts.length > before ? true : undefined, () => `nothing came from ${path}`);
    await new Promise((resolve) => setTimeout(resolve, 300));
    socket.close();
  }
  const pages = ["/api/overview", ...ids.map((id) => `/api/runs/${id}`)].map((path) => {
    const address = new URL(url);
    address.pathname = path;
    return textAt(address.href);
  });
  return [...texts, ...await Promise.all(pages)].join("\n");
}

/** What the API was told of runs. */
function told({ prefect }: HostileServer): string {
  const states = [...prefect.runs.values()].map(({ state }) => state);
  return JSON.stringify([prefect.logs, states]);
}

/** Waits until every run has failed, and gives what was shown of them. */
async function allFailed(server: HostileServer, agent: Process): Promise<void> {
  await until(
    () => [...server.prefect.runs.values()].every(({ state }) => state.type === "Failed") ? true : undefined,
    agent.output,
  );
}

for (const format of ["text", "json"]) {
  Deno.test(`secrets: given one in every place and endpoints that quote, when runs are refused, then no output in ${format} holds one`, () =>
    withFolder(async (folder) => {
      const ids = QUOTES.flatMap((_, at) => [`run-${at}`]);
      await using collector = startOtlpReceiver();
      await using server = startHostileServer(ids.map((id) => plantedRun(id)));
      quoteEverything(server);
      const port = freePort();
      const recording = join(folder, "today.jsonl");
      const words = ["ecs", "start", "--launch-type", "EC2", "--log-level", "DEBUG", "--log-format", format];
      const looking = ["--trace", "--inspect=127.0.0.1:0", "--record", recording];
      const env = ["--env", `PLAIN=${PLANTED.optionEnv}`, "--agent-address", `http://127.0.0.1:${port}`];
      const agent = startCommand([...words, ...looking, ...env], folder, {
        ...prefectAt(server.url),
        ...AWS_KEYS,
        OTEL_DENO: "true",
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      });
      try {
        await allFailed(server, agent);
        const page = /Inspector: (http\S+)/.exec(agent.output())?.[1] ?? "";
        const frames = await framesOf(page, ids);
        const served = await Promise.all(
          ["/metrics", "/api/health"].map((path) => textAt(`http://127.0.0.1:${port}${path}`)),
        );
        agent.signal("SIGTERM");
        assert.equal(await agent.exited, 0, agent.output());

        assertNonePlanted(agent.output(), "the log");
        assertFit(agent.output(), "the log");
        assertNonePlanted(told(server), "a run's log or state");
        assertNonePlanted(frames, "the inspector");
        assertNonePlanted(served.join("\n"), "metrics or health");
        assertNonePlanted(await Deno.readTextFile(recording), "the recording");
        assertNonePlanted(collector.bytes(), "what was exported");
        const trace = startCommand(["trace", "run-0", recording], folder, {});
        assert.equal(await trace.exited, 0, trace.output());
        assertNonePlanted(trace.output(), "trace");
        assertFit(trace.output(), "trace");
        assert.match(trace.output(), /FORGED/);
        assert.match(told(server), /Bad:.* The request was .*\(hidden\)/, "the refusal itself is told");
      } finally {
        agent.signal("SIGKILL");
      }
    }));
}

for (const more of [[], ["--json"]]) {
  Deno.test(`secrets: given a run with one in every place, when explained ${more.join("")}, then none is shown and references are`, () =>
    withFolder(async (folder) => {
      const file = join(folder, "run.json");
      const { row } = plantedRun("run-0");
      await Deno.writeTextFile(file, JSON.stringify({ id: "run-0", ...row }));

      const words = ["explain", "ecs", "--launch-type", "EC2", "--flow-run-file", file, ...more];
      const env = ["--env", `PLAIN=${PLANTED.optionEnv}`];
      const explained = startCommand([...words, ...env], folder, {
        ...prefectAt("http://127.0.0.1:9"),
        ...AWS_KEYS,
      });
      await explained.exited;

      assertNonePlanted(explained.output(), "explain");
      assertFit(explained.output(), "explain");
      assert.match(explained.output(), /--password/);
      assert.ok(explained.output().includes(REFERENCE), explained.output());
    }));
}

/** Sources of credentials whose endpoints quote what they are asked with. */
const SOURCES: Readonly<Record<string, (folder: string, url: string) => Promise<Environment>>> = {
  "a web identity": async (folder, url) => {
    await Deno.writeTextFile(join(folder, "token"), PLANTED.webIdentity);
    return {
      AWS_ENDPOINT_URL_STS: `${url}/sts`,
      AWS_WEB_IDENTITY_TOKEN_FILE: join(folder, "token"),
      AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/agent",
    };
  },
  "a single sign-on": async (folder, url) => {
    const session = createHash("sha1").update("corp").digest("hex");
    await Deno.mkdir(join(folder, ".aws", "sso", "cache"), { recursive: true });
    await Deno.writeTextFile(
      join(folder, ".aws", "config"),
      "[sso-session corp]\nsso_region = us-east-1\nsso_start_url = https://corp.example.com\n" +
        "[profile corp]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = agent\n",
    );
    const token = { accessToken: PLANTED.ssoToken, expiresAt: "2999-01-01T00:00:00Z" };
    await Deno.writeTextFile(join(folder, ".aws", "sso", "cache", `${session}.json`), JSON.stringify(token));
    return { AWS_ENDPOINT_URL_SSO: `${url}/sso`, AWS_PROFILE: "corp" };
  },
  "a role of a profile": async (folder, url) => {
    await Deno.mkdir(join(folder, ".aws"));
    await Deno.writeTextFile(
      join(folder, ".aws", "config"),
      "[profile agent]\nrole_arn = arn:aws:iam::123456789012:role/agent\nsource_profile = base\n",
    );
    await Deno.writeTextFile(
      join(folder, ".aws", "credentials"),
      `[base]\naws_access_key_id = ${PLANTED.accessKeyId}\naws_secret_access_key = ${PLANTED.profileSecret}\n` +
        `aws_session_token = ${PLANTED.profileSession}\n`,
    );
    return { AWS_ENDPOINT_URL_STS: `${url}/sts`, AWS_PROFILE: "agent" };
  },
  "keys, for an object of S3": () => Promise.resolve(AWS_KEYS),
};

for (const [source, prepare] of Object.entries(SOURCES)) {
  Deno.test(`secrets: given ${source} and endpoints that quote, when credentials are refused, then no output holds one`, () =>
    withFolder(async (folder) => {
      const ids = ["run-0", "run-1"];
      const config = { type: "ECSRun" };
      const isS3 = source.includes("S3");
      await using server = startHostileServer(ids.map((id) => plantedRun(id, isS3 ? config : undefined)));
      // Halves first: they are known by nothing but what the agent has sent.
      const quotes = [...QUOTES.slice(5, 7).toReversed(), ...QUOTES];
      const ways = quotes.map(xmlRefusal);
      for (const path of ["/sts", "/sts/", "/bucket/template.yaml"]) server.misdeeds.set(path, [...ways]);
      const sso = (quote: Quote): Misdeed => (asked) =>
        new Response(JSON.stringify({ message: quoted(asked, quote) }), {
          status: 401,
          headers: { "content-type": "application/json", "x-amzn-errortype": "UnauthorizedException" },
        });
      server.misdeeds.set("/sso/federation/credentials", quotes.map(sso));
      const words = ["ecs", "start", "--launch-type", "EC2", "--log-level", "DEBUG", "--max-polls", "3"];
      // What the agent says of an object that a run names does not quote anything.
      const template = isS3 ? ["--task-definition", "s3://bucket/template.yaml"] : [];
      const env = { ...prefectAt(server.url), ...await prepare(folder, server.url) };
      const agent = startCommand([...words, ...template], folder, env);
      try {
        await agent.exited;
      } finally {
        agent.signal("SIGKILL");
      }

      assertNonePlanted(agent.output(), "the log");
      assertNonePlanted(told(server), "a run's log or state");
      assert.match(agent.output() + told(server), /The request was .*\(hidden\)/, agent.output());
    }));
}
