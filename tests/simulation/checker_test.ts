/**
 * The checker against histories made by hand: each breach is seen, and what only looks like one is not.
 *
 * @module
 */

import assert from "node:assert/strict";
import { clientToken } from "../../schemas/flow_run/client_token.ts";
import { check } from "../../simulation/checker.ts";
import type { ClaimNote, Entry, Fact } from "../../simulation/world/history.ts";
import { type Scenario, scenarioOf } from "../../simulation/world/scenario.ts";
import { PLAIN } from "../../simulation/world/variant.ts";

const RUN = "00000000-0000-4000-8000-000000000001";
const OURS: ClaimNote = { agent: "agent", cluster: "main", claim: "v1" };

function scenario(changes: Partial<Scenario> = {}): Scenario {
  const run = { id: RUN, dueMs: 0, flow: 1, durationMs: 1, fate: "success" as const, userActions: [] };
  const agents = [
    { name: "agent", cluster: "main", startMs: 0 },
    { name: "other", cluster: "main", startMs: 0 },
  ];
  const base = scenarioOf(1);
  const ecs = { ...base.ecs, denied: [] };
  return { ...base, server: "versions", agents, runs: [run], ecs, variant: PLAIN, ...changes };
}

/** Facts a second apart. */
function rulesOf(
  facts: readonly Fact[],
  { isSettled = true, changes = {} as Partial<Scenario> } = {},
): readonly string[] {
  const history: readonly Entry[] = facts.map((fact, at) => ({ ...fact, atMs: 1000 * (at + 1) }));
  return check({ scenario: scenario(changes), history, isSettled }).map(({ rule }) => rule);
}

function state(to: string, more: Partial<Extract<Fact, { what: "state" }>> = {}): Fact {
  return {
    what: "state",
    run: RUN,
    author: "agent",
    agent: "a1#1",
    from: "",
    to,
    version: 2,
    expected: 1,
    message: "",
    claim: to === "Submitted" ? OURS : null,
    sentMs: 0,
    ...more,
  };
}

function task(n: number, { attempt = 1, agent = "a1#1", sentMs = 0 } = {}): Fact {
  const token = clientToken({ runId: RUN, claim: "v1", attempt });
  return { what: "task", task: `task/${n}`, run: RUN, cluster: "main", token, agent, sentMs };
}

const stopped = (n: number): Fact => ({
  what: "status",
  task: `task/${n}`,
  status: "STOPPED",
  isStopping: true,
  why: "",
});
const byRun = (to: string): Fact => state(to, { author: "run", agent: null });
const read = (type: string, version: number): Extract<Fact, { what: "read" }> => ({
  what: "read",
  agent: "a1#1",
  run: RUN,
  type,
  version,
  executedMs: 0,
});

Deno.test("checker: given a good life, when checked, then nothing", () => {
  assert.deepEqual(
    rulesOf([state("Submitted"), task(1), byRun("Running"), byRun("Success"), stopped(1)]),
    [],
  );
});

Deno.test("checker: given a claim that goes to another process of its agent, when it names what it replaces, then nothing", () => {
  const replica = { name: "agent", cluster: "main", startMs: 0 };
  const changes = { agents: [replica, replica] };
  const over = (expected: number | null) => state("Submitted", { agent: "a2#1", version: 3, expected });
  assert.deepEqual(rulesOf([state("Submitted"), over(2), task(1, { agent: "a2#1" })], { changes }), []);
  assert.deepEqual(rulesOf([state("Submitted"), over(1)], { changes }), ["overwritten"]);
  assert.deepEqual(rulesOf([state("Submitted"), over(null)], { changes }), ["overwritten"]);
});

Deno.test("checker: given a replica's task of this moment, when the run is failed, then endedAlive", () => {
  const replica = { name: "agent", cluster: "main", startMs: 0 };
  const changes = { agents: [replica, replica] };
  const facts = [
    state("Submitted"),
    task(1, { agent: "a2#1" }),
    state("Failed", { version: 3, expected: 2 }),
  ];
  assert.deepEqual(rulesOf(facts, { changes }), ["endedAlive"]);
});

Deno.test("checker: given two live tasks of one claim, when checked, then twice", () => {
  assert.deepEqual(rulesOf([state("Submitted"), task(1), task(2, { attempt: 2 })]), ["twice"]);
  assert.deepEqual(rulesOf([state("Submitted"), task(1), stopped(1), task(2, { attempt: 2 })]), []);
});

Deno.test("checker: given more launches than attempts, when checked, then tooMany", () => {
  const launches = [1, 2, 3, 4, 5].flatMap((n) => [task(n, { attempt: n }), stopped(n)]);
  assert.deepEqual(rulesOf([state("Submitted"), ...launches]), ["tooMany"]);
});

Deno.test("checker: given a task without any claim, when checked, then unclaimed", () => {
  assert.deepEqual(rulesOf([task(1)]), ["unclaimed"]);
});

Deno.test("checker: given Failed over a report of the run, when checked, then overwritten", () => {
  assert.deepEqual(rulesOf([state("Submitted"), byRun("Success"), state("Failed")]), ["overwritten"]);
});

Deno.test("checker: given a server without versions, when the agent could not know, then it is no breach", () => {
  const facts = [state("Submitted"), read("Submitted", 2), byRun("Success")];
  const late = state("Failed", { sentMs: 2500 });
  assert.deepEqual(rulesOf([...facts, late], { changes: { server: "guard" } }), []);
  assert.deepEqual(rulesOf([...facts, late]), ["overwritten"]);
});

Deno.test("checker: given Failed while the task lives, when checked, then endedAlive", () => {
  assert.deepEqual(rulesOf([state("Submitted"), task(1), state("Failed")]), ["endedAlive"]);
  const going: Fact = { what: "status", task: "task/1", status: "STOPPING", isStopping: true, why: "" };
  const stop: Fact = { what: "stop", task: "task/1", agent: "a1#1", reason: "" };
  assert.deepEqual(rulesOf([state("Submitted"), task(1), going, state("Failed")]), []);
  assert.deepEqual(rulesOf([state("Submitted"), task(1), stop, going, state("Failed")]), ["endedAlive"]);
});

Deno.test("checker: given a claim of another agent, when it is changed or its task stopped, then foreign", () => {
  const stop: Fact = { what: "stop", task: "task/1", agent: "a2#1", reason: "" };
  assert.deepEqual(rulesOf([state("Submitted"), state("Failed", { agent: "a2#1" })]), ["foreign"]);
  assert.deepEqual(rulesOf([state("Submitted"), task(1), stop]), ["foreign"]);
  const strange = state("Submitted", { author: "foreign", agent: null, claim: null });
  assert.deepEqual(rulesOf([strange, state("Failed")]), ["foreign"]);
});

Deno.test("checker: given a claim that comes late over another agent's, when that agent's task is stopped, then nothing only where versions are not checked", () => {
  const stop: Fact = { what: "stop", task: "task/1", agent: "a2#1", reason: "" };
  const before: Fact = { ...read("Scheduled", 1), agent: "a2#1" };
  const late = state("Submitted", { agent: "a2#1", claim: { ...OURS, agent: "other" }, sentMs: 1500 });
  const rules = (server: Scenario["server"]) =>
    rulesOf([before, state("Submitted"), task(1), late, stop], { changes: { server } });
  assert.deepEqual(rules("guard"), []);
  assert.deepEqual(rules("versions").filter((rule) => rule === "foreign"), ["foreign", "foreign"]);
});

Deno.test("checker: given a launch of what was known to be cancelled, when checked, then cancelled", () => {
  const cancelled = state("Cancelled", { author: "person", agent: null, version: 3 });
  const facts = [state("Submitted"), cancelled, read("Cancelled", 3)];
  assert.deepEqual(rulesOf([...facts, task(1, { sentMs: 3500 })]), ["cancelled"]);
  assert.deepEqual(rulesOf([...facts, task(1, { sentMs: 1500 })]), []);
});

Deno.test("checker: given a run that is left, when time is up, then never or silent", () => {
  assert.deepEqual(rulesOf([], { isSettled: false }), ["never"]);
  assert.deepEqual(rulesOf([state("Submitted")], { isSettled: false }), ["silent"]);
});

Deno.test("checker: given a registration of what was there for long, when checked, then registered", () => {
  const again = (alreadyMs: number | null): Fact => ({
    what: "registered",
    definition: "task-definition/f:1",
    family: "f",
    digest: "d",
    agent: "a1#1",
    sentMs: 0,
    isRepeat: false,
    alreadyMs,
  });
  assert.deepEqual(rulesOf([again(null), again(500), again(61_000)]), ["registered"]);
});

Deno.test("checker: given a secret in a log or a message, when checked, then secret", () => {
  const text = "key s3cret-key";
  assert.deepEqual(rulesOf([{ what: "log", agent: "a1#1", run: null, text }]), ["secret"]);
  assert.deepEqual(rulesOf([state("Submitted"), state("Failed", { message: text })]), ["secret"]);
});

Deno.test("checker: given a program that threw, when checked, then threw", () => {
  assert.deepEqual(rulesOf([{ what: "agent", agent: "a1#1", happened: "threw: TypeError" }]), ["threw"]);
});

/** A definition of one run alone, registered by an agent. */
function ownDefinition(revision: number, { sentMs = 0, isRepeat = false } = {}): Fact {
  const definition = `task-definition/own:${revision}`;
  const registered = {
    what: "registered",
    family: "own",
    digest: "",
    agent: "a1#1",
    alreadyMs: null,
  } as const;
  return { ...registered, definition, sentMs, isRepeat };
}

for (
  const [what, facts, rules] of [
    ["stays registered", [ownDefinition(1)], ["leftRegistered"]],
    [
      "is deregistered",
      [ownDefinition(1), { what: "deregistered", definition: "task-definition/own:1" }],
      [],
    ],
    [
      "was registered by a process that crashed",
      [ownDefinition(1), { what: "fault", kind: "crash", text: "", agent: "a1#1" }],
      [],
    ],
    ["was registered long after it was sent", [ownDefinition(1, { sentMs: -5000 })], []],
    ["was registered twice by one message", [ownDefinition(1), ownDefinition(2, { isRepeat: true })], [
      "leftRegistered",
    ]],
    [
      "of another message stays registered as well",
      [ownDefinition(1), ownDefinition(2)],
      ["leftRegistered", "leftRegistered"],
    ],
  ] as const satisfies readonly (readonly [string, readonly Fact[], readonly string[]])[]
) {
  Deno.test(`checker: given a definition per run, when one ${what}, then ${rules.length} breaches`, () => {
    const changes = { variant: { ...PLAIN, definitionPerRun: true } };
    assert.deepEqual(rulesOf(facts, { changes }), rules);
  });
}

Deno.test("checker: given shared definitions, when one stays registered, then nothing", () => {
  assert.deepEqual(rulesOf([ownDefinition(1)]), []);
});
