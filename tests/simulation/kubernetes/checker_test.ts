/** Each rule of Jobs, on a history that breaks it and on one that does not. @module */

import assert from "node:assert/strict";
import { clientToken } from "../../../schemas/flow_run/client_token.ts";
import { checkKube } from "../../../simulation/kubernetes/checker.ts";
import { CALM_CLUSTER, type KubeScenario } from "../../../simulation/kubernetes/cluster/faults.ts";
import { kubeScenarioOf } from "../../../simulation/kubernetes/scenario.ts";
import type { Entry, Fact, JobNews } from "../../../simulation/world/history.ts";
import { CALM } from "../../../simulation/world/scenario.ts";

const RUN = "00000000-0000-4000-8000-000000000001";
const CLAIM = { agent: "agent", cluster: "main", claim: "v1" };

function calm(more: Partial<KubeScenario> = {}): KubeScenario {
  return {
    ...kubeScenarioOf(1),
    ...{ server: "versions", network: CALM, outages: [], stops: [], jumps: [], foreign: 0, replica: null },
    ...{ poison: null, crash: { rate: 0, most: 0, downMs: 0 }, kube: CALM_CLUSTER, keepJobs: "none" },
    agents: ["agent", "other"].map((name) => ({ name, cluster: "main", startMs: 0 })),
    runs: [{ id: RUN, dueMs: 0, flow: 1, durationMs: 1, fate: "success", userActions: [] }],
    ...more,
  };
}

/** One fact each second, or at its own moment. */
type Moment = Fact & { readonly atMs?: number };

function broken(facts: readonly Moment[], more: Partial<KubeScenario> = {}): readonly string[] {
  const history: readonly Entry[] = facts.map((fact, at) => ({ ...fact, atMs: fact.atMs ?? at * 1000 }));
  return checkKube({ scenario: calm(more), history, isSettled: true }).map(({ rule }) => rule);
}

function state(to: string, author: "agent" | "run" | "person", agent: string | null = null): Fact {
  const claim = to === "Submitted" ? CLAIM : null;
  const plain = { run: RUN, from: "", version: 2, expected: 1, message: "", claim, sentMs: 0 };
  return { what: "state", author, agent, to, ...plain };
}

function task(number: number, attempt = 1, sentMs = 0): Fact {
  const token = clientToken({ runId: RUN, claim: "v1", attempt });
  return {
    what: "task",
    task: `main/job/0${number}`,
    run: RUN,
    cluster: "main",
    token,
    agent: "a1#1",
    sentMs,
  };
}

function status(number: number, to: string, isStopping = false): Fact {
  return { what: "status", task: `main/job/0${number}`, status: to, isStopping, why: "" };
}

function job(number: number, happened: JobNews, agent: string | null = null): Fact {
  return { what: "job", task: `main/job/0${number}`, happened, agent, sentMs: 0 };
}

const stop = (number: number): Fact => ({
  what: "stop",
  task: `main/job/0${number}`,
  agent: "a1#1",
  reason: "",
});

const CLAIMED = state("Submitted", "agent", "a1#1");
const RUNNING = state("Running", "run");
const BEGUN = [CLAIMED, task(1), job(1, "shown", "a1#1"), status(1, "RUNNING"), RUNNING];
const DONE = [status(1, "STOPPED"), job(1, "done"), job(1, "shownOver", "a1#1")];
const SUCCESS = state("Success", "run");

Deno.test("Jobs: given one that runs, ends and is deleted, when the history is checked, then nothing is broken", () => {
  assert.deepEqual(broken([...BEGUN, SUCCESS, ...DONE, job(1, "removed", "a1#1"), job(1, "gone")]), []);
});

Deno.test("Jobs: given another one of the run that lives, when a process that was shown it makes a second, then that is an overlap", () => {
  const second = { ...task(2, 2, 3500), atMs: 4000 };
  assert.deepEqual(broken([CLAIMED, task(1), job(1, "shown", "a1#1"), second]), ["twice", "overlap"]);
  assert.deepEqual(broken([CLAIMED, task(1), job(1, "shown", "a2#1"), second]), ["twice"]);
  const ended = [status(1, "STOPPED"), second];
  assert.deepEqual(broken([CLAIMED, task(1), job(1, "shown", "a1#1"), ...ended]), []);
});

Deno.test("Jobs: given a run that is Running, when its ended Job is deleted before the run knows, then it is unreported, unless a retry waits", () => {
  const removed = [...DONE, job(1, "removed", "a1#1"), job(1, "gone")];
  assert.deepEqual(broken([...BEGUN, ...removed]), ["unreported"]);
  const waits: Fact = { what: "fault", kind: "retriesLate", text: RUN };
  assert.deepEqual(broken([...BEGUN, waits, ...removed]), []);
});

for (
  const [keepJobs, ended, expected] of [
    ["all", "done", ["notKept"]],
    ["all", "failed", ["notKept"]],
    ["failed", "failed", ["notKept"]],
    ["failed", "done", []],
    ["none", "failed", []],
  ] as const
) {
  Deno.test(`Jobs: given one that ${ended} and --keep-jobs ${keepJobs}, when it is deleted, then this is broken: ${expected.join()}`, () => {
    const end: readonly Moment[] = [status(1, "STOPPED"), job(1, ended), job(1, "shownOver", "a1#1")];
    const late = [{ ...job(1, "removed", "a1#1"), atMs: 200_000 }, { ...job(1, "gone"), atMs: 201_000 }];
    assert.deepEqual(broken([...BEGUN, SUCCESS, ...end, ...late], { keepJobs }), expected);
  });
}

Deno.test("Jobs: given one that has ended, when it is still there in the end, then it was left, unless it is to stay", () => {
  const ended = [...BEGUN, SUCCESS, ...DONE];
  assert.deepEqual(broken(ended), ["leftJob"]);
  assert.deepEqual(broken(ended, { keepJobs: "all" }), []);
  assert.deepEqual(broken(ended, { keepJobs: "failed" }), ["leftJob"]);
});

Deno.test("Jobs: given a flow that runs, when its run is cancelled, then its Job is not deleted within the grace", () => {
  const cancelled = state("Cancelling", "person");
  assert.deepEqual(broken([...BEGUN, cancelled, stop(1)]), ["noGrace"]);
  assert.deepEqual(broken([...BEGUN, cancelled, { ...stop(1), atMs: 40_000 }]), []);
  const notBegun = [CLAIMED, task(1), status(1, "RUNNING"), cancelled, stop(1)];
  assert.deepEqual(broken(notBegun), []);
});

Deno.test("Jobs: given one of another program, when it is deleted, then that is foreign, whether it lives or not", () => {
  assert.deepEqual(broken([job(9, "removed", "a1#1")]), ["foreign"]);
  assert.deepEqual(broken([stop(9)]), ["foreign"]);
});

Deno.test("Jobs: given a pod that does not run, when the run's log does not say why for 20 s, then it is untold", () => {
  const trouble = (text: string | null, atMs: number): Moment => ({
    ...{ what: "trouble", task: "main/job/01", run: RUN, text },
    atMs,
  });
  const log: Moment = { what: "log", agent: "a1#1", run: RUN, text: "WARNING no room", atMs: 5000 };
  const made = [CLAIMED, task(1), trouble("no room", 3000)];
  assert.deepEqual(broken([...made, trouble(null, 23_000)]), ["untold"]);
  assert.deepEqual(broken([...made, log, trouble(null, 23_000)]), []);
  assert.deepEqual(broken([...made, trouble(null, 9000)]), []);
  const cuts = [{ atMs: 1, how: "end" }] as const;
  assert.deepEqual(broken([...made, trouble(null, 23_000)], { kube: { ...CALM_CLUSTER, cuts } }), []);
});

for (const [text, limit] of [["list jobs 200", 100], ["delete jobs 200", 70]] as const) {
  Deno.test(`requests: given more than ${limit} of ${text} in a minute, when the history is checked, then that is said once`, () => {
    const asked = (count: number) =>
      Array.from({ length: count }, (_, at): Moment => ({ what: "net", agent: "a1#1", text, atMs: at }));
    assert.deepEqual(broken(asked(limit)), []);
    assert.deepEqual(broken(asked(limit + 20)), ["requests"]);
  });
}

Deno.test("states: given another agent's run whose Job has ended, when it is failed, then that is foreign within a minute and not later", () => {
  const failed = (atMs: number): Moment => ({ ...state("Failed", "agent", "a2#1"), atMs });
  const ended = [...BEGUN, status(1, "STOPPED"), job(1, "failed")];
  const gone = { ...job(1, "gone"), atMs: 100_000 };
  assert.deepEqual(broken([...ended, failed(30_000), gone]), ["foreign"]);
  assert.deepEqual(broken([...ended, failed(66_000), gone]), []);
});
