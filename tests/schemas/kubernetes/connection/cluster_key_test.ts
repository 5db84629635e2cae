import assert from "node:assert/strict";
import { findAccess } from "../../../../actors/kubernetes/connection/find_access.ts";
import type { JsonObject } from "../../../../schemas/json/json.ts";
import { clusterKey } from "../../../../schemas/kubernetes/connection/cluster_key.ts";

const BASE64 = btoa("the certificate of one cluster, as long as one line of a PEM file is not enough for it");
const OTHER = btoa("the certificate of another cluster");

function pem(base64: string, width = 64, end = "\n"): string {
  const lines = base64.match(new RegExp(`.{1,${width}}`, "g")) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join(end);
}

const PLAIN = pem(BASE64);

/** Texts of one authority. */
const SAME: readonly (readonly [string, string])[] = [
  ["as it is", PLAIN],
  ["with Windows' line ends", pem(BASE64, 64, "\r\n")],
  ["in lines of 76", pem(BASE64, 76)],
  ["in one line", pem(BASE64, 1000)],
  ["without an end of line", PLAIN.trimEnd()],
  ["with blank lines and a comment", `\n# the cluster's own\n\n${PLAIN}\n\n`],
  ["twice", PLAIN + PLAIN],
];

const keyOf = (authorities: string | null, server = "https://10.0.0.1:6443") =>
  clusterKey({ authorities, server });

for (const [how, text] of SAME) {
  Deno.test(`cluster key: given an authority ${how}, when it is compared, then it is the same cluster`, () => {
    assert.equal(keyOf(text), keyOf(PLAIN));
    assert.match(keyOf(text), /^[0-9a-f]{16}$/);
  });
}

Deno.test("cluster key: given two certificates in any order, when compared, then they are one cluster, and neither alone is", () => {
  const both = [pem(BASE64) + pem(OTHER), pem(OTHER) + pem(BASE64)].map((text) => keyOf(text));

  assert.equal(both[0], both[1]);
  assert.equal(new Set([both[0], keyOf(PLAIN), keyOf(pem(OTHER))]).size, 3);
});

const ADDRESSES: readonly (readonly [a: string, b: string, isSame: boolean])[] = [
  ["https://api.example", "https://API.example:443/", true],
  ["https://api.example:6443", "https://api.example", false],
  ["https://one.example", "https://two.example", false],
];
for (const [a, b, isSame] of ADDRESSES) {
  Deno.test(`cluster key: given no authority, when ${a} and ${b} are compared, then they are ${isSame ? "one cluster" : "two"}`, () => {
    assert.equal(keyOf(null, a) === keyOf(null, b), isSame);
  });
}

/** Ways to one cluster. */
function accesses() {
  const cluster = (server: string, authority: JsonObject) => ({ server, ...authority });
  const config = JSON.stringify({
    "current-context": "first",
    clusters: [
      {
        name: "by-data",
        cluster: cluster("https://10.0.0.1:6443", { "certificate-authority-data": btoa(PLAIN) }),
      },
      { name: "by-file", cluster: cluster("https://api.example", { "certificate-authority": "ca.crt" }) },
    ],
    users: [{ name: "u1", user: { token: "t1" } }, { name: "u2", user: { token: "t2" } }],
    contexts: [
      { name: "first", context: { cluster: "by-data", user: "u1" } },
      { name: "second", context: { cluster: "by-data", user: "u2", namespace: "team" } },
      { name: "third", context: { cluster: "by-file", user: "u2" } },
    ],
  });
  const files = new Map([
    ["/k/config", config],
    ["/k/ca.crt", pem(BASE64, 64, "\r\n")],
    ["/account/token", "t0"],
    ["/account/ca.crt", `${PLAIN}\n`],
  ]);
  const sources = {
    env: { KUBECONFIG: "/k/config" },
    kubeconfig: null,
    readText: (path: string) => files.get(path) ?? null,
    locate: (path: string) => path,
    accountFolder: "/account",
  };
  const inPod = { KUBERNETES_SERVICE_HOST: "10.0.0.2", KUBERNETES_SERVICE_PORT: "443" };
  return [
    ...["first", "second", "third"].map((context) => findAccess({ ...sources, context })),
    findAccess({ ...sources, context: null, env: inPod }),
  ];
}

Deno.test("cluster key: given contexts with other users, addresses and forms of one authority, and a pod's account, when compared, then all are one cluster", () => {
  assert.equal(new Set(accesses().map(clusterKey)).size, 1);
});
