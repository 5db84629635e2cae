import assert from "node:assert/strict";
import { type AccessSources, findAccess } from "../../../../actors/kubernetes/connection/find_access.ts";
import { FailureError, toFailure } from "../../../../schemas/failure/failure.ts";
import type { JsonObject } from "../../../../schemas/json/json.ts";

const PEM = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";
const ACCOUNT = "/account";

function config(cluster: JsonObject, user: JsonObject, more: JsonObject = {}): string {
  return JSON.stringify({
    "current-context": "c1",
    clusters: [{ name: "k1", cluster: { server: "https://10.0.0.1:6443/", ...cluster } }],
    users: [{ name: "u1", user }],
    contexts: [{ name: "c1", context: { cluster: "k1", user: "u1" } }],
    ...more,
  });
}

function find(files: Readonly<Record<string, string>>, more: Partial<AccessSources> = {}) {
  return findAccess({
    env: { HOME: "/home/a" },
    kubeconfig: null,
    context: null,
    readText: (path) => files[path] ?? null,
    locate: (path) => path,
    accountFolder: ACCOUNT,
    ...more,
  });
}

const AT_HOME = "/home/a/.kube/config";
const IN_POD = { KUBERNETES_SERVICE_HOST: "10.0.0.2", KUBERNETES_SERVICE_PORT: "443", HOME: "/home/a" };
const POD_FILES = { [`${ACCOUNT}/token`]: "t0", [`${ACCOUNT}/ca.crt`]: PEM };

Deno.test("access: given a pod with an account, when it is found, then address, authority and token file are its own", () => {
  const access = find({ ...POD_FILES, [AT_HOME]: config({}, { token: "t1" }) }, { env: IN_POD });

  assert.equal(access.server, "https://10.0.0.2:443");
  assert.equal(access.authorities, PEM);
  assert.deepEqual(access.token, { from: "file", path: `${ACCOUNT}/token` });
});

Deno.test("access: given KUBECONFIG in a pod with an account, when it is found, then the account wins and one line says so", () => {
  const access = find(POD_FILES, { env: { ...IN_POD, KUBECONFIG: "/k" } });

  assert.equal(access.origin, "the pod's own account");
  assert.equal(access.warnings.filter((line) => line.includes("KUBECONFIG")).length, 1);
});

for (
  const [option, more] of [["--kubeconfig", { kubeconfig: "/k" }], ["--context", { context: "c1" }]] as const
) {
  Deno.test(`access: given ${option} in a pod with an account, when it is found, then the kubeconfig wins`, () => {
    const text = config({}, { token: "t1" });
    const access = find({ ...POD_FILES, "/k": text, [AT_HOME]: text }, { env: IN_POD, ...more });

    assert.equal(access.server, "https://10.0.0.1:6443");
  });
}

Deno.test("access: given an IPv6 address of the service, when it is found, then it is one in brackets", () => {
  const env = { ...IN_POD, KUBERNETES_SERVICE_HOST: "fd00::1" };

  assert.equal(find(POD_FILES, { env }).server, "https://[fd00::1]:443");
});

Deno.test("access: given several files of which one is missing, when they are merged, then the first value of each name wins", () => {
  const first = JSON.stringify({ users: [{ name: "u1", user: { token: "first" } }] });
  const access = find({ "/a": first, "/c": config({}, { token: "last" }) }, {
    env: { KUBECONFIG: "/a:/b:/c" },
  });

  assert.ok(access.token?.from === "text" && access.token.token.reveal() === "first");
});

Deno.test("access: given a file in YAML with relative paths, when it is read, then they are relative to its folder", () => {
  const text = [
    "current-context: c1",
    "clusters: [{name: k1, cluster: {server: 'https://k', certificate-authority: ca.pem}}]",
    "users: [{name: u1, user: {tokenFile: t/token}}]",
    "contexts: [{name: c1, context: {cluster: k1, user: u1, namespace: team}}]",
  ].join("\n");
  const access = find({ "/etc/k/config": text, "/etc/k/ca.pem": PEM }, { kubeconfig: "/etc/k/config" });

  assert.equal(access.authorities, PEM);
  assert.deepEqual(access.token, { from: "file", path: "/etc/k/t/token" });
  assert.ok(access.warnings.some((line) => /namespace of context c1 is not used/.test(line)));
});

Deno.test("access: given a client certificate, server name, proxy and no verification, when they are read, then all are used", () => {
  const pem = btoa(PEM);
  const text = config(
    { "insecure-skip-tls-verify": true, "tls-server-name": "kube", "proxy-url": "http://proxy:3128" },
    { "client-certificate-data": pem, "client-key-data": pem },
  );
  const access = find({ [AT_HOME]: text });

  assert.deepEqual(
    [access.skipVerify, access.serverName, access.proxy, access.client?.cert, access.client?.key.reveal()],
    [true, "kube", "http://proxy:3128", PEM, PEM],
  );
});

Deno.test("access: given a user without credentials and members that nobody knows, when it is found, then both are told", () => {
  const { warnings } = find({ [AT_HOME]: config({ shiny: 1 }, { odd: true }) });

  assert.ok(warnings.some((line) => /no credentials/.test(line)));
  assert.ok(warnings.some((line) => /shiny of cluster k1/.test(line)));
  assert.ok(warnings.some((line) => /odd of user u1/.test(line)));
});

const REFUSED: readonly (readonly [string, string, readonly string[]])[] = [
  ["an exec plug-in", config({}, { exec: { command: "aws", args: ["secret-arg"] } }), [
    "u1",
    "exec",
    "aws",
    "kubectl create token",
  ]],
  ["an auth-provider", config({}, { "auth-provider": { name: "gcp" } }), ["u1", "auth-provider", "gcp"]],
  ["a name and a password", config({}, { username: "joe", password: "pw" }), ["u1", "name and a password"]],
  ["another identity", config({}, { token: "t", as: "root" }), ["u1", "somebody else"]],
  ["half a client certificate", config({}, { "client-certificate-data": btoa(PEM) }), ["u1", "client-key"]],
  ["an authority that is no base64", config({ "certificate-authority-data": "%%" }, { token: "t" }), [
    "k1",
    "base64",
  ]],
  ["an authority that is no PEM", config({ "certificate-authority-data": btoa("x") }, { token: "t" }), [
    "k1",
    "PEM",
  ]],
  [
    "an authority that is not to be looked at",
    config({ "certificate-authority-data": btoa(PEM), "insecure-skip-tls-verify": true }, { token: "t" }),
    ["k1", "take one of them out"],
  ],
  ["no server", config({ server: "" }, { token: "t" }), ["k1", "server"]],
  ["a server that is no URL", config({ server: "10.0.0.1" }, { token: "t" }), ["k1", "https://"]],
  ["a token that is no text", config({}, { token: 7 }), ["u1", "token"]],
  ["no current context", JSON.stringify({ contexts: [] }), ["current context", "--context"]],
  ["a context that is not there", config({}, {}, { "current-context": "c9" }), ["c9", "c1"]],
  ["a context of no cluster", config({}, {}, { clusters: [] }), ["c1", "k1"]],
  ["text that is no YAML", "{", [AT_HOME]],
  ["a list", "[]", [AT_HOME]],
];

for (const [what, text, says] of REFUSED) {
  Deno.test(`access: given a kubeconfig with ${what}, when it is read, then it is refused with what to do, and without secrets`, () => {
    try {
      find({ [AT_HOME]: text });
      assert.fail("it was not refused");
    } catch (thrown) {
      if (!(thrown instanceof FailureError)) throw thrown;
      const { tag, message } = toFailure(thrown);
      assert.equal(tag, "configuration");
      for (const part of says) assert.ok(message.includes(part), message);
      assert.ok(!/\bpw\b|secret-arg/.test(message), message);
    }
  });
}

Deno.test("access: given neither a pod nor a kubeconfig, when it is looked for, then the refusal names both ways", () => {
  assert.throws(() => find({}), /service account.*\/home\/a\/\.kube\/config.*--kubeconfig/);
});
