/** The manifest of the agent: what was recorded of the original's, and what is ours. */

import assert from "node:assert/strict";
import project from "../../../../deno.json" with { type: "json" };
import { parseCommandLine } from "../../../../commands/cli/command_line.ts";
import { installManifest } from "../../../../flavours/kubernetes_agent/install/manifest.ts";
import { installSettings, RELEASED_IMAGE } from "../../../../flavours/kubernetes_agent/install/settings.ts";
import { toFailure } from "../../../../schemas/failure/failure.ts";
import type { JsonObject } from "../../../../schemas/json/json.ts";
import { mapping, mappings } from "../../../../schemas/json/shape.ts";
import { kubernetesCases } from "../../../support/goldens/kubernetes_golden.ts";

function install(words: readonly string[], backend = "cloud") {
  const command = parseCommandLine(["kubernetes", "install", ...words]);
  if (command.kind !== "install") throw new TypeError(command.kind);
  const { settings, warnings } = installSettings({ values: command.values, backend, version: "9" });
  return { documents: installManifest(settings), warnings };
}

function ofKind(documents: readonly JsonObject[], kind: string): readonly JsonObject[] {
  return documents.filter((document) => document.kind === kind);
}

function containerOf(documents: readonly JsonObject[]): JsonObject {
  const [deployment = {}] = ofKind(documents, "Deployment");
  const pod = mapping(mapping(mapping(deployment.spec).template).spec);
  return mappings(pod.containers)[0] ?? {};
}

function variablesOf(documents: readonly JsonObject[]): ReadonlyMap<unknown, unknown> {
  return new Map(mappings(containerOf(documents).env).map(({ name, value }) => [name, value]));
}

for (const golden of kubernetesCases("install")) {
  const { exit } = { ...golden.expect, ...golden.expect_fixed };
  const words = golden.agent.argv.slice(2);
  const backend = golden.agent.env?.["PREFECT__BACKEND"] ?? "cloud";

  Deno.test(`kubernetes install: given ${golden.id}, when printed, then the variables are as recorded, or it is refused`, () => {
    if (exit !== undefined) {
      assert.throws(() => install(words, backend), (thrown) => {
        const { tag } = toFailure(thrown);
        assert.equal(tag === "usage" ? 2 : 1, exit);
        return true;
      });
      return;
    }
    const { documents } = install(words, backend);

    const recorded = variablesOf(golden.expect.documents ?? []);
    const ours = variablesOf(documents);
    for (const [name, value] of recorded) {
      const isKeyAgain = name === "PREFECT__CLOUD__AGENT__AUTH_TOKEN" &&
        recorded.get("PREFECT__CLOUD__API_KEY") === value;
      if (name === "PREFECT__CLOUD__AGENT__ENV_VARS") {
        assert.deepEqual(JSON.parse(String(ours.get(name))), JSON.parse(String(value)));
      } else if (!isKeyAgain) assert.equal(ours.get(name) ?? "", value ?? "", String(name));
    }
    assert.deepEqual(
      new Set(documents.map(({ metadata }) => mapping(metadata).namespace)),
      new Set([ours.get("NAMESPACE")]),
    );
  });
}

Deno.test("kubernetes install: given rbac, when printed, then the agent's own account gets named rights and no more", () => {
  const { documents } = install(["--rbac", "-n", "flows"]);

  const rules = mappings(ofKind(documents, "Role")[0]?.rules);
  assert.deepEqual(rules.map(({ resources, verbs }) => [resources, verbs]), [
    [["jobs"], ["create", "get", "list", "watch", "delete"]],
    [["pods"], ["list", "watch"]],
    [["pods/log"], ["get"]],
    [["events"], ["list", "watch"]],
  ]);
  const [binding = {}] = ofKind(documents, "RoleBinding");
  assert.deepEqual(binding.subjects, [{ kind: "ServiceAccount", name: "prefect-agent", namespace: "flows" }]);
});

const FLOWS: readonly (readonly [words: readonly string[], account: string, resources: readonly string[]])[] =
  [
    [["--flow-rbac"], "default", ["jobs", "pods", "events"]],
    [
      ["--flow-rbac", "dask", "--service-account-name", "etl"],
      "etl",
      ["jobs", "pods", "events", "services", "pods/log", "poddisruptionbudgets"],
    ],
    [["--flow-rbac=dask"], "default", [
      "jobs",
      "pods",
      "events",
      "services",
      "pods/log",
      "poddisruptionbudgets",
    ]],
  ];
for (const [words, account, resources] of FLOWS) {
  Deno.test(`kubernetes install: given ${words.join(" ")}, when printed, then the account of flows gets these rights in a role of its own`, () => {
    const { documents } = install(words);

    const [role = {}] = ofKind(documents, "Role");
    assert.deepEqual(mappings(role.rules).flatMap((rule) => rule.resources), resources);
    assert.ok(!JSON.stringify(role).includes("*"));
    assert.equal(mappings(ofKind(documents, "RoleBinding")[0]?.subjects)[0]?.name, account);
  });
}

Deno.test("kubernetes install: given a Secret for the key, when printed, then the manifest refers to it and no warning speaks of a key in clear", () => {
  const { documents, warnings } = install(["--key-secret", "prefect/api-key"]);

  const key = mappings(containerOf(documents).env).find(({ name }) => name === "PREFECT__CLOUD__API_KEY");
  assert.deepEqual(key?.valueFrom, { secretKeyRef: { name: "prefect", key: "api-key" } });
  assert.ok(!warnings.some((warning) => warning.includes("clear")));
  assert.ok(install(["-k", "k"]).warnings.some((warning) => warning.includes("in clear")));
});

Deno.test("kubernetes install: given no namespace, image or address of a server, when printed, then one warning tells of each", () => {
  const { warnings } = install(["-b", "server"]);

  assert.equal(warnings.length, 3);
  assert.match(warnings.join("\n"), /--namespace[^]*--image[^]*--api/);
});

for (
  const words of [
    ["--image-pull-policy", "Sometimes"],
    ["-b", "cloudy"],
    ["-i", "Not_A_Secret"],
    ["--service-account-name", "A"],
    ["--mem-limit", "2 GB"],
    ["--key-secret", "a/b/c"],
    ["--key-secret", "a", "-k", "k"],
    ["--image", "a b"],
    ["--flow-rbac=all"],
  ]
) {
  Deno.test(`kubernetes install: given ${words.join(" ")}, when read, then it is a wrong command line that names the option`, () => {
    assert.throws(() => install(words), (thrown) => {
      const { tag, message } = toFailure(thrown);
      assert.equal(tag, "usage");
      assert.match(message, /--[a-z-]+/);
      return true;
    });
  });
}

Deno.test("kubernetes install: given the pod, when Pod Security restricted judges it, then it is taken", () => {
  const { documents } = install([]);

  const pod = mapping(mapping(mapping(ofKind(documents, "Deployment")[0]?.spec).template).spec);
  const security = mapping(pod.securityContext);
  assert.deepEqual([security.runAsNonRoot, security.seccompProfile], [true, { type: "RuntimeDefault" }]);
  assert.deepEqual(containerOf(documents).securityContext, {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"] },
  });
  assert.ok(Number(pod.terminationGracePeriodSeconds) > 25);
});

Deno.test("kubernetes install: given the name of releases, when compared with the project's, then it is the same", () => {
  assert.equal(`@${RELEASED_IMAGE}`, project.name);
});
