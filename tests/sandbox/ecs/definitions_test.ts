import assert from "node:assert/strict";
import type { JsonObject } from "../../../schemas/json/json.ts";
import {
  at,
  CONTAINER,
  DEFINITION,
  type LocalAccount,
  localAccount,
  RUN,
  textAt,
} from "../support/local_account.ts";

function register(account: LocalAccount, more: JsonObject = {}): string {
  return textAt(
    account.ask("RegisterTaskDefinition", { ...DEFINITION, ...more }),
    "taskDefinition",
    "taskDefinitionArn",
  );
}

Deno.test("definitions: given a family, when registered again, then the revision grows past deleted ones", () => {
  const account = localAccount();

  const first = register(account);
  const second = register(account);
  account.ask("DeregisterTaskDefinition", { taskDefinition: second });
  account.ask("DeleteTaskDefinitions", { taskDefinitions: [second] });
  const third = register(account);

  assert.deepEqual([first, second, third].map((arn) => arn.split("/")[1]), ["flow:1", "flow:2", "flow:3"]);
});

Deno.test("definitions: given a family name, then the newest ACTIVE revision is meant", () => {
  const account = localAccount();
  register(account);
  register(account);
  account.ask("DeregisterTaskDefinition", { taskDefinition: "flow:2" });

  const byFamily = account.ask("DescribeTaskDefinition", { taskDefinition: "flow" });
  const byRevision = account.ask("DescribeTaskDefinition", { taskDefinition: "flow:2" });

  assert.equal(at(byFamily, "taskDefinition", "revision"), 1);
  assert.equal(at(byRevision, "taskDefinition", "status"), "INACTIVE");
});

Deno.test("definitions: given an INACTIVE revision, when run, then it is refused", () => {
  const account = localAccount();
  register(account);
  account.ask("DeregisterTaskDefinition", { taskDefinition: "flow:1" });

  const byRevision = account.refused("RunTask", { ...RUN, taskDefinition: "flow:1" });
  const byFamily = account.refused("RunTask", RUN);

  assert.deepEqual(byRevision, { __type: "ClientException", message: "TaskDefinition is inactive" });
  assert.deepEqual(byFamily, { __type: "InvalidParameterException", message: "TaskDefinition not found." });
});

Deno.test("definitions: given tags, then they are answered only to those who include them", () => {
  const account = localAccount();
  const tags = [{ key: "prefect-agent:digest", value: "abc" }];
  register(account, { tags });

  const plain = account.ask("DescribeTaskDefinition", { taskDefinition: "flow" });
  const full = account.ask("DescribeTaskDefinition", { taskDefinition: "flow", include: ["TAGS"] });

  assert.equal(plain["tags"], undefined);
  assert.deepEqual(full["tags"], tags);
});

Deno.test("definitions: given what was sent, then ECS's own members are added and sizes are in units", () => {
  const account = localAccount();
  register(account, { cpu: "1 vCPU", memory: "2GB", runtimePlatform: { cpuArchitecture: "ARM64" } });

  const { taskDefinition } = account.ask("DescribeTaskDefinition", { taskDefinition: "flow" });

  assert.equal(at(taskDefinition, "cpu"), "1024");
  assert.equal(at(taskDefinition, "memory"), "2048");
  assert.deepEqual(at(taskDefinition, "runtimePlatform"), { cpuArchitecture: "ARM64" });
  assert.deepEqual(at(taskDefinition, "compatibilities"), ["EC2", "FARGATE"]);
  assert.deepEqual(at(taskDefinition, "containerDefinitions", 0, "mountPoints"), []);
  assert.equal(at(taskDefinition, "containerDefinitions", 0, "essential"), true);
});

Deno.test("definitions: given several families, when listed, then by family and status, in pages", () => {
  const account = localAccount();
  for (const family of ["b", "a", "c"]) register(account, { family });
  account.ask("DeregisterTaskDefinition", { taskDefinition: "c:1" });

  const page = account.ask("ListTaskDefinitionFamilies", { maxResults: 2 });
  const active = account.ask("ListTaskDefinitionFamilies", { status: "ACTIVE" });
  const inactive = account.ask("ListTaskDefinitions", { status: "INACTIVE" });
  const newestFirst = account.ask("ListTaskDefinitions", { sort: "DESC" });

  assert.deepEqual(page["families"], ["a", "b"]);
  assert.equal(page["nextToken"], undefined);
  assert.deepEqual(active["families"], ["a", "b"]);
  assert.deepEqual(inactive["taskDefinitionArns"], [
    "arn:aws:ecs:eu-west-1:123456789012:task-definition/c:1",
  ]);
  assert.match(textAt(newestFirst, "taskDefinitionArns", 0), /b:1$/);
});

/** Registrations that ECS refuses, and words of its answer. */
const REFUSED: readonly (readonly [string, JsonObject, RegExp])[] = [
  ["no family", { family: "" }, /Family should not be null or empty/],
  ["a family with a space", { family: "a b" }, /Family contains invalid characters/],
  ["a family of 256 letters", { family: "a".repeat(256) }, /Family contains invalid characters/],
  ["no containers", { containerDefinitions: [] }, /Container list cannot be empty/],
  ["no image", { containerDefinitions: [{ name: "flow" }] }, /Container.image should not be null or empty/],
  [
    "no container name",
    { containerDefinitions: [{ image: "i" }] },
    /Container.name should not be null or empty/,
  ],
  ["eleven containers", { containerDefinitions: Array(11).fill(CONTAINER) }, /at most 10/],
  ["two containers of one name", { containerDefinitions: [CONTAINER, CONTAINER] }, /unique/],
  ["no essential container", { containerDefinitions: [{ ...CONTAINER, essential: false }] }, /essential/],
  [
    "a pair that Fargate has not",
    { cpu: "256", memory: "4096" },
    /No Fargate configuration exists.*256 CPU, 4096/,
  ],
  ["1.5 GiB for a quarter vCPU", { cpu: "256", memory: "1536" }, /No Fargate configuration exists/],
  ["Fargate without awsvpc", { networkMode: "bridge" }, /networkMode/],
  ["a cpu that is no number", { cpu: "much" }, /Invalid 'cpu' setting/],
  ["51 tags", { tags: Array.from({ length: 51 }, (_, n) => ({ key: `k${n}`, value: "" })) }, /50/],
  ["a reserved tag", { tags: [{ key: "aws:x", value: "" }] }, /reserved/],
  ["a tag twice", { tags: [{ key: "a", value: "1" }, { key: "a", value: "2" }] }, /Duplicate/],
  ["a tag with a comma", { tags: [{ key: "a,b", value: "" }] }, /invalid characters/],
  ["a tag value of 257 letters", { tags: [{ key: "a", value: "v".repeat(257) }] }, /256/],
  [
    "secrets without a role",
    { containerDefinitions: [{ ...CONTAINER, secrets: [{ name: "KEY", valueFrom: "arn" }] }] },
    /execution role/,
  ],
  [
    "more than 64 KiB",
    { containerDefinitions: [{ ...CONTAINER, command: ["x".repeat(70_000)] }] },
    /65536 bytes/,
  ],
];

for (const [what, change, words] of REFUSED) {
  Deno.test(`definitions: given ${what}, when registered, then it is refused in ECS's words`, () => {
    const account = localAccount();

    const refused = account.refused("RegisterTaskDefinition", { ...DEFINITION, ...change });

    assert.match(textAt(refused, "message"), words);
    assert.equal(account.world.store.definitions.all().length, 0);
  });
}

Deno.test("definitions: given a wrong type, when registered, then the member is named", () => {
  const refused = localAccount().refused("RegisterTaskDefinition", { ...DEFINITION, cpu: 256 });

  assert.equal(refused["__type"], "SerializationException");
  assert.match(textAt(refused, "message"), /^cpu: /);
});
