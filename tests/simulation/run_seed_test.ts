/**
 * Worlds of fixed seeds: they repeat themselves, keep the guarantee, and lose it with a planted bug.
 *
 * @module
 */

import assert from "node:assert/strict";
import { check } from "../../simulation/checker.ts";
import type { PlantedBug } from "../../simulation/planted_bugs.ts";
import { playScenario, playSeed } from "../../simulation/run_seed.ts";
import { scenarioOf } from "../../simulation/world/scenario.ts";
import { PLAIN } from "../../simulation/world/variant.ts";
import { timeline } from "../../simulation/timeline.ts";

/** Rules broken by the first seed that breaks any. */
async function firstBreach(bug: PlantedBug, seeds: readonly number[]): Promise<readonly string[]> {
  for (const seed of seeds) {
    const rules = check(await playSeed(seed, bug)).map(({ rule }) => rule);
    if (rules.length > 0) return rules;
  }
  return [];
}

const range = (from: number, count: number) => Array.from({ length: count }, (_, at) => from + at);

Deno.test("a world: given the same seed twice, when played, then the same history", async () => {
  for (const seed of [2, 6, 11]) {
    const [one, two] = [timeline(await playSeed(seed)), timeline(await playSeed(seed))];
    assert.ok(one.length > 20);
    assert.deepEqual(one, two);
  }
});

Deno.test("a world: given fixed seeds, when played, then everything is settled and nothing is broken", async () => {
  for (const seed of range(1, 12)) {
    const played = await playSeed(seed);
    assert.deepEqual(check(played), [], `seed ${seed}`);
    assert.ok(played.history.some(({ what }) => what === "state"), `seed ${seed}`);
  }
});

Deno.test("log lines: given worlds full of faults, when played, then every line that names one run has it as its subject", async () => {
  const told: string[] = [];
  for (const seed of range(1, 40)) {
    const { history } = await playSeed(seed);
    const runs = new Set(history.flatMap((entry) => entry.what === "state" ? [entry.run] : []));
    for (const entry of history) {
      // A line about all runs may quote what happened to one.
      if (entry.what !== "log" || entry.text.startsWith("WARNING Flow runs wait")) continue;
      const named = [...runs].filter((id) =>
        /(?:flow run|Deployment of) $/i.test(entry.text.split(id)[0] ?? "")
      );
      if (named.length === 1) assert.equal(entry.run, named[0], `seed ${seed}: ${entry.text}`);
      if (named.length === 1) told.push(entry.text.replaceAll(/[0-9a-f-]{36}/g, "").slice(0, 30));
    }
  }
  assert.ok(new Set(told).size > 8, "lines of many kinds");
});

/** Seeds that once broke a rule, when there were no variants, and what happened in them. */
const ONCE_BROKEN: readonly (readonly [seed: number, what: string])[] = [
  [7010318, "one replica failed a run whose task the other had started"],
  [1309, "three replicas took a claim from each other for ever"],
  [20000246, "a run was cancelled while the task of its late retry lived in another cluster"],
  [40004071, "the same, by the agent of the other cluster"],
  [20016342, "a claim that had waited behind a slow API was sent on an old answer"],
  [20019168, "somebody else's claim on a restarted run was failed for our old one"],
  [30008014, "a run that waited an hour for its start was claimed although somebody else had it"],
  [80003061, "a late retry was launched for a run that was known to be cancelled"],
  [200012432, "a run was failed for its lost task although its late retry had begun in another cluster"],
  [300079293, "a token spent by a replica was no reason to look for that replica's task"],
  [300063078, "a replica launched without the claim while the run was failed"],
  [300091207, "one replica failed a run for a lost task that another had replaced"],
  [300097658, "the same, where tasks may not be listed and the run was Running by the other's task"],
  [600061556, "a late retry lost its task while its process was being replaced, and nobody followed it"],
  [420003428, "a run was failed for a task that a replica had replaced a second before"],
];
for (const [seed, what] of ONCE_BROKEN) {
  Deno.test(`a world: given seed ${seed}, where ${what}, when played, then nothing is broken`, async () => {
    assert.deepEqual(check(await playScenario({ ...scenarioOf(seed), variant: PLAIN, update: null })), []);
  });
}

/** The same, where the world is as its seed says. */
const ONCE_BROKEN_VARIANTS: readonly (readonly [seed: number, what: string])[] = [
  [456, "AWS was busy while the definitions of a run were swept, and one stayed registered"],
  [1393, "the same, after eleven registrations whose answers were lost"],
  [700004865, "a run taken up again could not be planned, and its lost task was never missed"],
  [900042316, "a refusal after an empty answer failed a run whose task ECS did not show yet"],
  [900044734, "the same in another world"],
  [
    900041672,
    "a definition stayed registered whose run was cancelled while process after process was killed",
  ],
  [900002184, "the clock was set back by an hour, and launches waited an hour for room in the account"],
];
for (const [seed, what] of ONCE_BROKEN_VARIANTS) {
  Deno.test(`a world: given seed ${seed} with its variant, where ${what}, when played, then nothing is broken`, async () => {
    assert.deepEqual(check(await playSeed(seed)), []);
  });
}

/** Seeds with a run that ends every process which plans it. */
for (const seed of [117, 135, 152, 275]) {
  Deno.test(`a world: given the poison run of seed ${seed}, when played, then it is Failed with what is known, and no other is`, async () => {
    const played = await playSeed(seed);

    const last = played.history.findLast((fact) =>
      fact.what === "state" && fact.run === played.scenario.poison
    );
    assert.ok(last?.what === "state" && last.to === "Failed");
    assert.match(
      last.message,
      /was being planned when .* 4 times: .*, with others; .*, alone; .*, alone; .*, alone\./,
    );
    assert.deepEqual(check(played), []);
  });
}

Deno.test("a planted bug: given plannings that no claim tells of, when played, then the poison run is left behind", async () => {
  assert.deepEqual(await firstBreach("forgetsPlannings", [32]), ["silent"]);
});

Deno.test("a planted bug: given plannings among others that count as alone, when played, then an innocent run is failed", async () => {
  assert.ok((await firstBreach("blamesInnocents", [421])).includes("innocent"));
});

/** Reads of these seeds hide rows or lag, and nothing else goes wrong. */
const ODD_READS = [3080, 3181, 3378];

for (const seed of ODD_READS) {
  Deno.test(`a world: given the reads of seed ${seed}, which hide runs or lag, when played, then no run is dropped or lost`, async () => {
    const played = await playSeed(seed);

    const kinds = new Set(played.history.flatMap((fact) => fact.what === "fault" ? [fact.kind] : []));
    assert.ok(kinds.has("missing row") || kinds.has("stale row"));
    assert.deepEqual(check(played), []);
  });
}

for (const bug of ["absentIsGone", "staleIsBack"] as const) {
  Deno.test(`a planted bug: given ${bug}, when reads hide runs or lag, then a run is dropped`, async () => {
    assert.ok((await firstBreach(bug, ODD_READS)).includes("dropped"));
  });
}

Deno.test("a world: given no fault at all, when played, then one launch for each run and its own report", async () => {
  const stormy = scenarioOf(1);
  const runs = range(1, 3).map((n) => ({
    id: `00000000-0000-4000-8000-00000000000${n}`,
    dueMs: n * 100,
    flow: 1,
    durationMs: 5000,
    fate: "success" as const,
    userActions: [],
  }));
  const agents = [{ name: "agent", cluster: "main", startMs: 0 }];
  const played = await playScenario({ ...stormy, calmMs: 0, agents, runs, foreign: 0, jumps: [], stops: [] });
  const tasks = played.history.filter(({ what }) => what === "task");
  const ends = played.history.filter((fact) => fact.what === "state" && fact.to === "Success");
  assert.equal(played.isSettled, true);
  assert.equal(tasks.length, 3);
  assert.equal(ends.length, 3);
});

Deno.test("a planted bug: given blind claims, when played, then a foreign claim or a report is overwritten", async () => {
  const rules = await firstBreach("blindClaim", range(1, 40));
  assert.ok(rules.some((rule) => rule === "foreign" || rule === "overwritten"), rules.join());
});

Deno.test("a planted bug: given lost timers, when played, then a run is left behind", async () => {
  const rules = await firstBreach("lostWakeUp", range(1, 60));
  const leftBehind = rules.filter((rule) => rule === "never" || rule === "silent");
  assert.ok(leftBehind.length > 0, "no seed broke a rule");
  assert.deepEqual(leftBehind, rules);
});
