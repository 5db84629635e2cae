import assert from "node:assert/strict";
import { type Failure, toFailure } from "../../../schemas/failure/failure.ts";
import { kubernetesWorld, RUN } from "../../support/kubernetes/world.ts";

const GONE: Failure = { tag: "unreachable", message: "no connection", isUnsent: true };

const AWAY: readonly Failure[] = [
  GONE,
  { tag: "timedOut", message: "nothing came" },
  { tag: "unavailable", status: 500, message: "trouble" },
  { tag: "throttled", retryAfterMs: 1, message: "slower" },
  { tag: "credentials", message: "no token" },
];

for (const away of AWAY) {
  Deno.test(`launch: given a Job of its name that cannot be looked at (${away.tag}), when a run is launched, then it may be this launch's own, and nothing says that none was sent`, async () => {
    const { kube: before, launch, close: closeBefore } = kubernetesWorld();
    const { id } = await launch(RUN, "waits");
    closeBefore();
    const { kube, clock, launch: again, platform, signal, during, close } = kubernetesWorld();
    kube.put("jobs", before.all("jobs").get(id) ?? {});
    kube.fail("get jobs", away);

    const failure = await again(RUN, "waits").catch(toFailure);
    for (const what of ["watch jobs", "list jobs"]) {
      kube.fail(
        what,
        ...Array.from({ length: 99 }, () => GONE),
      );
    }
    kube.cut(GONE);
    await clock.advance(1000);
    const place = platform.place(null, RUN);
    const listed = await during(platform.list({ runId: RUN, taskId: null, place }, signal)).catch(toFailure);
    close();

    assert.ok("tag" in failure && "tag" in listed, JSON.stringify([failure, listed]));
    assert.deepEqual([failure.tag, listed.tag], ["unknownOutcome", "timedOut"]);
  });
}
