/**
 * The sandbox's API over HTTP: who is answered, how bodies are read, what outlives `kill -9`, how fast polls are.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { type SandboxApi, startApi } from "../../sandbox/prefect1/server.ts";
import { type Graphql, sandboxClient } from "../../sandbox/demo/api_client.ts";
import { FailureError } from "../../schemas/failure/failure.ts";
import type { JsonObject } from "../../schemas/json/json.ts";
import { serializedFlow } from "../sandbox/support/sandbox_store.ts";

const API_KEY = "0123456789abcdef0123456789abcdef";

async function withApi(work: (api: SandboxApi, lines: string[]) => Promise<void>): Promise<void> {
  const lines: string[] = [];
  const api = await startApi({
    port: 0,
    random: Math.random,
    dataDir: ":memory:",
    apiKey: API_KEY,
    log: (line) => void lines.push(line),
  });
  try {
    await work(api, lines);
  } finally {
    await api.close();
  }
}

async function post(url: string, body: string): Promise<{ status: number; body: JsonObject }> {
  const response = await fetch(url, {
    method: "POST",
    body,
    headers: { authorization: `Bearer ${API_KEY}` },
  });
  return { status: response.status, body: await response.json() };
}

const CREATE = "mutation($input: create_project_input!) { create_project(input: $input) { id } }";

Deno.test("http: given variables as object, text, null or nothing, when posted, then each is read", async () => {
  await withApi(async ({ url }) => {
    const object = { query: CREATE, variables: { input: { name: "a" } } };
    const text = { query: CREATE, variables: JSON.stringify({ input: { name: "b" } }) };
    assert.equal((await post(url, JSON.stringify(object))).status, 200);
    assert.equal((await post(`${url}/graphql`, JSON.stringify(text))).status, 200);

    for (const variables of ["null", null, undefined, "{}"]) {
      const { body } = await post(url, JSON.stringify({ query: "query { project { name } }", variables }));
      assert.deepEqual(body, { data: { project: [{ name: "a" }, { name: "b" }] } });
    }
  });
});

const WRONG_BODIES = [
  "",
  "[]",
  "{}",
  '{"query": 7}',
  '{"query": "query { hello }", "variables": [1]}',
  '{"query": "{"}',
  '{"query": "query { hello }", "variables": "no json"}',
];

for (const body of WRONG_BODIES) {
  Deno.test(`http: given the body ${JSON.stringify(body)}, when posted, then status 400 says why`, async () => {
    await withApi(async ({ url }) => {
      const answer = await post(url, body);

      assert.equal(answer.status, 400);
      assert.equal((answer.body["errors"] as JsonObject[]).length, 1);
    });
  });
}

Deno.test("http: given an error of a resolver, when answered, then status 200, a path, a code, and a line in the log", async () => {
  await withApi(async ({ url }, lines) => {
    const request = JSON.stringify({
      query: 'mutation { again: cancel_flow_run(input: { flow_run_id: "x" }) { state } }',
    });

    assert.deepEqual(await post(url, request), {
      status: 200,
      body: {
        errors: [{
          message: "Flow run x not found",
          path: ["again"],
          extensions: { code: "INTERNAL_SERVER_ERROR" },
        }],
        data: { again: null },
      },
    });
    assert.deepEqual(lines, ["api: 200 Flow run x not found"]);
  });
});

/** A request with a Host of our choosing: `fetch` does not let us set it. */
async function rawStatus(url: string, headers: string): Promise<string> {
  const { port } = new URL(url);
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
  const body = '{"query":"query{hello}"}';
  const request =
    `POST / HTTP/1.1\r\n${headers}\r\nAuthorization: Bearer ${API_KEY}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`;
  await connection.write(new TextEncoder().encode(request));
  const answer = await new Response(connection.readable).text();
  return answer.split(" ")[1] ?? "";
}

const HOSTS: readonly (readonly [string, string])[] = [
  ["Host: 127.0.0.1:4200", "200"],
  ["Host: localhost", "200"],
  ["Host: example.com", "403"],
  ["Host: 127.0.0.1.example.com", "403"],
  ["Host: localhost.example.com:4200", "403"],
  ["Host: localhost\r\nOrigin: http://example.com", "403"],
  ["Host: localhost\r\nOrigin: null", "403"],
  ["Host: localhost\r\nOrigin: http://localhost:8080", "403"],
  ["Host: localhost:8080\r\nOrigin: http://127.0.0.1:8080", "403"],
  ["Host: localhost:8080\r\nOrigin: http://localhost:8080", "200"],
  ["Host: localhost\r\nSec-Fetch-Site: cross-site", "403"],
  ["Host: localhost\r\nSec-Fetch-Site: same-site", "403"],
];

for (const [headers, status] of HOSTS) {
  Deno.test(`http: given ${JSON.stringify(headers)}, when asked, then status ${status}`, async () => {
    await withApi(async ({ url }) => assert.equal(await rawStatus(url, headers), status));
  });
}

Deno.test("http: given any other key than its own, when asked, then 401 in the form of the API, with nosniff, and nothing is done", async () => {
  await withApi(async ({ url }) => {
    const body = JSON.stringify({ query: CREATE, variables: { input: { name: "stranger" } } });
    const others = [undefined, "", "Bearer", "Bearer ", `Basic ${API_KEY}`, API_KEY, `Bearer ${API_KEY}0`];
    for (const given of [...others, `Bearer ${API_KEY.slice(1)}`, `Bearer ${API_KEY.toUpperCase()}`]) {
      const headers = given === undefined ? {} : { authorization: given };
      const answer = await fetch(url, { method: "POST", body, headers });
      assert.equal(answer.status, 401, given);
      assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
      const { errors: [error] } = await answer.json();
      assert.equal(error.extensions.code, "UNAUTHENTICATED");
      assert.match(error.message, /PREFECT__CLOUD__API_KEY/);
    }
    const { project } = await sandboxClient({ url, apiKey: API_KEY })("query { project { name } }");
    assert.deepEqual(project, []);
  });
});

Deno.test("http: given a body that is too large, announced or not, when sent, then 413 says how much is read", async () => {
  await withApi(async ({ url }) => {
    const headers = { authorization: `Bearer ${API_KEY}` };
    const announced = await fetch(url, { method: "POST", headers, body: new Uint8Array(17 * 1024 * 1024) });
    assert.equal(announced.status, 413);
    assert.match(await announced.text(), /at most 16777216 bytes/);
    const piece = new Uint8Array(1024 * 1024);
    let pieces = 0;
    const body = new ReadableStream({ pull: (c) => pieces++ < 200 ? c.enqueue(piece) : c.close() });
    const streamed = await fetch(url, { method: "POST", headers, body }).catch(() => null);
    assert.equal(streamed?.status ?? 413, 413);
    await streamed?.body?.cancel();
    assert.ok(pieces < 100, `${pieces} MiB were read`);
  });
});

Deno.test("http: given other paths and methods, when asked, then 404, 405, and a health answer", async () => {
  await withApi(async ({ url }) => {
    const status = async (path: string, method = "GET") => {
      const response = await fetch(url + path, { method });
      await response.body?.cancel();
      return response.status;
    };
    assert.deepEqual(
      [await status("/nothing"), await status("/"), await status("/.well-known/apollo/server-health")],
      [404, 405, 200],
    );
  });
});

Deno.test("client: given errors, when the thin client asks, then it throws them as a failure with their code", async () => {
  await withApi(async ({ url }) => {
    const ask = sandboxClient({ url, apiKey: API_KEY });

    assert.deepEqual(await ask("query { hello }"), { hello: "👋" });
    await assert.rejects(ask("query { nothing }"), (thrown: unknown) => {
      assert.ok(thrown instanceof FailureError);
      assert.deepEqual({ ...thrown.failure, message: "" }, {
        tag: "apiError",
        code: "GRAPHQL_VALIDATION_FAILED",
        message: "",
      });
      return true;
    });
  });
});

interface ApiProcess {
  readonly url: string;
  /** Ends it as `kill -9` does. */
  readonly kill: () => Promise<void>;
}

async function startProcess(folder: string): Promise<ApiProcess> {
  const script = fileURLToPath(new URL("./support/api_process.ts", import.meta.url));
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--allow-net=127.0.0.1",
      "--allow-env",
      "--allow-read",
      "--allow-write",
      script,
      folder,
      API_KEY,
    ],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  return {
    url: new TextDecoder().decode(value).trim(),
    kill: async () => {
      child.kill("SIGKILL");
      await child.status;
      await reader.cancel();
    },
  };
}

async function createFlow(ask: Graphql): Promise<string> {
  const { create_project: project } = await ask(CREATE, { input: { name: "lab" } });
  const input = { project_id: (project as JsonObject)["id"] ?? null, serialized_flow: serializedFlow("etl") };
  const { create_flow: flow } = await ask(
    "mutation($input: create_flow_input!) { create_flow(input: $input) { id } }",
    { input },
  );
  return String((flow as JsonObject)["id"]);
}

async function createRun(ask: Graphql, input: JsonObject): Promise<string> {
  const { create_flow_run: run } = await ask(
    "mutation($input: create_flow_run_input!) { create_flow_run(input: $input) { id } }",
    { input },
  );
  return String((run as JsonObject)["id"]);
}

Deno.test("store: given requests under way, when the process is killed, then all that was answered is still there", async () => {
  const folder = await Deno.makeTempDir();
  let api = await startProcess(folder);
  let ask = sandboxClient({ url: api.url, apiKey: API_KEY });
  const flow_id = await createFlow(ask);
  const answered: string[] = [];
  const claim = `mutation($input: x) { set_flow_run_states(input: $input) { states { id } } }`;

  for (let round = 0; round < 3; round++) {
    const { url, kill } = api;
    const writers = Array.from({ length: 4 }, async () => {
      for (;;) {
        const id = await createRun(sandboxClient({ url, apiKey: API_KEY }), { flow_id });
        await ask(claim, {
          input: { states: [{ flow_run_id: id, version: 1, state: { type: "Submitted" } }] },
        });
        answered.push(id);
      }
    });
    while (answered.length < 40 * (round + 1)) await new Promise((resolve) => setTimeout(resolve, 5));
    await Promise.all([kill(), Promise.allSettled(writers)]);
    api = await startProcess(folder);
    ask = sandboxClient({ url: api.url, apiKey: API_KEY });
  }

  const { flow_run: rows } = await ask(
    "query { flow_run { id state version task_runs { state } states(order_by: { version: asc }) { version } } }",
  );
  const runs = new Map((rows as JsonObject[]).map((row) => [String(row["id"]), row]));
  for (const id of answered) {
    assert.deepEqual(runs.get(id), {
      id,
      state: "Submitted",
      version: 2,
      task_runs: [{ state: "Pending" }, { state: "Pending" }],
      states: [{ version: 1 }, { version: 2 }],
    });
  }
  const halves = [...runs.values()].filter((row) => (row["states"] as Json[]).length !== row["version"]);
  assert.deepEqual(halves, [], "a transaction is kept whole or not at all");
  await api.kill();
  await Deno.remove(folder, { recursive: true });
});

type Json = JsonObject[string];

Deno.test("speed: given 1 000 due runs, when polled, then a poll takes a few milliseconds", async () => {
  await withApi(async ({ url }) => {
    const ask = sandboxClient({ url, apiKey: API_KEY });
    const flow_id = await createFlow(ask);
    for (let n = 0; n < 1_000; n++) await createRun(ask, { flow_id, labels: n % 2 ? ["mine"] : ["other"] });
    const poll = 'mutation { get_runs_in_queue(input: { labels: ["mine"] }) { flow_run_ids } }';
    const metadata =
      `query($ids: [uuid!]) { flow_run(where: { id: { _in: $ids } }) { id version state serialized_state
      parameters run_config flow { id name version storage } task_runs(where: { state: { _eq: "Scheduled" } }) { id } } }`;

    const started = performance.now();
    for (let n = 0; n < 100; n++) {
      const { get_runs_in_queue: page } = await ask(poll);
      const ids = (page as JsonObject)["flow_run_ids"] ?? null;
      const { flow_run: runs } = await ask(metadata, { ids });
      assert.equal((runs as Json[]).length, 25);
    }
    const each = (performance.now() - started) / 100;

    // A hundredfold of what it takes: only an order of magnitude is a fault, a busy machine is none
    assert.ok(each < 200, `a poll with its metadata took ${each.toFixed(1)} ms`);
    await Deno.stderr.write(
      new TextEncoder().encode(`poll and metadata of 25 of 1 000 runs: ${each.toFixed(2)} ms\n`),
    );
  });
});
