/** Worlds of Kubernetes: they repeat themselves, keep the guarantee, and lose it with a planted bug. @module */

import assert from "node:assert/strict";
import { checkKube } from "../../../simulation/kubernetes/checker.ts";
import { CALM_CLUSTER } from "../../../simulation/kubernetes/cluster/faults.ts";
import type { PlantedKubeBug } from "../../../simulation/kubernetes/planted_bugs.ts";
import { playKubeScenario, playKubeSeed } from "../../../simulation/kubernetes/run_seed.ts";
import { kubeScenarioOf } from "../../../simulation/kubernetes/scenario.ts";
import { timeline } from "../../../simulation/timeline.ts";
import { CALM } from "../../../simulation/world/scenario.ts";

const range = (from: number, count: number) => Array.from({ length: count }, (_, at) => from + at);

Deno.test("a world of Kubernetes: given the same seed twice, when played, then the same history", async () => {
  for (const seed of [4, 11]) {
    const [one, two] = [timeline(await playKubeSeed(seed)), timeline(await playKubeSeed(seed))];
    assert.ok(one.length > 20);
    assert.deepEqual(one, two);
  }
});

Deno.test("a world of Kubernetes: given fixed seeds, when played, then everything is settled, faults have struck and nothing is broken", async () => {
  const kinds = new Set<string>();
  for (const seed of range(1, 20)) {
    const played = await playKubeSeed(seed);
    assert.deepEqual(checkKube(played), [], `seed ${seed}`);
    for (const kind of played.faults.keys()) kinds.add(kind);
  }
  assert.ok(kinds.size > 20, [...kinds].join());
});

Deno.test("a world of Kubernetes: given no fault at all, when three runs are due, then each has one Job and one pod, and no Job is left", async () => {
  const runs = range(1, 3).map((n) => ({
    id: `00000000-0000-4000-8000-00000000000${n}`,
    ...{ dueMs: n * 100, flow: 1, durationMs: 5000, fate: "success" as const, userActions: [] },
  }));
  const quiet = {
    network: CALM,
    outages: [],
    stops: [],
    jumps: [],
    foreign: 0,
    strangers: [],
    replica: null,
  };
  const played = await playKubeScenario({
    ...{ ...kubeScenarioOf(1), ...quiet, runs, poison: null, kube: CALM_CLUSTER, keepJobs: "none" },
    agents: [{ name: "agent", cluster: "main", startMs: 0 }],
    crash: { rate: 0, most: 0, downMs: 0 },
  });

  const news = played.history.flatMap((entry) => entry.what === "job" ? [entry.happened] : []);
  assert.equal(played.isSettled, true);
  assert.deepEqual(checkKube(played), []);
  assert.equal(played.history.filter(({ what }) => what === "task").length, 3);
  assert.equal(news.filter((one) => one === "gone").length, 3);
});

/** Seeds that once broke a rule, and what happened in them. */
const ONCE_BROKEN: readonly (readonly [seed: number, what: string])[] = [
  [53, "a run was failed for the Job of its first claim while its late retry ran in another namespace"],
  [125, "the same, after the agent of the first claim had taken the run up again"],
  [405, "the clock was set back by an hour, and a Job that was taken up stayed for as long"],
  [2318, "a run was failed for its first Job while its late retry was being claimed"],
  [2413, "a Complete Job was deleted with --keep-jobs all because its pod was last seen to run"],
  [2487, "a replica with a dead watch failed a run whose Job it had never been told of"],
  [3327, "a dead watch of pods showed an image that could not be pulled, of a flow that had begun"],
  [6993, "a creation without an answer was sent until its Job had come and gone, and made a second one"],
];
for (const [seed, what] of ONCE_BROKEN) {
  Deno.test(`a world of Kubernetes: given seed ${seed}, where ${what}, when played, then nothing is broken`, async () => {
    assert.deepEqual(checkKube(await playKubeSeed(seed)), []);
  });
}

/** Planted bugs with a seed that finds each, and the rules that it breaks. */
const FOUND: readonly (readonly [bug: PlantedKubeBug, seed: number, rules: readonly string[]])[] = [
  ["takenIsOurs", 56, ["foreign", "silent"]],
  ["lostIsRefused", 30, ["endedAlive"]],
  ["lostIsNext", 45, ["twice"]],
  ["background", 11, ["endedAlive"]],
  ["deletesFirst", 131, ["unreported"]],
  ["keepsNothing", 15, ["notKept"]],
  ["keepsAll", 1, ["leftJob"]],
  ["takesUnknown", 3, ["foreign"]],
  ["noBackOff", 48, ["requests"]],
  ["noGrace", 11, ["noGrace"]],
  ["silentTrouble", 602, ["untold"]],
];
for (const [bug, seed, rules] of FOUND) {
  Deno.test(`a planted bug: given ${bug}, when seed ${seed} is played, then it breaks ${rules.join(" and ")}`, async () => {
    assert.deepEqual([...new Set(checkKube(await playKubeSeed(seed, bug)).map(({ rule }) => rule))], rules);
  });
}
