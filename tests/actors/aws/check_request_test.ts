import assert from "node:assert/strict";
import { RegisterTaskDefinitionRequest$, RunTaskRequest$ } from "@aws-sdk/client-ecs";
import { NormalizedSchema } from "@smithy/core/schema";
import fc from "fast-check";
import { type CheckedOperation, checkRequest } from "../../../actors/aws/check_request.ts";
import { noWork } from "../../../schemas/bounds/work.ts";
import { assertLinear } from "../../support/linear.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../schemas/json/json.ts";

const ECS = new URL("../../golden/ecs/", import.meta.url);
const FARGATE = new URL("../../golden/fargate/", import.meta.url);

interface Checked {
  readonly id: string;
  readonly valid: boolean;
  readonly requests: readonly { readonly operation: CheckedOperation; readonly params: JsonObject }[];
}

// deno-lint-ignore no-explicit-any -- golden files are read as they are
function casesOf(folder: URL): any[] {
  return [...Deno.readDirSync(folder)]
    .filter(({ name }) => name.endsWith(".json"))
    .flatMap(({ name }) => JSON.parse(Deno.readTextFileSync(new URL(name, folder))).cases ?? []);
}

/** Python's tuples pass as lists; other things JSON cannot hold stay what they are: no value AWS knows. */
function decoded(value: Json | undefined): Json {
  if (Array.isArray(value)) return value.map(decoded);
  if (!isJsonObject(value)) return value ?? null;
  if (value["$py"] === "tuple" && Array.isArray(value["items"])) return value["items"].map(decoded);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, decoded(member)]));
}

const request = (operation: CheckedOperation, params: Json) => {
  const plain = decoded(params);
  assert.ok(isJsonObject(plain));
  return { operation, params: plain };
};

function ecsCases(): readonly Checked[] {
  return casesOf(ECS).map((one) => ({
    id: one.id,
    valid: one.aws_valid.ok,
    requests: (one.expect.calls ?? [])
      .filter((call: JsonObject) =>
        call["operation"] === "RunTask" || call["operation"] === "RegisterTaskDefinition"
      )
      .map((call: { operation: CheckedOperation; params: Json }) => request(call.operation, call.params)),
  }));
}

function fargateCases(): readonly Checked[] {
  return casesOf(FARGATE).filter((one) => typeof one.aws_valid === "boolean").map((one) => ({
    id: one.id,
    valid: one.aws_valid,
    requests: [
      ...(one.expect.registered ?? []).map((params: Json) => request("RegisterTaskDefinition", params)),
      ...(one.expect.run_task ?? []).map((params: Json) => request("RunTask", params)),
    ],
  }));
}

for (const [flavour, cases] of [["ecs", ecsCases()], ["fargate", fargateCases()]] as const) {
  Deno.test(`checkRequest: given the requests of all ${flavour} goldens, when checked, then it agrees with botocore`, () => {
    const disagreeing = cases.flatMap(({ id, valid, requests }) => {
      const faults = requests.flatMap(({ operation, params }) => checkRequest(operation, params));
      return (faults.length === 0) === valid
        ? []
        : [`${id}: botocore says ${valid}, we say ${faults.join("; ")}`];
    });

    assert.deepEqual(disagreeing, []);
    assert.ok(cases.some(({ valid }) => !valid) && cases.filter(({ valid }) => valid).length > 100);
  });
}

const CONTAINER = { name: "flow", image: "busybox" };

/** Params, and the one sentence about them. */
const FAULTS: readonly (readonly [CheckedOperation, JsonObject, string])[] = [
  ["RunTask", {}, "taskDefinition is missing"],
  ["RunTask", { taskDefinition: 3 }, "taskDefinition must be text, not a number"],
  ["RunTask", { taskDefinition: "f", tags: "null" }, "tags must be a list, not text"],
  ["RunTask", { taskDefinition: "f", tags: [{ key: "", value: "" }] }, "tags[0].key must not be empty"],
  ["RunTask", { taskDefinition: "f", count: 1.5 }, "count must be an integer, not a number"],
  [
    "RunTask",
    { taskDefinition: "f", enableECSManagedTags: "true" },
    "enableECSManagedTags must be true or false, not text",
  ],
  ["RunTask", { taskDefinition: "f", cluster: null }, "cluster must be text, not null"],
  ["RunTask", { taskDefinition: "f", overrides: [] }, "overrides must be a mapping, not a list"],
  [
    "RunTask",
    { taskDefinition: "f", capacityProviderStrategy: [{ capacityProvider: "FARGATE", weight: -1 }] },
    "capacityProviderStrategy[0].weight must be at least 0",
  ],
  [
    "RunTask",
    { taskDefinition: "f", networkConfiguration: { awsvpcConfiguration: { securityGroups: ["sg-1"] } } },
    "networkConfiguration.awsvpcConfiguration.subnets is missing",
  ],
  ["RegisterTaskDefinition", { containerDefinitions: [CONTAINER] }, "family is missing"],
  [
    "RegisterTaskDefinition",
    { family: "f", containerDefinitions: [{ ...CONTAINER, environment: [{ name: "PORT", value: 80 }] }] },
    "containerDefinitions[0] (flow).environment[0] (PORT).value must be text, not a number",
  ],
  [
    "RegisterTaskDefinition",
    { family: "f", containerDefinitions: [{ ...CONTAINER, secrets: [{ name: "KEY" }] }] },
    "containerDefinitions[0] (flow).secrets[0] (KEY).valueFrom is missing",
  ],
  [
    "RegisterTaskDefinition",
    {
      family: "f",
      containerDefinitions: [{ ...CONTAINER, logConfiguration: { logDriver: "awslogs", options: { a: 1 } } }],
    },
    "containerDefinitions[0] (flow).logConfiguration.options.a must be text, not a number",
  ],
];

Deno.test("checkRequest: given one fault, when checked, then the sentence names path and type", () => {
  for (const [operation, params, sentence] of FAULTS) {
    assert.deepEqual(checkRequest(operation, params), [sentence]);
  }
});

Deno.test("checkRequest: given an unknown member that is like a known one, when checked, then that is the one guess", () => {
  assert.deepEqual(checkRequest("RunTask", { taskDefinition: "f", launch_type: "FARGATE" }), [
    "launch_type is unknown; did you mean launchType",
  ]);
});

Deno.test("checkRequest: given an unknown member of a structure with few members, when checked, then they are listed once", () => {
  const awsvpcConfiguration = { subnets: [], zzzz: 1, yyyy: 2 };
  const params = { taskDefinition: "f", networkConfiguration: { awsvpcConfiguration } };

  assert.deepEqual(checkRequest("RunTask", params), [
    "networkConfiguration.awsvpcConfiguration.zzzz is unknown; known are subnets, securityGroups, assignPublicIp",
    "networkConfiguration.awsvpcConfiguration.yyyy is unknown",
  ]);
});

/** Every name of a request's structures, with the request that has one more member in its place. */
function* namesOf(
  operation: CheckedOperation,
): Generator<readonly [name: string, (wrong: string) => JsonObject]> {
  const schema = NormalizedSchema.of(
    operation === "RunTask" ? RunTaskRequest$ : RegisterTaskDefinitionRequest$,
  );
  const good = operation === "RunTask" ? { taskDefinition: "f" } : { family: "f", containerDefinitions: [] };
  yield* membersOf(schema, (name, value) => ({ ...good, [name]: value }));
}

function* membersOf(
  schema: NormalizedSchema,
  put: (name: string, value: Json) => JsonObject,
): Generator<readonly [string, (wrong: string) => JsonObject]> {
  for (const [name, member] of schema.structIterator()) {
    yield [name, (wrong) => put(wrong, 1)];
    const item = member.isListSchema() ? member.getValueSchema() : member;
    if (!item.isStructSchema()) continue;
    const within = (wrong: string): Json => member.isListSchema() ? [{ [wrong]: 1 }] : { [wrong]: 1 };
    for (const [inner] of item.structIterator()) {
      yield [inner, (wrong) => put(name, within(wrong))];
    }
  }
}

function spellings(name: string): readonly string[] {
  const snake = name.replaceAll(/([a-z])([A-Z])/g, "$1_$2").toLowerCase();
  const pascal = name.slice(0, 1).toUpperCase() + name.slice(1);
  return [pascal, snake, snake.replaceAll("_", "-"), name.toLowerCase(), name.toUpperCase()]
    .filter((wrong) => wrong !== name);
}

for (const operation of ["RegisterTaskDefinition", "RunTask"] as const) {
  Deno.test(`checkRequest: given every name of ${operation} in other spellings, when checked, then the right one comes back`, () => {
    let count = 0;
    for (const [name, request] of namesOf(operation)) {
      for (const wrong of spellings(name)) {
        for (const isDiscreet of [true, false]) {
          const faults = checkRequest(operation, request(wrong), { isDiscreet }).filter((fault) =>
            fault.includes("unknown")
          );

          assert.equal(faults.length, 1, `${wrong}: ${faults.join("; ")}`);
          assert.match(faults[0] ?? "", new RegExp(`(did you mean|AWS calls it) ${name}$`));
          assert.ok((faults[0] ?? "").length < 200);
          if (isDiscreet) assert.ok(!(faults[0] ?? "").includes(`${wrong} is`));
          count++;
        }
      }
    }
    assert.ok(count > 200, String(count));
  });
}

const MISPLACED: readonly (readonly [CheckedOperation, string, string])[] = [
  ["RunTask", "cpu", "overrides.cpu"],
  ["RunTask", "Memory", "overrides.memory"],
  ["RunTask", "subnets", "networkConfiguration.awsvpcConfiguration.subnets"],
  ["RunTask", "containerOverrides", "overrides.containerOverrides"],
  ["RegisterTaskDefinition", "environment", "containerDefinitions[0].environment"],
  ["RegisterTaskDefinition", "operatingSystemFamily", "runtimePlatform.operatingSystemFamily"],
];

Deno.test("checkRequest: given a known name one level too high, when checked, then its place comes back", () => {
  for (const [operation, name, place] of MISPLACED) {
    const good = operation === "RunTask"
      ? { taskDefinition: "f" }
      : { family: "f", containerDefinitions: [] };

    assert.deepEqual(checkRequest(operation, { ...good, [name]: 1 }), [
      `${name} is unknown; did you mean ${place}`,
    ]);
  }
});

Deno.test("checkRequest: given a file that a run named, when checked, then no word of it is told", () => {
  const word = "hunter2";
  const container = { name: word, image: "i", [word]: 1, environment: [{ name: word, value: 1 }] };
  const options = { [word]: 1 };
  const params = {
    family: "f",
    [word]: 1,
    containerDefinitions: [{ ...container, logConfiguration: { logDriver: "awslogs", options } }],
  };

  const faults = checkRequest("RegisterTaskDefinition", params, { isDiscreet: true });

  assert.doesNotMatch(faults.join("\n"), /hunter2/);
  assert.equal(faults.length, 4);
});

Deno.test("checkRequest: given several faults, when checked, then all are told", () => {
  const faults = checkRequest("RegisterTaskDefinition", { family: 1, cpu: 256, memory: false });

  assert.deepEqual(faults, [
    "containerDefinitions is missing",
    "family must be text, not a number",
    "cpu must be text, not a number",
    "memory must be text, not true or false",
  ]);
});

Deno.test("checkRequest: given any JSON in any place, when checked, then no value is ever told", () => {
  const secret = fc.constantFrom<Json>(94738291, [94738291], { x: 94738291 });
  fc.assert(
    fc.property(secret, (value) => {
      const environment = [{ name: "TOKEN", value }];
      const overrides = { containerOverrides: [{ name: "flow", environment }] };

      const faults = checkRequest("RunTask", { taskDefinition: "f", overrides });

      assert.equal(faults.length, 1);
      assert.doesNotMatch(faults.join(), /94738291/);
    }),
    { numRuns: 20 },
  );
});

const unknownMembers = (count: number): JsonObject =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`x${n}`, n]));

Deno.test("checkRequest: given 400 000 unknown members, when checked, then the first 20 are told", () => {
  const work = noWork();
  const faults = checkRequest("RunTask", { taskDefinition: "f", ...unknownMembers(400_000) }, { work });

  assert.equal(faults.length, 21);
  assert.deepEqual([faults[1], faults[19], faults[20]], [
    "x1 is unknown",
    "x19 is unknown",
    "there are more faults",
  ]);
  assert.ok(faults.join().length < 1000);
  assert.ok(work.steps < 30);
});

Deno.test("checkRequest: given 20 faults, when checked, then nothing says that there are more", () => {
  const faults = checkRequest("RunTask", { taskDefinition: "f", ...unknownMembers(20) });
  assert.equal(faults.length, 20);
  assert.match(faults[19] ?? "", /^x19 is unknown$/);
});

for (const place of ["list", "map"] as const) {
  Deno.test(`checkRequest: given a ${place} full of faults, when checked, then it ends after the first 20`, () => {
    const work = noWork();
    const environment = Array(100_000).fill({ name: "A", value: 1 });
    const options = Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`o${n}`, n]));
    const container = place === "list"
      ? { ...CONTAINER, environment }
      : { ...CONTAINER, logConfiguration: { logDriver: "awslogs", options } };
    const faults = checkRequest(
      "RegisterTaskDefinition",
      { family: "f", containerDefinitions: [container] },
      { work },
    );

    assert.deepEqual([faults.length, faults[20]], [21, "there are more faults"]);
    assert.ok(work.steps < 100);
  });
}

Deno.test("checkRequest: given a request of a stranger, when checked discreetly, then nothing of it is quoted but AWS's own names", () => {
  const secret = "AccessKeyId";
  const params = {
    family: "f",
    [secret]: 1,
    Container_Definitions: [],
    containerDefinitions: [{
      name: secret,
      dockerLabels: { [secret]: 1 },
      logConfiguration: { logDriver: "awslogs", options: { [secret]: [] } },
      environment: [{ name: secret, value: 1, [secret]: 2 }],
      [secret]: {},
    }],
    tags: [{ key: "", value: secret }],
  };

  const faults = checkRequest("RegisterTaskDefinition", params, { isDiscreet: true });

  assert.equal(faults.length, 8);
  assert.ok(!faults.join().includes(secret), faults.join("\n"));
  assert.ok(faults.includes("(a member) is unknown, AWS calls it containerDefinitions"));
  assert.ok(faults.includes("containerDefinitions[0].environment[0].value must be text, not a number"));
});

Deno.test("checkRequest: given ever more variables, when checked, then each takes the same steps", () => {
  assertLinear((count) => {
    const work = noWork();
    const environment = Array.from({ length: count }, (_, n) => ({ name: `V${n}`, value: "" }));
    const params = { family: "f", containerDefinitions: [{ ...CONTAINER, environment }] };
    assert.deepEqual(checkRequest("RegisterTaskDefinition", params, { work }), []);
    return work.steps;
  }, 100);
});
