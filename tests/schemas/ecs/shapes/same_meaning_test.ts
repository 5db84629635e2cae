import assert from "node:assert/strict";
import type { JsonObject } from "../../../../schemas/json/json.ts";
import { sameMeaning } from "../../../../schemas/ecs/shapes/same_meaning.ts";

const WANTED: JsonObject = {
  family: "f",
  cpu: "256",
  containerDefinitions: [
    {
      name: "prefect",
      image: "i",
      environment: [{ name: "A", value: "1" }, { name: "B", value: "" }],
      portMappings: [{ containerPort: 80 }],
    },
    { name: "side", image: "busybox", essential: false },
  ],
};

/** As AWS answers: with what it fills in. */
const REGISTERED: JsonObject = {
  ...WANTED,
  taskDefinitionArn: "arn:aws:ecs:us-east-1:123456789012:task-definition/f:3",
  revision: 3,
  status: "ACTIVE",
  networkMode: "bridge",
  volumes: [],
  compatibilities: ["EC2"],
  registeredAt: 1,
  enableFaultInjection: false,
  containerDefinitions: [
    { name: "side", image: "busybox", essential: false, cpu: 0 },
    {
      name: "prefect",
      image: "i",
      cpu: 0,
      essential: true,
      environment: [{ name: "B" }, { name: "A", value: "1" }],
      portMappings: [{ containerPort: 80, hostPort: 80, protocol: "tcp" }],
      mountPoints: [],
    },
  ],
};

Deno.test("same meaning: given a definition as AWS answers it, with defaults, other orders and empty members, when it is compared with the request, then they mean the same", () => {
  assert.ok(sameMeaning(REGISTERED, WANTED));
});

const [SIDE, FLOW] = REGISTERED.containerDefinitions as readonly JsonObject[];

const OTHERS: readonly (readonly [string, JsonObject])[] = [
  ["another size", { ...REGISTERED, cpu: "512" }],
  ["a network mode of its own", { ...REGISTERED, networkMode: "awsvpc" }],
  ["another family", { ...REGISTERED, family: "g" }],
  ["one container less", { ...REGISTERED, containerDefinitions: [FLOW ?? {}] }],
  ["a sidecar that is essential", {
    ...REGISTERED,
    containerDefinitions: [{ ...SIDE, essential: true }, FLOW ?? {}],
  }],
  ["another variable", {
    ...REGISTERED,
    containerDefinitions: [SIDE ?? {}, { ...FLOW, environment: [{ name: "A", value: "2" }] }],
  }],
  ["words of a command in another order", {
    ...REGISTERED,
    containerDefinitions: [SIDE ?? {}, { ...FLOW, command: ["b", "a"] }],
  }],
];

for (const [what, registered] of OTHERS) {
  Deno.test(`same meaning: given a registered definition with ${what}, when it is compared with the request, then they differ`, () => {
    const wanted: JsonObject = what.startsWith("words")
      ? { ...WANTED, containerDefinitions: [SIDE ?? {}, { ...FLOW, command: ["a", "b"] }] }
      : WANTED;

    assert.equal(sameMeaning(registered, wanted), false);
  });
}
