import assert from "node:assert/strict";
import type { Failure } from "../../../schemas/failure/failure.ts";
import { makeRemoveJobs } from "../../../actors/kubernetes/remove_jobs.ts";
import { makeJobStore } from "../../../actors/kubernetes/watching/store.ts";
import type { StoppedTask } from "../../../schemas/contracts/platform.ts";
import { readJob } from "../../../schemas/kubernetes/objects/job.ts";
import { fakeClock } from "../../support/clock.ts";
import { kubernetesWorld, pythonJob, RUN } from "../../support/kubernetes/world.ts";

const FORBIDDEN: Failure = {
  tag: "refused",
  service: "Kubernetes",
  code: "Forbidden",
  operation: "delete jobs",
  message: 'jobs.batch is forbidden: User "x" cannot delete resource "jobs"',
};

/** Moments of deletions after a Job has ended, in seconds from the first. */
async function deletions(failure: Failure, forMs: number) {
  const { kube, clock, launch, listen, logged, close } = kubernetesWorld();
  kube.fail("delete jobs", failure);
  const stop = listen(() => "handled");
  const { id } = await launch(RUN, "endsWell");
  const moments: number[] = [];
  for (let ms = 0; ms < forMs; ms += 250) {
    await clock.advance(250);
    const count = kube.asked.filter((what) => what.startsWith("delete")).length;
    while (moments.length < count) moments.push(clock.now());
  }
  stop();
  close();
  const seconds = moments.map((moment) => (moment - (moments[0] ?? 0)) / 1000);
  return {
    seconds,
    isThere: kube.all("jobs").has(id),
    warnings: logged.filter((line) => /^WARNING/.test(line)),
  };
}

Deno.test("remove: given a server that asks to wait 20 s, when a Job is deleted, then it is asked again once these are over, and not after twice as long", async () => {
  const { seconds, isThere } = await deletions(
    { tag: "throttled", retryAfterMs: 20_000, message: "slower" },
    90_000,
  );

  assert.equal(seconds.length, 2);
  assert.ok((seconds[1] ?? 0) >= 20 && (seconds[1] ?? 0) < 25, `${seconds}`);
  assert.equal(isThere, false);
});

Deno.test("remove: given a right that comes after a minute, when a Job is deleted, then one warning names the right and the Job goes once it is there", async () => {
  const { seconds, isThere, warnings } = await deletions(FORBIDDEN, 120_000);

  assert.equal(seconds.length, 2);
  assert.ok((seconds[1] ?? 0) >= 60, `${seconds}`);
  assert.equal(isThere, false);
  assert.equal(warnings.filter((line) => line.includes("may not delete jobs (group batch)")).length, 1);
});

for (const [what, backMs] of [["goes on", 0], ["is set back by an hour", 3_600_000]] as const) {
  Deno.test(`remove: given a Job that was taken up, when its run knows its end and the clock ${what}, then it stays for 12 s and not for longer`, async () => {
    const time = fakeClock();
    let skewMs = 0;
    const clock = { ...time, now: () => time.now() - skewMs };
    const deleted: string[] = [];
    const store = makeJobStore(clock, () => undefined);
    const job = readJob(pythonJob("job-1", RUN));
    if (job !== null) store.putJob(job);
    const remove = makeRemoveJobs({
      ...{ namespace: "default", keepJobs: "none", store, clock, random: () => 0, log: () => undefined },
      calls: { deleteJob: ({ name }) => Promise.resolve(deleted.push(name) > 0) },
    });
    const seen: StoppedTask = {
      ...{ phase: "stopped", status: "Complete", failed: false, neverRan: false, endedByItself: true },
      ...{ class: "exited", evidence: null },
    };

    remove.keepFor("job-1");
    skewMs = backMs;
    remove.settled("job-1", seen);
    await time.advance(11_900);
    const early = [...deleted];
    await time.advance(200);

    assert.deepEqual([early, deleted], [[], ["job-1"]]);
    remove.close();
  });
}
