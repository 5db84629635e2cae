/**
 * A local AWS account on a clock that moves only when told to, whose containers are puppets of the test.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { DatabaseSync } from "node:sqlite";
import * as v from "valibot";
import { dispatch } from "../../../sandbox/ecs/dispatch.ts";
import { createFaults, faultPlanSchema } from "../../../sandbox/ecs/faults.ts";
import { createLifecycle } from "../../../sandbox/ecs/lifecycle.ts";
import { createLimiter, type LimitChoice } from "../../../sandbox/ecs/limits.ts";
import { openEcsStoreOn } from "../../../sandbox/ecs/store.ts";
import type { EcsWorld } from "../../../sandbox/ecs/world.ts";
import { seededRandom } from "../../../sandbox/ecs/seeded_random.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../schemas/json/json.ts";
import { type FakeClock, fakeClock } from "../../support/clock.ts";
import { type Puppet, type PuppetChoices, puppeteer } from "./puppets.ts";

/** The account and its strings. */
export interface LocalAccount {
  readonly world: EcsWorld;
  readonly clock: FakeClock;
  /** Containers in the order of their start. */
  readonly puppets: Puppet[];
  /** Ids of tasks whose leftovers were to be ended. */
  readonly leftovers: string[];
  /** Sends a request. @throws {assert.AssertionError} when it is refused */
  readonly ask: (operation: string, input?: JsonObject) => JsonObject;
  /** Sends a request that should be refused. @returns `__type` and the rest of the body */
  readonly refused: (operation: string, input?: JsonObject) => JsonObject;
}

/** What a test may choose. */
export interface AccountChoices extends PuppetChoices {
  readonly faults?: JsonObject;
  readonly limits?: LimitChoice;
  readonly db?: DatabaseSync;
  readonly clock?: FakeClock;
}

export const PACE = { provisioningMs: 100, pendingMs: 200, deprovisioningMs: 50 };

/** An account without limits and faults, unless the test chooses others. */
export function localAccount(choices: AccountChoices = {}): LocalAccount {
  const clock = choices.clock ?? fakeClock();
  const puppets: Puppet[] = [];
  const leftovers: string[] = [];
  const store = openEcsStoreOn(choices.db ?? null);
  const faults = createFaults(v.parse(faultPlanSchema, choices.faults ?? {}), clock);
  const launcher = puppeteer(choices, puppets, leftovers);
  const lifecycle = createLifecycle({ clock, store, faults, launcher, pace: PACE });
  const limiter = createLimiter(choices.limits ?? "none", clock);
  const world = { clock, random: seededRandom(7), store, limiter, faults, lifecycle, memoryMiB: 30_720 };
  const send = (operation: string, input: JsonObject) => {
    const reply = dispatch(world, operation, { region: "eu-west-1", input });
    assert.equal(reply.kind, "answered");
    return reply.kind === "answered" ? reply : assert.fail();
  };
  return {
    world,
    clock,
    puppets,
    leftovers,
    ask: (operation, input = {}) => {
      const { status, body } = send(operation, input);
      assert.equal(status, 200, JSON.stringify(body));
      return body;
    },
    refused: (operation, input = {}) => {
      const { status, body } = send(operation, input);
      assert.notEqual(status, 200, JSON.stringify(body));
      return body;
    },
  };
}

/** The container of {@link DEFINITION}. */
export const CONTAINER = {
  name: "flow",
  image: "image:1",
  command: ["/bin/sh", "-c", "true"],
  environment: [{ name: "A", value: "definition" }, { name: "B", value: "definition" }],
} satisfies JsonObject;

/** A definition that Fargate takes. */
export const DEFINITION = {
  family: "flow",
  networkMode: "awsvpc",
  cpu: "256",
  memory: "512",
  requiresCompatibilities: ["FARGATE"],
  containerDefinitions: [CONTAINER],
} satisfies JsonObject;

/** A request that starts {@link DEFINITION}. */
export const RUN = {
  taskDefinition: "flow",
  launchType: "FARGATE",
  networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-1"] } },
} satisfies JsonObject;

/** Walks into JSON: `at(answer, "tasks", 0, "taskArn")`. */
export function at(value: Json | undefined, ...path: readonly (string | number)[]): Json | undefined {
  let found = value;
  for (const step of path) {
    if (typeof step === "number" && Array.isArray(found)) found = found[step];
    else found = isJsonObject(found) ? found[String(step)] : undefined;
  }
  return found;
}

/** The same for a text. */
export function textAt(value: Json | undefined, ...path: readonly (string | number)[]): string {
  const found = at(value, ...path);
  assert.equal(typeof found, "string", `no text at ${path.join(".")}`);
  return String(found);
}

/** Registers {@link DEFINITION} and runs it once. @returns the ARN of the task */
export function runOne(account: LocalAccount, more: JsonObject = {}): string {
  if (account.world.store.definitions.all().length === 0) account.ask("RegisterTaskDefinition", DEFINITION);
  return textAt(account.ask("RunTask", { ...RUN, ...more }), "tasks", 0, "taskArn");
}

/** A task as DescribeTasks answers it. */
export function look(account: LocalAccount, arn: string): JsonObject {
  const task = at(account.ask("DescribeTasks", { tasks: [arn] }), "tasks", 0);
  return isJsonObject(task) ? task : assert.fail(`${arn} is not known`);
}
