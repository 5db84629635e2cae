import assert from "node:assert/strict";
import { FailureError } from "../../../schemas/failure/failure.ts";
import { apiSecrets, makeApiHeaders } from "../../../schemas/prefect1/api_headers.ts";
import type { ApiCredential } from "../../../schemas/prefect1/config/settings.ts";
import { Secret } from "../../../schemas/secrets/secret.ts";

const KEY: ApiCredential = { kind: "key", key: new Secret("k-1"), tenantId: null };
const TOKEN: ApiCredential = { kind: "token", token: new Secret("t-1") };
const KNOWN = { tenantId: "tenant-1", agentId: "agent-1" };
const UNKNOWN = { tenantId: undefined, agentId: null };

Deno.test("api headers: given a key, when tenant and agent become known, then the headers name them", () => {
  const headers = makeApiHeaders(KEY, "0.15.13");

  assert.deepEqual(headers(UNKNOWN), { "X-PREFECT-CORE-VERSION": "0.15.13", Authorization: "Bearer k-1" });
  assert.deepEqual(headers(KNOWN), {
    "X-PREFECT-CORE-VERSION": "0.15.13",
    Authorization: "Bearer k-1",
    "X-PREFECT-TENANT-ID": "tenant-1",
    "X-PREFECT-AGENT-ID": "agent-1",
  });
});

Deno.test("api headers: given a token or no credential, when headers are made, then they never name the tenant", () => {
  for (const [credential, bearer] of [[TOKEN, "Bearer t-1"], [{ kind: "none" }, undefined]] as const) {
    const headers = makeApiHeaders(credential, "1.4.1")(KNOWN);

    assert.equal(headers["Authorization"], bearer);
    assert.equal(headers["X-PREFECT-TENANT-ID"], undefined);
    assert.equal(headers["X-PREFECT-AGENT-ID"], "agent-1");
  }
});

Deno.test("api headers: given a secret that no header takes, when headers are made, then it is refused and not quoted", () => {
  const bad = [
    { kind: "key", key: new Secret("k 1"), tenantId: null },
    { kind: "token", token: new Secret("t\n1") },
  ] as const;

  for (const credential of bad) {
    assert.throws(() => makeApiHeaders(credential, "1.4.1"), (thrown: unknown) => {
      assert.ok(thrown instanceof FailureError);
      assert.equal(thrown.failure.tag, "configuration");
      assert.doesNotMatch(thrown.message, /k 1|t\n1/);
      return true;
    });
  }
});

Deno.test("api secrets: given each kind of credential, when secrets are gathered, then each that is sent is among them", () => {
  const agentToken = new Secret("a-1");
  const told = (credential: ApiCredential) =>
    apiSecrets({ credential, agentToken }).map((secret) => secret.reveal());

  assert.deepEqual(told(KEY), ["k-1", "a-1"]);
  assert.deepEqual(told(TOKEN), ["t-1", "a-1"]);
  assert.deepEqual(told({ kind: "none" }), ["a-1"]);
  assert.deepEqual(apiSecrets({ credential: KEY, agentToken: null }).length, 1);
});
