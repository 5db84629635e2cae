import assert from "node:assert/strict";
import {
  commandOf,
  ConfigError,
  type FindObject,
} from "../../../../sandbox/kubernetes/pods/pod_environment.ts";
import type { Json, JsonObject } from "../../../../schemas/json/json.ts";

const POD: JsonObject = {
  metadata: { name: "a-1", namespace: "flows", uid: "u-1", labels: { app: "flows" } },
  spec: { nodeName: "sandbox", serviceAccountName: "etl" },
  status: { podIP: "127.0.0.1" },
};

const find: FindObject = (plural, name) => {
  if (plural === "secrets" && name === "db") {
    return { data: { password: btoa("s3cret"), user: btoa("me") } };
  }
  return plural === "configmaps" && name === "settings" ? { data: { LEVEL: "DEBUG", ZONE: "a" } } : undefined;
};

function environment(...env: readonly JsonObject[]) {
  return commandOf(POD, { env }, find).environment;
}

const from = (name: string, valueFrom: Json): JsonObject => ({ name, valueFrom });

Deno.test("pod environment: given values, then later ones may name earlier ones", () => {
  assert.deepEqual(
    environment(
      { name: "A", value: "1" },
      { name: "B", value: "$(A)-$(C)-$$(A)" },
      { name: "C", value: "3" },
      { name: "D" },
    ),
    { A: "1", B: "1-$(C)-$(A)", C: "3", D: "" },
  );
});

Deno.test("pod environment: given references, then keys of Secrets and config maps and members of the pod are found", () => {
  assert.deepEqual(
    environment(
      from("PASSWORD", { secretKeyRef: { name: "db", key: "password" } }),
      from("USER", { secretKeyRef: { name: "db", key: "user" } }),
      from("LEVEL", { configMapKeyRef: { name: "settings", key: "LEVEL" } }),
      from("POD", { fieldRef: { fieldPath: "metadata.name" } }),
      from("APP", { fieldRef: { fieldPath: "metadata.labels['app']" } }),
      from("NODE", { fieldRef: { fieldPath: "spec.nodeName" } }),
      from("NONE", { fieldRef: { fieldPath: "status.nothing" } }),
    ),
    { PASSWORD: "s3cret", USER: "me", LEVEL: "DEBUG", POD: "a-1", APP: "flows", NODE: "sandbox", NONE: "" },
  );
});

Deno.test("pod environment: given a resource of the container, then its amount as written", () => {
  const container = {
    resources: { limits: { memory: "1Gi" } },
    env: [from("MEMORY", { resourceFieldRef: { resource: "limits.memory" } })],
  };

  assert.deepEqual(commandOf(POD, container, find).environment, { MEMORY: "1Gi" });
});

Deno.test("pod environment: given whole maps, then all their keys are there, with the prefix, and own entries win", () => {
  const container = {
    envFrom: [{ configMapRef: { name: "settings" }, prefix: "X_" }, {
      secretRef: { name: "gone", optional: true },
    }],
    env: [{ name: "X_ZONE", value: "b" }],
  };

  assert.deepEqual(commandOf(POD, container, find).environment, { X_LEVEL: "DEBUG", X_ZONE: "b" });
});

const MISSING: readonly (readonly [container: JsonObject, message: string])[] = [
  [{ env: [from("A", { secretKeyRef: { name: "gone", key: "k" } })] }, 'secret "gone" not found'],
  [{ env: [from("A", { secretKeyRef: { name: "db", key: "k" } })] }, "couldn't find key k in secret db"],
  [{ env: [from("A", { configMapKeyRef: { name: "gone", key: "k" } })] }, 'configmap "gone" not found'],
  [{ envFrom: [{ secretRef: { name: "gone" } }] }, 'secret "gone" not found'],
];

for (const [container, message] of MISSING) {
  Deno.test(`pod environment: given what is not there, then '${message}'`, () => {
    assert.throws(() => commandOf(POD, container, find), (thrown) => {
      assert.ok(thrown instanceof ConfigError);
      assert.equal(thrown.message, message);
      return true;
    });
  });
}

Deno.test("pod environment: given an optional reference to what is not there, then the variable is left out", () => {
  assert.deepEqual(environment(from("A", { secretKeyRef: { name: "gone", key: "k", optional: true } })), {});
});

Deno.test("pod environment: given command and args, then both follow each other with variables filled in", () => {
  const container = {
    command: ["/bin/sh", "-c"],
    args: ["echo $(WHO) $(NOBODY)"],
    env: [{ name: "WHO", value: "me" }],
  };

  assert.deepEqual(commandOf(POD, container, find).argv, ["/bin/sh", "-c", "echo me $(NOBODY)"]);
});
