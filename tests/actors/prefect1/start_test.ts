/** The start-up requests and what ends a start. @module */

import assert from "node:assert/strict";
import type { FailureTag } from "../../../schemas/failure/failure.ts";
import { Secret } from "../../../schemas/secrets/secret.ts";
import type { Prefect1Settings } from "../../../schemas/prefect1/config/settings.ts";
import { errors, fakePrefect, type Fault } from "../../support/fake_prefect1.ts";
import { testAgent, type TestAgentOptions } from "../../support/prefect1_agent.ts";

const token: Partial<Prefect1Settings> = { credential: { kind: "token", token: new Secret("t0ken") } };
const keyOnly: Partial<Prefect1Settings> = {
  credential: { kind: "key", key: new Secret("s3cret-key"), tenantId: null },
};
const server: Partial<Prefect1Settings> = { backend: "server", credential: { kind: "none" } };

async function start(fault: readonly [string, Fault] | null, options: TestAgentOptions) {
  const api = fakePrefect();
  if (fault !== null) api.faults.set(fault[0], [fault[1]]);
  const agent = testAgent(api.call, options);
  const { registration, failed } = await agent.during(agent.orchestrator.start(agent.signal), 20_000).then(
    (registration) => ({ registration, failed: null }),
    (e) => ({ registration: null, failed: e.failure }),
  );
  return { api, agent, registration, failed };
}

const SEQUENCES: readonly {
  name: string;
  settings: Partial<Prefect1Settings>;
  ops: string[];
  tenant: string | null;
}[] = [
  { name: "key and tenant", settings: {}, ops: ["register_agent", "hello"], tenant: "tenant-1" },
  {
    name: "key alone",
    settings: keyOnly,
    ops: ["auth_info", "register_agent", "hello"],
    tenant: "tenant-of-key",
  },
  { name: "legacy token", settings: token, ops: ["auth_info", "register_agent", "hello"], tenant: null },
  {
    name: "server",
    settings: server,
    ops: ["tenant", "register_agent", "hello"],
    tenant: "tenant-of-server",
  },
  {
    name: "agent config",
    settings: { agentConfigId: "cfg" },
    ops: ["register_agent", "agent_config", "hello"],
    tenant: "tenant-1",
  },
];
for (const { name, settings, ops, tenant } of SEQUENCES) {
  Deno.test(`start: given ${name}, when started, then tenant, registration and hello follow each other`, async () => {
    const { api, registration } = await start(null, { settings });

    assert.deepEqual(registration, { tenantId: tenant });
    assert.deepEqual(api.ops(), ops);
    assert.deepEqual(api.of("register_agent")[0]?.input, {
      type: "ECSAgent",
      name: "agent",
      labels: ["b", "a"],
      tenant_id: tenant,
      agent_config_id: settings.agentConfigId ?? null,
    });
  });
}

Deno.test("start: given a key, when started, then the headers are those of the Python agent", async () => {
  const { api } = await start(null, { settings: keyOnly });

  const [auth, register, hello] = api.seen.map((one) => one.headers);
  const base = {
    "X-PREFECT-CORE-VERSION": "1.4.1",
    Authorization: "Bearer s3cret-key",
    "Content-Type": "application/json",
  };
  assert.deepEqual(auth, base);
  assert.deepEqual(register, { ...base, "X-PREFECT-TENANT-ID": "tenant-of-key" });
  assert.deepEqual(hello, {
    ...base,
    "X-PREFECT-TENANT-ID": "tenant-of-key",
    "X-PREFECT-AGENT-ID": "agent-id",
  });
  assert.deepEqual(new Set(api.seen.map((one) => one.url)), new Set(["https://api.example.com"]));
});

Deno.test("start: given a start that broke off at hello, when started again, then the agent is not registered twice", async () => {
  const api = fakePrefect();
  api.faults.set("hello", [{ status: 503, body: "" }]);
  const agent = testAgent(api.call, { settings: keyOnly });

  await assert.rejects(agent.during(agent.orchestrator.start(agent.signal)));
  await agent.during(agent.orchestrator.start(agent.signal));

  assert.deepEqual(api.ops(), ["auth_info", "register_agent", "hello", "hello"]);
});

const data = (body: { [field: string]: null | object }): Fault => ({
  status: 200,
  body: { data: body } as never,
});

interface FailedStart {
  readonly name: string;
  readonly settings: Partial<Prefect1Settings>;
  readonly fault: readonly [string, Fault] | null;
  readonly tag: FailureTag;
  readonly says: RegExp;
}

const FAILED: readonly FailedStart[] = [
  {
    name: "no credentials on cloud",
    settings: { credential: { kind: "none" } },
    fault: null,
    tag: "unauthorized",
    says: /You have not set an API key for authentication\./,
  },
  {
    name: "a token of another scope",
    settings: token,
    fault: ["auth_info", data({ auth_info: { api_token_scope: "USER" } })],
    tag: "unauthorized",
    says: /scope USER, an agent needs RUNNER/,
  },
  {
    name: "a token used as key",
    settings: keyOnly,
    fault: ["auth_info", data({ auth_info: { tenant_id: null } })],
    tag: "unauthorized",
    says: /An API token was used as an API key\. There is no tenant associated with API tokens\./,
  },
  {
    name: "a server without tenants",
    settings: server,
    fault: ["tenant", data({ tenant: [] as object })],
    tag: "configuration",
    says: /Your Prefect Server instance has no tenants\. Create a tenant with `prefect server create-tenant`/,
  },
  {
    name: "an unknown agent config",
    settings: { agentConfigId: "nope" },
    fault: ["agent_config", data({ agent_config: [] as object })],
    tag: "configuration",
    says: /no agent config nope/,
  },
  {
    name: "UNAUTHENTICATED",
    settings: {},
    fault: ["register_agent", errors("Unauthenticated", "UNAUTHENTICATED")],
    tag: "unauthorized",
    says: /refused the credentials: UNAUTHENTICATED/,
  },
  {
    name: "401",
    settings: {},
    fault: ["register_agent", { status: 401, body: "" }],
    tag: "unauthorized",
    says: /401/,
  },
  {
    name: "403",
    settings: {},
    fault: ["hello", { status: 403, body: "" }],
    tag: "unauthorized",
    says: /403/,
  },
  { name: "a GraphQL error", settings: {}, fault: ["hello", errors("nope")], tag: "apiError", says: /nope/ },
  {
    name: "a 400",
    settings: {},
    fault: ["hello", { status: 400, body: { errors: [{ message: "bad", extensions: { code: "E" } }] } }],
    tag: "apiError",
    says: /HTTP 400: E: bad/,
  },
  {
    name: "503",
    settings: {},
    fault: ["hello", { status: 503, body: "" }],
    tag: "unavailable",
    says: /HTTP 503/,
  },
  {
    name: "HTML",
    settings: {},
    fault: ["hello", { status: 200, body: "<html>" }],
    tag: "unavailable",
    says: /Malformed/,
  },
  {
    name: "429",
    settings: {},
    fault: ["hello", { status: 429, body: "" }],
    tag: "throttled",
    says: /slow down/,
  },
  { name: "a lost connection", settings: {}, fault: ["hello", "drop"], tag: "timedOut", says: /No answer/ },
];
for (const { name, settings, fault, tag, says } of FAILED) {
  Deno.test(`start: given ${name}, when started, then it fails as ${tag} and says where`, async () => {
    const { failed } = await start(fault, { settings });

    assert.equal(failed?.tag, tag);
    assert.match(failed.message, says);
    assert.ok(failed.message.startsWith("Error while contacting API at https://api.example.com: "));
  });
}

Deno.test("start: given an API that quotes the key, when it fails, then the message hides it", async () => {
  const { failed } = await start(["hello", errors("key s3cret-key is unknown")], {});

  assert.match(failed.message, /key \(hidden\) is unknown/);
});

Deno.test("prefect1: given a key with a line end, when made, then the message names the key without showing it", () => {
  const credential = { kind: "key", key: new Secret("abc\n"), tenantId: null } as const;

  assert.throws(() => testAgent(fakePrefect().call, { settings: { credential } }), (thrown: Error) => {
    return /API key holds blanks/.test(thrown.message) && !thrown.message.includes("abc");
  });
});
