import assert from "node:assert/strict";
import { pacedCalls } from "../../../../actors/kubernetes/requests/paced_calls.ts";
import { type Failure, FailureError, toFailure } from "../../../../schemas/failure/failure.ts";
import { KUBE_LIMITS } from "../../../../schemas/kubernetes/pacing.ts";
import { fakeClock, settle } from "../../../support/clock.ts";
import { fakeKube } from "../../../support/kubernetes/fake_kube.ts";
import { pythonJob, RUN } from "../../../support/kubernetes/world.ts";

const SIGNAL = new AbortController().signal;
const THROTTLED: Failure = { tag: "throttled", retryAfterMs: 7000, message: "slower" };
const QUERY = { resource: "jobs", namespace: "default", labelSelector: null, limit: 9, next: null } as const;

function setUp() {
  const clock = fakeClock();
  const kube = fakeKube(clock);
  const paced = pacedCalls(kube.calls, { clock, onTurn: () => undefined });
  const create = (name: string, confirm = () => Promise.resolve()) =>
    paced.createJob(
      { waiter: name, confirm },
      "default",
      pythonJob(name, RUN),
      { isQuiet: false },
      SIGNAL,
    );
  return { clock, kube, paced, create };
}

for (const what of ["list jobs", "delete jobs", "get jobs", "get pods/log", "create jobs"] as const) {
  Deno.test(`pace: given a server that throttles ${what}, when it is asked, then who asks knows at once how long to wait, and the pace is slower`, async () => {
    const { clock, kube, paced: { calls, view }, create } = setUp();
    kube.fail(what, THROTTLED);
    const beganMs = clock.now();
    const ask = {
      "list jobs": () => calls.list(QUERY, SIGNAL),
      "delete jobs": () => calls.deleteJob({ namespace: "default", name: "a" }, "", SIGNAL),
      "get jobs": () => calls.readJob({ namespace: "default", name: "a" }, SIGNAL),
      "get pods/log": () => calls.readLog({ namespace: "default", name: "a", container: "c" }, 1, SIGNAL),
      "create jobs": () => create("a"),
    }[what];
    const failure = await ask().catch(toFailure);

    assert.deepEqual(failure, THROTTLED);
    assert.equal(clock.now(), beganMs);
    assert.deepEqual(Object.values(view()).filter(({ fill }) => fill === 0).length, 1);
  });
}

Deno.test("pace: given a claim that cannot be confirmed because Prefect throttles, when a Job is to be created, then nothing is sent and the pace stays", async () => {
  const { kube, paced: { view }, create } = setUp();
  const failure = await create("a", () => Promise.reject(new FailureError(THROTTLED))).catch(toFailure);

  assert.deepEqual([failure, kube.made.length], [THROTTLED, 0]);
  assert.ok(view().create.fill > 0.9);
});

Deno.test("pace: given creations that wait, when it is asked what for, then each names those before it and not itself", async () => {
  const { clock, paced: { waitsFor }, create } = setUp();
  const first = Array.from({ length: KUBE_LIMITS.create.burst }, (_, n) => create(`first-${n}`));
  const names = ["a", "b", "c"];
  const later = [...names].map((name) => create(name));
  await settle();
  const waiting = names.map(waitsFor);
  await clock.advance(5000);
  await Promise.all([...first, ...later]);

  const what = "waiting for its turn to create a Job, ";
  const before = waiting.map((text) => text?.replace(what, ""));
  const ahead = before.map((text) =>
    text === "the next one" ? 0 : Number(/behind (\d+) other/.exec(text ?? "")?.[1])
  );
  assert.deepEqual(ahead.map((count) => count - (ahead[0] ?? 0)), [0, 1, 2], waiting.join("; "));
  assert.deepEqual(names.map(waitsFor), [null, null, null]);
});

Deno.test("pace: given one creation alone that waits, when it is asked what for, then it is the next one", async () => {
  const { clock, paced: { waitsFor, view }, create } = setUp();
  const sent: Promise<unknown>[] = [];
  while (view().create.waiting === 0) sent.push(create(`job-${sent.length}`));
  await settle();
  const text = waitsFor(`job-${sent.length - 1}`);
  await clock.advance(1000);
  await Promise.all(sent);

  assert.equal(text, "waiting for its turn to create a Job, the next one");
});
