import assert from "node:assert/strict";
import fc from "fast-check";
import {
  decideJob,
  type JobDecision,
  type JobSight,
} from "../../../../sandbox/kubernetes/control/job_controller.ts";
import { moment } from "../../../../sandbox/kubernetes/objects/meta.ts";
import type { JsonObject } from "../../../../schemas/json/json.ts";
import { mapping, mappings } from "../../../../schemas/json/shape.ts";
import { held } from "../../support/local_cluster.ts";

const NOW = Date.UTC(2026, 0, 1);

function jobWith(spec: JsonObject, status: JsonObject = {}, metadata: JsonObject = {}): JsonObject {
  return {
    metadata: { name: "a", namespace: "default", ...metadata },
    spec: {
      parallelism: 1,
      completions: 1,
      backoffLimit: 0,
      template: { spec: { restartPolicy: "Never" } },
      ...spec,
    },
    status,
  };
}

function pod(name: string, phase: string, more: JsonObject = {}): JsonObject {
  return { metadata: { name, namespace: "default", ...more }, status: { phase } };
}

function decide(
  job: JsonObject,
  pods: readonly JsonObject[] = [],
  more: Partial<JobSight> = {},
): JobDecision {
  return decideJob({
    job,
    pods,
    gone: { succeeded: 0, failed: 0 },
    lastFailureMs: null,
    nowMs: NOW,
    ...more,
  });
}

/** What a decision says of the Job's conditions. */
function conditionsOf({ status }: JobDecision): readonly string[] {
  return held({ status });
}

function reasonOf({ status }: JobDecision, type: string) {
  return mappings(status["conditions"]).find((one) => one["type"] === type)?.["reason"];
}

Deno.test("job controller: given a new Job, then it makes one pod and writes when it began", () => {
  const decision = decide(jobWith({}));

  assert.deepEqual(decision, {
    create: 1,
    end: [],
    status: { startTime: moment(NOW) },
    remove: false,
    againMs: null,
  });
});

Deno.test("job controller: given a pod that runs, then it makes no other and counts it", () => {
  const decision = decide(jobWith({}, { startTime: moment(NOW - 5000) }), [pod("a-1", "Running")]);

  assert.equal(decision.create, 0);
  assert.deepEqual(decision.status, { startTime: moment(NOW - 5000), active: 1, ready: 1 });
});

Deno.test("job controller: given its pod succeeded, then it is complete", () => {
  const decision = decide(jobWith({}, { startTime: moment(NOW - 5000) }), [pod("a-1", "Succeeded")]);

  assert.deepEqual(conditionsOf(decision), ["Complete"]);
  assert.equal(decision.status["succeeded"], 1);
  assert.equal(decision.status["completionTime"], moment(NOW));
  assert.equal(decision.create, 0);
});

Deno.test("job controller: given several completions, then it makes as many pods at a time as are allowed and wanted", () => {
  const job = jobWith({ completions: 5, parallelism: 3 });
  const done = (count: number) => Array.from({ length: count }, (_, at) => pod(`d-${at}`, "Succeeded"));

  assert.equal(decide(job).create, 3);
  assert.equal(decide(job, [...done(3), pod("r", "Running")]).create, 1);
  assert.equal(decide(job, [...done(4), pod("r", "Running")]).create, 0);
  assert.deepEqual(conditionsOf(decide(job, done(5))), ["Complete"]);
});

Deno.test("job controller: given no number of completions, then one success is enough once no pod is left", () => {
  const job = jobWith({ completions: null, parallelism: 2 });

  const going = decide(job, [pod("a", "Succeeded"), pod("b", "Running")]);
  const over = decide(job, [pod("a", "Succeeded"), pod("b", "Succeeded")]);

  assert.deepEqual([going.create, conditionsOf(going)], [0, []]);
  assert.deepEqual([over.create, conditionsOf(over)], [0, ["Complete"]]);
});

Deno.test("job controller: given a pod failed beyond the limit, then the Job has failed", () => {
  const decision = decide(jobWith({}), [pod("a-1", "Failed")]);

  assert.deepEqual(conditionsOf(decision), ["FailureTarget", "Failed"]);
  assert.equal(reasonOf(decision, "Failed"), "BackoffLimitExceeded");
  assert.equal(decision.status["failed"], 1);
  assert.equal(decision.create, 0);
});

Deno.test("job controller: given others still run when it fails, then they are ended first and Failed follows", () => {
  const job = jobWith({ parallelism: 2, completions: 2 });
  const first = decide(job, [pod("a", "Failed"), pod("b", "Running")]);

  const second = decide({ ...job, status: first.status }, [pod("a", "Failed")]);

  assert.deepEqual([first.end, conditionsOf(first)], [["b"], ["FailureTarget"]]);
  assert.deepEqual([second.end, conditionsOf(second)], [[], ["FailureTarget", "Failed"]]);
});

for (const [failures, waitMs] of [[1, 10_000], [2, 20_000], [3, 40_000], [9, 360_000]] as const) {
  Deno.test(`job controller: given ${failures} failures within the limit, then the next pod follows after ${waitMs} ms`, () => {
    const gone = { succeeded: 0, failed: failures };
    const job = jobWith({ backoffLimit: 10 });

    const early = decide(job, [], { gone, lastFailureMs: NOW - 4000 });
    const due = decide(job, [], { gone, lastFailureMs: NOW - waitMs });

    assert.deepEqual([early.create, early.againMs], [0, waitMs - 4000]);
    assert.deepEqual([due.create, due.againMs], [1, null]);
  });
}

Deno.test("job controller: given a pod that is being deleted, then another follows only once it is gone", () => {
  const dying = pod("a", "Running", { deletionTimestamp: moment(NOW) });

  const decision = decide(jobWith({ backoffLimit: 6 }), [dying]);

  assert.equal(decision.create, 0);
  assert.equal(decision.status["terminating"], 1);
  assert.equal(decision.status["active"], undefined);
});

Deno.test("job controller: given restarts in place, then they count against the limit", () => {
  const template = { spec: { restartPolicy: "OnFailure" } };
  const restarted = (restartCount: number) => ({
    ...pod("a", "Running"),
    status: { phase: "Running", containerStatuses: [{ restartCount }] },
  });

  assert.deepEqual(conditionsOf(decide(jobWith({ template }), [restarted(0)])), []);
  assert.deepEqual(decide(jobWith({ template }), [restarted(1)]).end, ["a"]);
  assert.deepEqual(decide(jobWith({ template, backoffLimit: 3 }), [restarted(2)]).end, []);
  assert.deepEqual(decide(jobWith({ template, backoffLimit: 3 }), [restarted(3)]).end, ["a"]);
});

Deno.test("job controller: given a deadline, then it looks again by then, and the Job fails for it", () => {
  const job = jobWith({ activeDeadlineSeconds: 30 }, { startTime: moment(NOW - 10_000) });
  const running = [pod("a", "Running")];

  const before = decide(job, running);
  const after = decide(job, running, { nowMs: NOW + 20_000 });

  assert.equal(before.againMs, 20_000);
  assert.equal(reasonOf(after, "FailureTarget"), "DeadlineExceeded");
  assert.deepEqual(after.end, ["a"]);
});

Deno.test("job controller: given a suspended Job, then it has no pods and no start; once resumed it begins", () => {
  const held = jobWith({ suspend: true });
  const decision = decide(held);
  const running = decide(jobWith({ suspend: true }, { startTime: moment(NOW) }), [pod("a", "Running")]);

  const resumed = decide({ ...jobWith({}), status: decision.status });

  assert.deepEqual([decision.create, conditionsOf(decision)], [0, ["Suspended"]]);
  assert.equal(decision.status["startTime"], undefined);
  assert.deepEqual(running.end, ["a"]);
  assert.equal(resumed.create, 1);
  assert.deepEqual(conditionsOf(resumed), []);
});

Deno.test("job controller: given a Job that is being deleted, then it makes and ends nothing", () => {
  const job = jobWith({}, {}, { deletionTimestamp: moment(NOW) });

  const decision = decide(job, [pod("a", "Failed")]);

  assert.deepEqual([decision.create, decision.end, decision.remove], [0, [], false]);
  assert.deepEqual(conditionsOf(decision), []);
});

Deno.test("job controller: given a time to live after the end, then the Job is deleted when it is over", () => {
  const ended = decide(jobWith({ ttlSecondsAfterFinished: 60 }), [pod("a", "Succeeded")]);
  const job = { ...jobWith({ ttlSecondsAfterFinished: 60 }), status: ended.status };

  const early = decide(job, [pod("a", "Succeeded")], { nowMs: NOW + 1000 });
  const due = decide(job, [], { nowMs: NOW + 60_000 });

  assert.deepEqual([early.remove, early.againMs], [false, 59_000]);
  assert.deepEqual([due.remove, due.againMs], [true, null]);
  assert.equal(decide({ ...jobWith({}), status: ended.status }).remove, false);
});

Deno.test("job controller: given any pods, then what it decides is decided once: the same sight leads to no further change", () => {
  const phases = fc.constantFrom("Pending", "Running", "Succeeded", "Failed");
  const world = fc.record({
    phases: fc.array(phases, { maxLength: 4 }),
    backoffLimit: fc.nat(3),
    completions: fc.integer({ min: 1, max: 3 }),
    parallelism: fc.integer({ min: 1, max: 3 }),
    suspend: fc.boolean(),
  });
  fc.assert(fc.property(world, ({ phases, ...spec }) => {
    const pods = phases.map((phase, at) => pod(`p-${at}`, phase));
    const first = decide(jobWith(spec), pods);
    const left = pods.filter(({ metadata }) => !first.end.includes(String(mapping(metadata)["name"])));

    const second = decide({ ...jobWith(spec), status: first.status }, left);
    const third = decide({ ...jobWith(spec), status: second.status }, left);

    assert.deepEqual(third.status, second.status);
    assert.deepEqual(third.end, []);
    const ends = conditionsOf(third).filter((type) => type === "Complete" || type === "Failed");
    assert.ok(ends.length <= 1, ends.join());
    if (ends.length > 0) assert.equal(third.create, 0);
  }));
});
