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
    await platform.look([], signal);
    await clock.advance(1000);
    kube.putUnseen("jobs", before.all("jobs").get(id) ?? {});
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

for (const isGone of [false, true]) {
  Deno.test(`launch: given a creation without an answer, and a watch that has told since that its Job ${isGone ? "has come and gone" : "is there"}, when it is asked for again, then it is taken up and none is made`, async () => {
    const { kube, clock, launch, close } = kubernetesWorld();
    kube.loseAnswers(1);
    const lost = await launch(RUN, "waits").catch(toFailure);
    await clock.advance(1000);
    const [name = ""] = kube.made;
    if (isGone) kube.drop("jobs", name);
    const again = await launch(RUN, "waits");
    close();

    assert.equal("tag" in lost && lost.tag, "unknownOutcome");
    assert.deepEqual(again, { id: name, adopted: true });
    assert.deepEqual(kube.made, [name]);
  });
}
