import assert from "node:assert/strict";
import {
  definitionDifferences,
  mismatchMessage,
} from "../../../flavours/task_environment/compare_definitions.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";

function differences(given: JsonObject, definition: JsonObject, tags: Record<string, string> = {}) {
  return definitionDifferences(given, { definition, tags });
}

const container = (members: JsonObject): JsonObject => ({
  containerDefinitions: [{ name: "flow", ...members }],
});

const UNORDERED: readonly (readonly [string, JsonObject, JsonObject])[] = [
  ["environment", { name: "A", value: "a" }, { name: "B", value: "b" }],
  ["secrets", { name: "A", valueFrom: "a" }, { name: "B", valueFrom: "b" }],
  ["mountPoints", { sourceVolume: "a", containerPath: "/a" }, { sourceVolume: "b", containerPath: "/b" }],
  ["extraHosts", { hostname: "a", ipAddress: "1" }, { hostname: "b", ipAddress: "2" }],
  ["volumesFrom", { sourceContainer: "a" }, { sourceContainer: "b" }],
  ["ulimits", { name: "nofile", softLimit: 1 }, { name: "core", softLimit: 2 }],
  ["portMappings", { containerPort: 80 }, { containerPort: 81 }],
];

for (const [list, one, other] of UNORDERED) {
  Deno.test(`definitionDifferences: given ${list} in another order, when compared, then nothing differs; a missing one does`, () => {
    assert.deepEqual(
      differences(container({ [list]: [one, other] }), container({ [list]: [other, one] })),
      [],
    );
    const [line] = differences(container({ [list]: [one, other] }), container({ [list]: [one] }));
    assert.ok(line?.startsWith(`containerDefinition.flow.${list} -> Given: `), line);
  });
}

Deno.test("definitionDifferences: given secret options of the log in another order, when compared, then nothing differs", () => {
  const options = [{ name: "A", valueFrom: "a" }, { name: "B", valueFrom: "b" }];
  const log = (secretOptions: JsonObject[]) =>
    container({ logConfiguration: { logDriver: "x", secretOptions } });

  assert.deepEqual(differences(log(options), log(options.toReversed())), []);
});

Deno.test("definitionDifferences: given containers in another order, when compared, then they are paired by name", () => {
  const one = { name: "a", image: "a:1" };
  const other = { name: "b", image: "b:1" };

  assert.deepEqual(
    differences({ containerDefinitions: [other, one] }, { containerDefinitions: [one, other] }),
    [],
  );
});

Deno.test("definitionDifferences: given members only the existing side has, when compared, then they do not count", () => {
  assert.deepEqual(differences(container({}), container({ cpu: 0, image: "x" })), []);
  assert.deepEqual(differences({ cpu: "256" }, { cpu: "256", compatibilities: ["EC2"], revision: 3 }), []);
});

Deno.test("definitionDifferences: given a role by name, when the definition has its ARN, then nothing differs", () => {
  const existing = { taskRoleArn: "arn:aws:iam::123456789012:role/task" };

  assert.deepEqual(differences({ taskRoleArn: "task" }, existing), []);
  assert.deepEqual(differences({ taskRoleArn: "arn:aws:iam::123456789012:role/task" }, existing), []);
  assert.deepEqual(differences({ taskRoleArn: "other" }, existing), [
    "taskRoleArn -> Given: other, Expected: arn:aws:iam::123456789012:role/task",
  ]);
  assert.deepEqual(differences({ taskRoleArn: "task" }, {}), ["taskRoleArn -> Given: task, Expected: None"]);
});

Deno.test("definitionDifferences: given several, when compared, then containers come first, then ARNs, then the rest, then tags", () => {
  const given = {
    cpu: "256",
    family: "f",
    taskRoleArn: "r",
    tags: [{ key: "a", value: "b" }],
    ...container({ image: "new" }),
  };

  const lines = differences(given, {
    cpu: "512",
    family: "f",
    taskRoleArn: "x",
    ...container({ image: "old" }),
  });

  assert.deepEqual(lines.map((line) => line.split(" -> ")[0]), [
    "containerDefinition.flow.image",
    "taskRoleArn",
    "cpu",
    "tags",
  ]);
});

Deno.test("definitionDifferences: given values as Python prints them, when told, then lists and switches look so", () => {
  const [line] = differences({ volumes: [{ name: "v", host: {} }] }, { volumes: [] });

  assert.equal(line, "volumes -> Given: [{'name': 'v', 'host': {}}], Expected: []");
  const [flag] = differences(container({ privileged: true }), container({}));
  assert.equal(flag, "containerDefinition.flow.privileged -> Given: True, Expected: None");
});

Deno.test("mismatchMessage: given two differences, when told, then each has its own line below the known sentence", () => {
  const message = mismatchMessage("f", ["cpu -> Given: 1, Expected: 2", "memory -> Given: 3, Expected: 4"]);

  assert.ok(
    message.startsWith("The given taskDefinition does not match the existing taskDefinition f.\nDetail: \n"),
  );
  assert.equal(message.split("\n").filter((line) => line.startsWith("\t")).length, 2);
});
