import assert from "node:assert/strict";
import {
  forgetConfiguration,
  jobConfiguration,
  neededSources,
} from "../../../../flavours/ecs_worker/values/make_job_configuration.ts";
import type { Readings } from "../../../../schemas/plan/source.ts";
import { goldenWorker, readGroup } from "../../../support/prefect3/golden_run.ts";
import { templateRun } from "../../../support/prefect3/template_run.ts";

const RUN = {
  configuration: { cluster: "{{ prefect.variables.cluster }}" },
};

function worker() {
  const [golden] = readGroup("env");
  assert.ok(golden);
  return goldenWorker(golden);
}

function readingsOf(cluster: string, others: Readings = {}): Readings {
  return { ...others, "variable:cluster": { kind: "json", value: { value: cluster } } };
}

Deno.test("kept configuration: given a run that is asked for its sources and then planned, when no reading of it changes, then it is filled in once", () => {
  const run = templateRun(RUN);
  const facts = worker();
  const others: Readings = { "vpc:default": { kind: "absent", message: "there is none" } };

  assert.deepEqual(neededSources(run, facts, readingsOf("one")), []);
  const first = jobConfiguration(run, facts, readingsOf("one"));

  // Readings of other sources, which later rounds bring, change nothing of it; equal readings are others.
  const reading = readingsOf("one");
  const again = jobConfiguration(run, facts, reading);
  assert.equal(jobConfiguration(run, facts, { ...reading, ...others }), again);
  assert.deepEqual({ ...again, sources: null }, { ...first, sources: null });
});

Deno.test("kept configuration: given a run that is planned again, when a variable, the worker or nothing but the run was replaced, then nothing of before is used", () => {
  const run = templateRun(RUN);
  const facts = worker();
  const cluster = (...asked: Parameters<typeof jobConfiguration>) => jobConfiguration(...asked).cluster;
  const reading = readingsOf("one");

  assert.equal(cluster(run, facts, reading), "one");
  assert.equal(cluster(run, facts, readingsOf("two")), "two");
  assert.deepEqual(neededSources(run, facts, {}).map(({ key }) => key), ["variable:cluster"]);
  assert.throws(() => jobConfiguration(run, facts, {}), /needs variable:cluster, which was not read/);
  assert.equal(cluster(templateRun(RUN), facts, readingsOf("three")), "three");
  const renamed = jobConfiguration(run, { ...facts, name: "other" }, reading);
  assert.equal(renamed.labels["prefect.io/worker-name"], "other");
});

Deno.test("kept configuration: given a run that was planned, when its configuration is forgotten, then it is filled in anew", () => {
  const run = templateRun(RUN);
  const facts = worker();
  const reading = readingsOf("one");
  const before = jobConfiguration(run, facts, reading);

  forgetConfiguration(run);

  assert.notEqual(jobConfiguration(run, facts, reading), before);
});

Deno.test("kept configuration: given runs of one work pool, when each has variables of its own, then none gets those of another", () => {
  const facts = worker();
  const template = { configuration: { cluster: "{{ cluster }}-{{ zone }}" }, defaults: { zone: "a" } };
  const runs = ["x", "y"].map((cluster) => templateRun({ ...template, run: { cluster } }));
  const zoned = templateRun({ ...template, run: { cluster: "z", zone: "b" } });

  const clusters = [...runs, zoned].map((run) => jobConfiguration(run, facts, {}).cluster);

  assert.deepEqual(clusters, ["x-a", "y-a", "z-b"]);
});
