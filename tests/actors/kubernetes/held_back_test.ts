import assert from "node:assert/strict";
import { mapping } from "../../../schemas/json/shape.ts";
import { kubernetesWorld, pythonJob, RUN } from "../../support/kubernetes/world.ts";

Deno.test("held back: given Jobs that are suspended, resumed, never suspended and unknown, when asked, then the hold ends with the resumption", async () => {
  const { clock, kube, platform, signal, close } = kubernetesWorld();
  const put = (name: string, suspend: boolean) => {
    const job = pythonJob(name, RUN);
    kube.put("jobs", { ...job, spec: { ...mapping(job["spec"]), suspend } });
  };
  for (const name of ["still", "resumed"]) put(name, true);
  put("never", false);
  await platform.look([], signal);
  await clock.advance(30_000);
  put("resumed", false);
  await clock.advance(0);
  const resumedMs = clock.now();
  await clock.advance(30_000);
  const place = platform.place(null, RUN);
  const held = ["still", "resumed", "never", "unknown"].map((id) => platform.heldBackMs({ id, place }));
  close();

  assert.deepEqual(held, [clock.now(), resumedMs, null, null]);
});
