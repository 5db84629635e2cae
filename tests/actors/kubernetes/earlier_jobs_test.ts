import assert from "node:assert/strict";
import type { Failure } from "../../../schemas/failure/failure.ts";
import { ending, podOf } from "../../support/kubernetes/fake_kube.ts";
import { kubernetesWorld, pythonJob, RUN } from "../../support/kubernetes/world.ts";

const AWAY: Failure = { tag: "unreachable", message: "no connection" };
const NAMES: readonly string[] = ["old-a", "old-b"];

/** A world that knows two Jobs of a run with their pods, and whose watches of some kinds are cut for good. */
async function behind(resources: readonly string[]) {
  const world = kubernetesWorld();
  const { kube, clock, platform } = world;
  for (const name of NAMES) {
    kube.put("jobs", pythonJob(name, RUN));
    kube.put("pods", podOf(pythonJob(name, RUN), { phase: "Running" }));
  }
  await platform.look([], world.signal);
  await clock.advance(1000);
  for (const resource of resources) {
    kube.fail(
      `watch ${resource}`,
      ...Array.from({ length: 500 }, () => AWAY),
    );
  }
  kube.cut(AWAY);
  await clock.advance(1000);
  return world;
}

for (const resources of [["jobs", "pods", "events"], ["pods"], ["jobs"]]) {
  const where = resources.join(", ");

  Deno.test(`earlier Jobs: given no watch of ${where} and Jobs that have gone meanwhile, when their run is launched again, then lists say so and nothing is waited for`, async () => {
    const { kube, clock, launch, close } = await behind(resources);
    for (const name of NAMES) kube.drop("jobs", name);
    const beganMs = clock.now();
    const { id } = await launch(RUN, "waits");
    close();

    assert.deepEqual(kube.made, [id]);
    assert.ok(clock.now() - beganMs < 5000, `${clock.now() - beganMs} ms`);
    assert.deepEqual(kube.asked.filter((what) => what.startsWith("delete")), []);
  });

  Deno.test(`earlier Jobs: given no watch of ${where} and Jobs with living pods, when their run is launched again, then both are deleted first`, async () => {
    const { kube, launch, close } = await behind(resources);
    const { id } = await launch(RUN, "waits");
    close();

    const order = kube.asked.filter((what) => /^(create|delete)/.test(what));
    assert.deepEqual(order, [...NAMES.map((name) => `delete jobs ${name}`), `create jobs ${id}`]);
  });

  Deno.test(`earlier Jobs: given no watch of ${where} and Jobs that have finished meanwhile, when their run is launched again, then they stay`, async () => {
    const { kube, launch, close } = await behind(resources);
    for (const name of NAMES) {
      kube.put("jobs", pythonJob(name, RUN, { status: ending("Failed") }));
      kube.put("pods", podOf(pythonJob(name, RUN), { phase: "Failed" }));
    }
    await launch(RUN, "waits");
    close();

    assert.deepEqual(kube.asked.filter((what) => what.startsWith("delete")), []);
  });
}

Deno.test("earlier Jobs: given a Job that is Complete while its pod was last seen to run, when its run is launched again, then it stays", async () => {
  const { kube, clock, launch, platform, signal, close } = kubernetesWorld();
  kube.put("jobs", pythonJob("old-a", RUN));
  kube.put("pods", podOf(pythonJob("old-a", RUN), { phase: "Running" }));
  await platform.look([], signal);
  await clock.advance(1000);
  kube.put("jobs", pythonJob("old-a", RUN, { status: ending("Complete") }));
  await launch(RUN, "waits");
  close();

  assert.deepEqual(kube.asked.filter((what) => what.startsWith("delete")), []);
});
