import assert from "node:assert/strict";
import { serve } from "../../../sandbox/prefect3/serve.ts";
import { BOUNDS } from "../../../schemas/bounds/bounds.ts";
import { prefect3World } from "../support/prefect3_world.ts";

const KEY = "0123456789abcdef0123456789abcdef";

const CREDENTIALS: readonly (readonly [what: string, header: string | null, status: number])[] = [
  ["no key", null, 401],
  ["another key", "Bearer 00000000000000000000000000000000", 401],
  ["the key as that of PREFECT_API_KEY", `Bearer ${KEY}`, 200],
  ["the key as that of PREFECT_API_AUTH_STRING", `Basic ${btoa(KEY)}`, 200],
  ["another auth string", `Basic ${btoa("admin:admin")}`, 401],
  ["what is no base64", "Basic ***", 401],
];

for (const [what, header, status] of CREDENTIALS) {
  Deno.test(`Prefect 3 API: given ${what}, when it is asked, then it answers ${status}`, async () => {
    const { serving } = prefect3World();
    const headers: Record<string, string> = header === null ? {} : { authorization: header };
    const request = new Request("http://127.0.0.1:1/api/admin/version", { headers });

    const answer = await serve({ serving, key: KEY }, request);

    assert.equal(answer.status, status);
  });
}

Deno.test("Prefect 3 API: given a probe without a key, then it is answered", async () => {
  const { serving } = prefect3World();

  const answer = await serve({ serving, key: KEY }, new Request("http://127.0.0.1:1/api/health"));

  assert.equal(await answer.text(), "true");
});

const VERSIONS: readonly (readonly [version: string, status: number])[] = [
  ["0.8.4", 200],
  ["0.8.0", 200],
  ["1.0.0", 200],
  ["0.7.9", 400],
  ["0.8", 400],
  ["new", 400],
];

for (const [version, status] of VERSIONS) {
  Deno.test(`Prefect 3 API: given version ${version} of the API, then it answers ${status}`, async () => {
    const { send } = prefect3World();

    const answer = await send("GET", "/admin/version", "", { "x-prefect-api-version": version });

    assert.equal(answer.status, status);
  });
}

/** As a real server of 3.9.1 answers them: null is 404. */
const METHODS: readonly (readonly [method: string, path: string, allowed: string | null])[] = [
  ["POST", "/admin/version", "GET"],
  ["GET", "/flow_runs/filter", "POST"],
  ["GET", "/work_pools/", "POST"],
  ["PUT", "/work_pools/lab", "GET"],
  ["PUT", "/variables/name/x", "GET"],
  ["GET", "/flow_runs/7b9c4bbd-6c59-4a3e-8f37-3a6d70c4a2f1/set_state", "POST"],
  ["GET", "/flow_runs/nope/set_state", null],
  ["PUT", "/deployments/nope", null],
  ["POST", "/nowhere", null],
];

for (const [method, path, allowed] of METHODS) {
  Deno.test(`Prefect 3 API: given ${method} ${path}, then ${allowed === null ? 404 : `405, ${allowed}`} and one line`, async () => {
    const { send, lines } = prefect3World();

    const answer = await send(method, path, "");

    const status = allowed === null ? 404 : 405;
    const detail = allowed === null ? "Not Found" : "Method Not Allowed";
    assert.deepEqual([answer.status, answer.headers.get("allow")], [status, allowed]);
    assert.deepEqual(await answer.json(), { detail });
    assert.deepEqual(lines, [`prefect3: ${status} ${method} /api${path}: the sandbox has no such route`]);
  });
}

Deno.test("Prefect 3 API: given an unknown route, then 404 and one line that names it without its query", async () => {
  const { ask, lines } = prefect3World();

  const answer = await ask("GET", "/automations/count?token=secret");

  assert.deepEqual(answer, { status: 404, body: { detail: "Not Found" } });
  assert.deepEqual(lines, ["prefect3: 404 GET /api/automations/count: the sandbox has no such route"]);
});

Deno.test("Prefect 3 API: given a path outside /api, then 404 and one line", async () => {
  const { serving, lines } = prefect3World();
  const headers = { authorization: `Bearer ${KEY}` };

  const answer = await serve(
    { serving, key: KEY },
    new Request("http://127.0.0.1:1/admin/version", { headers }),
  );

  assert.equal(answer.status, 404);
  assert.equal(lines.length, 1);
});

const BODIES: readonly (readonly [what: string, text: string, status: number])[] = [
  ["no JSON", "{nope", 422],
  ["a list in place of an object", "[1]", 422],
  ["nothing", "", 422],
  ["201 levels", `{"name":"f","labels":${"[".repeat(201)}${"]".repeat(201)}}`, 422],
  ["100,000 levels", `{"name":"f","labels":${"[".repeat(100_000)}${"]".repeat(100_000)}}`, 422],
  ["more values than are parsed", `{"name":"f","tags":[${"[],".repeat(BOUNDS.answerValues.most)}[]]}`, 422],
  ["more bytes than are read", " ".repeat(BOUNDS.requestBody.most + 1), 413],
];

for (const [what, text, status] of BODIES) {
  Deno.test(`Prefect 3 API: given a body of ${what}, then ${status} and nothing is made`, async () => {
    const { send, ask } = prefect3World();

    const answer = await send("POST", "/flows/", text);

    assert.equal(answer.status, status);
    assert.deepEqual((await ask("POST", "/flows/filter", {})).body, []);
  });
}

Deno.test("Prefect 3 API: given parameters with integers of more than 64 bits, then they come back as they were sent", async () => {
  const { made, send } = prefect3World();
  const flow = await made("POST", "/flows/", { name: "numbers" });
  const parameters = '{"big":123456789012345678901234567890,"float":1.0,"deep":[12345678901234567891]}';

  const created = await send("POST", "/flow_runs/", `{"flow_id":"${flow.id}","parameters":${parameters}}`);
  const { id } = JSON.parse(await created.text()) as { id: string };
  const read = await send("GET", `/flow_runs/${id}`, "");

  assert.equal((await read.text()).includes(`"parameters":${parameters}`), true);
});
