/**
 * The task definitions of the simulated ECS.
 *
 * @module
 */

import type { TaskDefinition } from "../../actors/ecs/calls.ts";
import { DIGEST_TAG } from "../../actors/ecs/definitions/register_with_digest.ts";
import { canonicalJson } from "../../schemas/json/digest.ts";
import { isJsonObject, type JsonObject } from "../../schemas/json/json.ts";
import { SHARED_FAMILY } from "../world/named_by_runs.ts";
import { fault, faultsAreOn, type World } from "../world/world.ts";
import { type Admit, refusal, throttled } from "./admission.ts";

/** ARNs of this account begin with it. */
export const REGION = "arn:aws:ecs:us-east-1:123456789012";

/** Who calls, when the request was sent, and whether the network delivers it for the second time. */
export interface Caller {
  readonly agent: string;
  readonly sentMs: number;
  readonly isRepeat: boolean;
}

/** The operations on task definitions. Refusals are thrown as `FailureError`. */
export interface DefinitionCalls {
  /** Whether any definition is ACTIVE. */
  readonly hasActive: () => boolean;
  readonly describeTaskDefinition: (name: string) => TaskDefinition | null;
  readonly registerTaskDefinition: (request: JsonObject, caller: Caller) => TaskDefinition;
  readonly deregisterTaskDefinition: (arn: string) => void;
  readonly findDefinitionsByTag: (tags: Readonly<Record<string, string>>) => readonly string[];
}

/** The definitions of an account. */
export interface Definitions extends DefinitionCalls {
  /** By ARN, `family:revision` or family, which is its newest ACTIVE revision; null: there is none. */
  readonly find: (name: string) => TaskDefinition | null;
}

interface Definition extends TaskDefinition {
  status: string;
  readonly atMs: number;
  readonly body: string;
}

interface Account {
  readonly world: World;
  readonly admit: Admit;
  readonly definitions: Definition[];
  readonly lastRegistration: Map<string, number>;
}

/** Registrations of one family that are closer than this disturb each other. */
const REGISTERING_MS = 150;

/** Makes the account's definitions. */
export function makeDefinitions(world: World, admit: Admit): Definitions {
  const definitions = sharedDefinitions(world);
  const account: Account = { world, admit, definitions, lastRegistration: new Map() };
  for (const atMs of world.scenario.ecs.deregister) world.time.after(atMs, () => deregisterAll(account));
  return {
    find: (name) => find(definitions, name),
    hasActive: () => definitions.some(({ status }) => status === "ACTIVE"),
    describeTaskDefinition: (name) => {
      admit("DescribeTaskDefinition", ["definitionRead"]);
      return find(definitions, name);
    },
    registerTaskDefinition: (request, caller) => register(account, request, caller),
    deregisterTaskDefinition: (arn) => {
      admit("DeregisterTaskDefinition", ["definitionModify"]);
      const found = definitions.find((one) => one.arn === arn);
      if (found !== undefined) deregister(world, found);
    },
    findDefinitionsByTag: (tags) => {
      admit("GetResources", ["tagSearch"]);
      const hits = (one: Definition) => Object.entries(tags).every(([key, value]) => one.tags[key] === value);
      return definitions.filter((one) => one.status === "ACTIVE" && hits(one)).map(({ arn }) => arn);
    },
  };
}

/** What is registered from the beginning: the definition that run configs name. */
function sharedDefinitions({ scenario, startMs }: World): Definition[] {
  if (scenario.variant.runsName !== "taskDefinition") return [];
  return [{
    arn: `${REGION}:task-definition/${SHARED_FAMILY}:1`,
    family: SHARED_FAMILY,
    revision: 1,
    status: "ACTIVE",
    taskRoleArn: null,
    executionRoleArn: null,
    containers: [],
    tags: {},
    atMs: startMs,
    body: "",
  }];
}

function find(definitions: readonly Definition[], name: string): Definition | null {
  const exact = definitions.find(({ arn, family, revision }) =>
    arn === name || `${family}:${revision}` === name
  );
  return exact ?? newestOf(definitions, name) ?? null;
}

function newestOf(definitions: readonly Definition[], name: string): Definition | undefined {
  return definitions.findLast(({ family, status }) => family === name && status === "ACTIVE");
}

function register(
  account: Account,
  request: JsonObject,
  { agent, sentMs, isRepeat }: Caller,
): TaskDefinition {
  const { world, admit, definitions } = account;
  admit("RegisterTaskDefinition", ["definitionModify"]);
  const { tags: given, ...bare } = request;
  const tags = tagsOf(given);
  refuseTags(world, tags);
  const family = String(request["family"]);
  refuseConcurrent(account, family);
  const now = world.time.now();
  const body = canonicalJson(world.scenario.variant.taskRevisions ? request : bare);
  const newest = newestOf(definitions, family);
  const revision = definitions.filter((one) => one.family === family).length + 1;
  const made: Definition = {
    arn: `${REGION}:task-definition/${family}:${revision}`,
    family,
    revision,
    status: "ACTIVE",
    taskRoleArn: null,
    executionRoleArn: null,
    containers: [],
    tags,
    atMs: now,
    body,
  };
  definitions.push(made);
  world.history.add({
    what: "registered",
    definition: made.arn,
    family,
    digest: tags[DIGEST_TAG] ?? "",
    agent,
    sentMs,
    isRepeat,
    alreadyMs: newest?.body === body ? sentMs - newest.atMs : null,
  });
  return made;
}

function refuseTags(world: World, tags: Readonly<Record<string, string>>): void {
  if (Object.keys(tags).length === 0 || !faultsAreOn(world)) return;
  if (!world.scenario.ecs.denied.includes("TagResource")) return;
  fault(world, "denied", "TagResource");
  throw refusal(
    "RegisterTaskDefinition",
    "AccessDeniedException",
    "not authorized to perform: ecs:TagResource",
  );
}

function refuseConcurrent({ world, lastRegistration }: Account, family: string): void {
  const now = world.time.now();
  if (now - (lastRegistration.get(family) ?? -Infinity) < REGISTERING_MS) {
    fault(world, "concurrentRegistration", family);
    throw throttled("RegisterTaskDefinition");
  }
  lastRegistration.set(family, now);
}

function tagsOf(tags: JsonObject[string] | undefined): Readonly<Record<string, string>> {
  const list = Array.isArray(tags) ? tags : [];
  return Object.fromEntries(
    list.flatMap((tag) => isJsonObject(tag) ? [[String(tag["key"]), String(tag["value"])]] : []),
  );
}

function deregister(world: World, definition: Definition): void {
  definition.status = "INACTIVE";
  world.history.add({ what: "deregistered", definition: definition.arn });
}

/** A user deregisters everything in the account. */
function deregisterAll({ world, definitions }: Account): void {
  fault(world, "deregistered", `${definitions.length} revisions`);
  for (const one of definitions) deregister(world, one);
}
