import assert from "node:assert/strict";
import type { Failure } from "../../../schemas/failure/failure.ts";
import { kubernetesWorld, RUN } from "../../support/kubernetes/world.ts";

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
