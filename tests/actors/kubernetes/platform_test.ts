import assert from "node:assert/strict";
import type { KubernetesPlan } from "../../../schemas/kubernetes/plan.ts";
import { containerStatus, ending, podOf } from "../../support/kubernetes/fake_kube.ts";
import { kubernetesWorld, OTHER_RUN, planOf, pythonJob, RUN } from "../../support/kubernetes/world.ts";
import { testPlatform } from "../../support/test_platform.ts";
import { FailureError, toFailure } from "../../../schemas/failure/failure.ts";

testPlatform<KubernetesPlan>("Kubernetes", () => {
  const { platform, kube, clock, close } = kubernetesWorld();
  return Promise.resolve({
    platform,
    plan: (runId, behaviour) => planOf(runId, behaviour),
    badPlan: (runId) => planOf(runId, "waits", { namespace: "elsewhere" }),
    started: () => kube.made.length,
    registered: () => 0,
    pass: () => clock.advance(50),
    close: async () => {
      close();
      await clock.advance(0);
    },
  });
});

Deno.test("kubernetes: given a creation whose answer is lost, when it is asked for again, then the one Job is found", async () => {
  const { kube, launch, close } = kubernetesWorld();
  kube.loseAnswers(1);

  const failure = await launch(RUN, "waits").catch(toFailure);
  const task = await launch(RUN, "waits");
  close();

  assert.equal("tag" in failure && failure.tag, "unknownOutcome");
  assert.equal(task.adopted, true);
  assert.deepEqual(kube.made, [task.id]);
});

Deno.test("kubernetes: given somebody else's Job of the name, when a run is launched, then it is refused by that name and the Job is left alone", async () => {
  const { kube, launch, close } = kubernetesWorld();
  const { id } = await launch(RUN, "waits");
  const { kube: other, launch: again, close: closeOther } = kubernetesWorld();
  other.put("jobs", pythonJob(id, OTHER_RUN));

  const failure = await again(RUN, "waits").catch(toFailure);
  close();
  closeOther();

  assert.ok("tag" in failure && failure.tag === "refused" && failure.message.includes(id));
  assert.equal(kube.made.length, 1);
  assert.equal(other.made.length, 0);
  assert.ok(other.all("jobs").has(id));
});

for (const keepJobs of ["none", "all"] as const) {
  Deno.test(`kubernetes: given a pod of an earlier Job and --keep-jobs ${keepJobs}, when its run is launched again, then that Job is deleted first and one line says why`, async () => {
    const { kube, launch, logged, close } = kubernetesWorld({ keepJobs });
    kube.put("jobs", pythonJob("old", RUN));
    kube.put("pods", podOf(pythonJob("old", RUN), { phase: "Pending" }));
    const { id } = await launch(RUN, "waits");
    close();

    const order = kube.asked.filter((what) => /^(create|delete)/.test(what));
    assert.deepEqual(order, ["delete jobs old", `create jobs ${id}`]);
    assert.equal(logged.filter((line) => line.includes("old is deleted")).length, 1);
  });
}

Deno.test("kubernetes: given a pod of an earlier Job that does not end, when its run is launched again, then it is put off and no second Job is made", async () => {
  const { kube, launch, close } = kubernetesWorld();
  kube.put("jobs", pythonJob("old", RUN, { metadata: { ...deleting("old"), labels: { ...labels("old") } } }));
  kube.put("pods", podOf(pythonJob("old", RUN), { phase: "Running" }));

  const failure = await launch(RUN, "waits").catch(toFailure);
  close();

  assert.ok("tag" in failure && failure.tag === "notPlaced" && failure.class === "accountLimit");
  assert.equal(kube.made.length, 0);
});

function labels(name: string) {
  return { "prefect.io/identifier": name, "prefect.io/flow_run_id": RUN };
}

function deleting(name: string) {
  return { name, uid: `uid-${name}`, deletionTimestamp: "2023-01-02T03:04:05Z" };
}

Deno.test("kubernetes: given an earlier Job that has finished, when its run is launched again, then it is no obstacle", async () => {
  const { kube, launch, close } = kubernetesWorld();
  kube.put("jobs", pythonJob("old", RUN, { status: ending("Failed") }));
  await launch(RUN, "waits");
  close();

  assert.equal(kube.asked.filter((what) => what.startsWith("delete")).length, 0);
});

Deno.test("kubernetes: given a claim that is lost, when a pod of an earlier Job is there, then that Job is not deleted", async () => {
  const { kube, launch, close } = kubernetesWorld();
  kube.put("jobs", pythonJob("old", RUN));
  const lost = new FailureError({ tag: "claimLost", message: "another process has it" });

  const failure = await launch(RUN, "waits", { confirm: () => Promise.reject(lost) }).catch(toFailure);
  close();

  assert.equal("tag" in failure && failure.tag, "claimLost");
  assert.ok(kube.all("jobs").has("old"));
});

Deno.test("kubernetes: given a Job that ended, when its run knows, then it is deleted once, and told no more", async () => {
  const { clock, kube, launch, listen, changes, close } = kubernetesWorld();
  const stop = listen(({ seen }) => seen.phase === "stopped" ? "handled" : "followed");
  const { id } = await launch(RUN, "endsWell");
  await clock.advance(60_000);
  const told = changes.filter(({ seen }) => seen.phase === "stopped").length;
  stop();
  close();

  assert.equal(told, 1);
  assert.deepEqual(kube.asked.filter((what) => what.startsWith("delete")), [`delete jobs ${id}`]);
});

for (
  const [keepJobs, play, isDeleted] of [
    ["none", "endsWell", true],
    ["none", "fails", true],
    ["failed", "endsWell", true],
    ["failed", "fails", false],
    ["all", "endsWell", false],
    ["all", "fails", false],
  ] as const
) {
  Deno.test(`kubernetes: given --keep-jobs ${keepJobs}, when a Job ${play}, then it ${isDeleted ? "is deleted" : "stays"}`, async () => {
    const { clock, kube, launch, listen, close } = kubernetesWorld({ keepJobs });
    const stop = listen(() => "handled");
    const { id } = await launch(RUN, play);
    await clock.advance(10_000);
    stop();
    close();

    assert.equal(kube.all("jobs").has(id), !isDeleted);
  });
}

Deno.test("kubernetes: given a Job whose end cannot be dealt with yet, when time passes, then it is told again and stays", async () => {
  const { clock, kube, launch, listen, changes, close } = kubernetesWorld();
  const stop = listen(() => "later");
  const { id } = await launch(RUN, "fails");
  await clock.advance(20_000);
  const told = changes.filter(({ seen }) => seen.phase === "stopped").length;
  stop();
  close();

  assert.ok(told > 3, `told ${told} times`);
  assert.ok(kube.all("jobs").has(id));
});

Deno.test("kubernetes: given Jobs of a run that the API does not know and of none, when they are told, then they are left alone and each has one line", async () => {
  const { clock, kube, listen, logged, close } = kubernetesWorld();
  kube.put("jobs", pythonJob("unknown", RUN, { status: ending("Complete") }));
  kube.put("jobs", pythonJob("nobody", null, { status: ending("Complete") }));
  const stop = listen(() => "alone");
  await clock.advance(1_300_000);
  stop();
  close();

  assert.deepEqual([...kube.all("jobs").keys()], ["unknown", "nobody"]);
  for (const name of ["unknown", "nobody"]) {
    assert.equal(logged.filter((line) => line.includes(`Job ${name} `)).length, 1, name);
  }
});

Deno.test("kubernetes: given an image that is not pulled for 10 s, when nothing else changes, then the Job is told as ended and no longer listed", async () => {
  const { clock, kube, platform, listen, changes, signal, during, close } = kubernetesWorld();
  const job = pythonJob("pull", RUN);
  kube.put("jobs", job);
  const waiting = { waiting: { reason: "ImagePullBackOff", message: 'Back-off pulling image "x"' } };
  kube.put("pods", podOf(job, { phase: "Pending", containerStatuses: [containerStatus("flow", waiting)] }));
  const stop = listen(() => "followed");
  await clock.advance(9000);
  const before = changes.filter(({ seen }) => seen.phase === "stopped").length;
  await clock.advance(2000);
  const after = changes.filter(({ seen }) => seen.phase === "stopped").length;
  const place = platform.place(null, RUN);
  const listed = await during(platform.list({ runId: RUN, taskId: null, place }, signal));
  stop();
  close();

  assert.equal(before, 0);
  assert.ok(after > 0);
  assert.deepEqual(listed, { outcome: "listed", ids: [] });
});

Deno.test("kubernetes: given a Job that somebody deletes, when it is explained, then it says so", async () => {
  const { clock, kube, launch, platform, signal, during, close } = kubernetesWorld();
  const { id } = await launch(RUN, "waits");
  await clock.advance(2000);
  kube.drop("jobs", id);
  const task = { id, place: platform.place(null, RUN) };
  const seen = (await during(platform.look([task], signal))).get(id);
  close();

  assert.ok(seen?.phase === "stopped" && seen.endedByItself && seen.failed);
  const { message } = platform.explain({ runId: RUN, taskId: id, seen, wasRunning: true, log: null });
  assert.match(message, /deleted by somebody else/);
});

Deno.test("kubernetes: given an account that may not list, when Jobs are looked at, then it is denied, one warning names the right, and launches go on", async () => {
  const { clock, kube, launch, platform, signal, logged, close } = kubernetesWorld();
  const forbidden = {
    tag: "refused",
    service: "Kubernetes",
    code: "Forbidden",
    operation: "list jobs",
    message: "forbidden",
  } as const;
  kube.fail("list jobs", forbidden, forbidden, forbidden);
  const { id } = await launch(RUN, "waits");
  await clock.advance(70_000);
  const sight = (await platform.look([{ id, place: platform.place(null, RUN) }], signal)).get(id);
  close();

  assert.equal(sight?.phase, "denied");
  assert.equal(logged.filter((line) => /may not list jobs \(group batch\)/.test(line)).length, 1);
});

Deno.test("kubernetes: given an API server that is away, when Jobs cannot be followed, then one line says so, and nothing counts as gone", async () => {
  const { clock, kube, platform, launch, signal, logged, close } = kubernetesWorld();
  const { id } = await launch(RUN, "waits");
  await clock.advance(2000);
  const away = Array.from({ length: 20 }, () => ({ tag: "unreachable", message: "no connection" }) as const);
  for (const what of ["jobs", "pods", "events"]) kube.fail(`watch ${what}`, ...away);
  kube.cut({ tag: "unreachable", message: "no connection" });
  await clock.advance(40_000);
  const sight = (await platform.look([{ id, place: platform.place(null, RUN) }], signal)).get(id);
  close();

  assert.equal(logged.filter((line) => line.includes("Cannot follow the Jobs")).length, 1);
  assert.equal(sight?.phase, "running");
});

Deno.test("kubernetes: given a launch of which nothing was sent, when its Jobs are looked for while the API server is away, then there are none; of a run of an earlier process nothing is known", async () => {
  const { kube, platform, launch, signal, during, close } = kubernetesWorld();
  const away = Array.from({ length: 500 }, () => ({ tag: "unreachable", message: "no connection" }) as const);
  for (const what of ["jobs", "pods", "events"]) kube.fail(`list ${what}`, ...away);
  const place = platform.place(null, RUN);
  await launch(RUN, "waits").catch(toFailure);
  const own = await during(platform.list({ runId: RUN, taskId: null, place }, signal));
  const other = await during(platform.list({ runId: OTHER_RUN, taskId: null, place }, signal)).catch(
    toFailure,
  );
  close();

  assert.deepEqual(own, { outcome: "listed", ids: [] });
  assert.ok("tag" in other && other.tag === "timedOut");
});

for (
  const [what, quietMs, isToldNow, ids, lists] of [
    ["tells nothing", 6000, false, ["unseen"], 2],
    ["has told of another Job and its pod a moment ago", 6000, true, [], 0],
  ] as const
) {
  Deno.test(`list: given a Job of which no watch has told, when a watch ${what}, then ${lists} lists of the run are asked for and these are found: ${ids.join()}`, async () => {
    const { kube, clock, platform, during, signal, close } = kubernetesWorld();
    await platform.look([], signal);
    await clock.advance(quietMs);
    kube.putUnseen("jobs", pythonJob("unseen", RUN));
    if (isToldNow) kube.put("jobs", pythonJob("other", OTHER_RUN));
    if (isToldNow) kube.put("pods", podOf(pythonJob("other", OTHER_RUN), { phase: "Running" }));
    const before = kube.asked.length;
    const place = platform.place(null, RUN);
    const listed = await during(platform.list({ runId: RUN, taskId: null, place }, signal));
    close();

    assert.deepEqual(listed, { outcome: "listed", ids });
    assert.equal(kube.asked.slice(before).filter((one) => one.startsWith("list")).length, lists);
  });
}
