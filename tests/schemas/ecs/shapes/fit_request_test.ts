import assert from "node:assert/strict";
import { checkRequest } from "../../../../actors/aws/check_request.ts";
import type { Json, JsonObject } from "../../../../schemas/json/json.ts";
import { fitRequest } from "../../../../schemas/ecs/shapes/fit_request.ts";
import { kindWithin, membersOf, type ShapedRequest } from "../../../../schemas/ecs/shapes/request_shapes.ts";

const words = (text: string) => text.split(" ");

/** A scalar member of a request, and a request that holds a value there. */
interface ScalarMember {
  readonly path: string;
  readonly kind: string;
  readonly holding: (value: Json) => JsonObject;
}

/** Every scalar member below a kind. */
function scalarsOf(
  kind: string,
  path: string,
  holding: (value: Json) => JsonObject,
): readonly ScalarMember[] {
  const within = kindWithin(kind);
  if (within !== null) {
    return within.isList
      ? scalarsOf(within.of, `${path}[0]`, (value) => holding([value]))
      : scalarsOf(within.of, `${path}.key`, (value) => holding({ key: value }));
  }
  const members = membersOf(kind);
  if (members === undefined) return [{ path, kind, holding }];
  return [...members].flatMap(([name, inner]) =>
    scalarsOf(inner, path === "" ? name : `${path}.${name}`, (value) => holding({ [name]: value }))
  );
}

const REQUESTS: readonly (readonly ["RegisterTaskDefinition" | "RunTask", ShapedRequest])[] = [
  ["RegisterTaskDefinition", "RegisterTaskDefinitionRequest"],
  ["RunTask", "RunTaskRequest"],
];

const VALUES: readonly Json[] = [
  7,
  0,
  1.5,
  1e12,
  "7",
  " 7 ",
  "7.0",
  "seven",
  true,
  false,
  "true",
  "False",
  null,
  "",
  " ",
  " x\n",
  ["a"],
  { a: 1 },
];

for (const [operation, shape] of REQUESTS) {
  Deno.test(`fit request: given every scalar member of ${operation} and every kind of value, when it is fitted, then AWS takes what is sent, or the member is named`, () => {
    for (const { path, holding } of scalarsOf(shape, "", (value) => ({ ...Object(value) }))) {
      for (const value of VALUES) {
        const { request, faults } = fitRequest(shape, holding(value), words);

        const told = [
          ...faults,
          ...checkRequest(operation, request).filter((fault) => !/ is missing/.test(fault)),
        ];
        const about = JSON.stringify({ path, value, told, request });
        assert.ok(told.length === 0 || told.some((fault) => named(fault, path)), about);
        assert.ok(!told.some((fault) => fault.includes("seven")), about);
      }
    }
  });
}

/** A list that holds no item of its kind, or an item without its list, is named by the list. */
function named(fault: string, path: string): boolean {
  const [said = ""] = fault.split(" ");
  return said !== "" && (said.startsWith(path.replace(/\[0\]$/, "")) || path.startsWith(said));
}

const CONTAINER_CASES: readonly (readonly [string, JsonObject, JsonObject])[] = [
  ["a number in text", { cpu: "256", memory: " 512 " }, { cpu: 256, memory: 512 }],
  ["AWS's words", { cpu: "1 vCPU", memory: "2 GB" }, { cpu: 1024, memory: 2048 }],
  ["parts of AWS's words", { cpu: ".25 vcpu", memoryReservation: "0.5GB" }, {
    cpu: 256,
    memoryReservation: 512,
  }],
  ["switches in text", { essential: "false", privileged: "True" }, { essential: false, privileged: true }],
  ["a stated 0 and false", { ulimits: [{ softLimit: 0 }], essential: false }, {
    ulimits: [{ softLimit: 0 }],
    essential: false,
  }],
  ["empty members", { image: "", links: [], healthCheck: {}, user: null }, {}],
  ["a line end", { image: "example/flow:1\n" }, { image: "example/flow:1" }],
  ["a command as text", { command: "sh -c x", entryPoint: "sh" }, {
    command: ["sh", "-c", "x"],
    entryPoint: ["sh"],
  }],
  ["a health check as text", { healthCheck: { command: "curl -f localhost" } }, {
    healthCheck: { command: ["CMD-SHELL", "curl -f localhost"] },
  }],
  ["a health check with its form", { healthCheck: { command: "CMD curl -f" } }, {
    healthCheck: { command: ["CMD", "curl", "-f"] },
  }],
  ["blanks inside of words", { command: ["sh", "-c", " a  b "] }, { command: ["sh", "-c", " a  b "] }],
  ["options with true and numbers", { logConfiguration: { options: { a: true, b: 3 } } }, {
    logConfiguration: { options: { a: "true", b: "3" } },
  }],
  ["options as a list", { logConfiguration: { options: [{ name: "a", value: "b" }] } }, {
    logConfiguration: { options: { a: "b" } },
  }],
  ["environment as a mapping", { environment: { A: "x", B: 1, C: true, D: null } }, {
    environment: [{ name: "A", value: "x" }, { name: "B", value: "1" }, { name: "C", value: "True" }],
  }],
  ["a variable without a value", { environment: [{ name: "A", value: null }, { name: "B", value: "" }] }, {
    environment: [{ name: "B", value: "" }],
  }],
  ["CloudFormation's spelling", { Image: "i", PortMappings: [{ ContainerPort: 80 }] }, {
    image: "i",
    portMappings: [{ containerPort: 80 }],
  }],
  ["Terraform's spelling", {
    log_configuration: [{ log_driver: "awslogs" }],
    mount_points: { read_only: true },
  }, {
    logConfiguration: { logDriver: "awslogs" },
    mountPoints: [{ readOnly: true }],
  }],
  ["JSON text", { secrets: '[{"name":"A","valueFrom":"arn"}]' }, {
    secrets: [{ name: "A", valueFrom: "arn" }],
  }],
];

for (const [what, given, wanted] of CONTAINER_CASES) {
  Deno.test(`fit request: given a container with ${what}, when it is fitted, then it is as AWS has it`, () => {
    const container = { name: "c", ...given };

    const { request, faults } = fitRequest(
      "RegisterTaskDefinitionRequest",
      { containerDefinitions: [container] },
      words,
    );

    assert.deepEqual(request, { containerDefinitions: [{ name: "c", ...wanted }] });
    assert.deepEqual(faults, []);
  });
}

const TASK_CASES: readonly (readonly [string, JsonObject, JsonObject])[] = [
  ["sizes", { cpu: "1 vCPU", memory: 2048, ephemeralStorage: { sizeInGiB: "60" } }, {
    cpu: "1024",
    memory: "2048",
    ephemeralStorage: { sizeInGiB: 60 },
  }],
  ["Terraform's volume block", { volume: { name: "v" }, requires_compatibilities: "fargate" }, {
    volumes: [{ name: "v" }],
    requiresCompatibilities: ["FARGATE"],
  }],
  ["CloudFormation's tags", { Tags: [{ Key: "a", Value: "b" }], Family: "f" }, {
    tags: [{ key: "a", value: "b" }],
    family: "f",
  }],
  ["both spellings of one member", { family: "f", Family: "g" }, { family: "f", Family: "g" }],
];

for (const [what, given, wanted] of TASK_CASES) {
  Deno.test(`fit request: given a task definition with ${what}, when it is fitted, then it is as AWS has it, or is left to the check`, () => {
    const { request, faults } = fitRequest("RegisterTaskDefinitionRequest", given, words);

    assert.deepEqual([request, faults], [wanted, []]);
  });
}

Deno.test("fit request: given sizes that no task can have, when they are fitted, then each is named with the accepted forms", () => {
  const { faults } = fitRequest(
    "RegisterTaskDefinitionRequest",
    { cpu: 0.5, memory: "2 gigs", containerDefinitions: [{ cpu: true, memory: "512m", startTimeout: true }] },
    words,
  );

  assert.deepEqual(faults.map((fault) => fault.split(" ")[0]), [
    "cpu",
    "memory",
    "containerDefinitions[0].cpu",
    "containerDefinitions[0].memory",
    "containerDefinitions[0].startTimeout",
  ]);
  assert.match(faults.join("; "), /1 vCPU.*2 GB/);
  assert.ok(!faults.join().includes("gigs"));
});
