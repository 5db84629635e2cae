import assert from "node:assert/strict";
import { followResource, type FollowState } from "../../../../actors/kubernetes/watching/follow_resource.ts";
import { pacedCalls } from "../../../../actors/kubernetes/requests/paced_calls.ts";
import { tellRights } from "../../../../actors/kubernetes/requests/told_rights.ts";
import { makeRights } from "../../../../actors/kubernetes/watching/rights.ts";
import type { Failure } from "../../../../schemas/failure/failure.ts";
import { mapping } from "../../../../schemas/json/shape.ts";
import { fakeClock } from "../../../support/clock.ts";
import { fakeKube } from "../../../support/kubernetes/fake_kube.ts";
import { pythonJob, RUN } from "../../../support/kubernetes/world.ts";

const FORBIDDEN: Failure = {
  tag: "refused",
  service: "Kubernetes",
  code: "Forbidden",
  operation: "watch jobs",
  message: "forbidden",
};
const EXPIRED: Failure = { ...FORBIDDEN, code: "Expired", message: "too old" };
const AWAY: Failure = { tag: "unreachable", message: "no connection" };
const SILENT: Failure = { tag: "timedOut", message: "nothing came" };

function world() {
  const clock = fakeClock();
  const kube = fakeKube(clock);
  const seen: string[] = [];
  const states: FollowState[] = [];
  const logged: string[] = [];
  const stop = new AbortController();
  const nameOf = (object: Parameters<typeof mapping>[0]) =>
    String(mapping(mapping(object)["metadata"])["name"]);
  const end = followResource({
    query: { resource: "jobs", namespace: "default", labelSelector: null },
    calls: tellRights(
      pacedCalls(kube.calls, { clock, onTurn: () => undefined }),
      makeRights("default", (level, text) => void logged.push(`${level} ${text}`)),
    ).calls,
    handler: {
      replace: (objects) => void seen.push(`all ${objects.map(nameOf).join(" ")}`.trim()),
      put: (object) => void seen.push(`put ${nameOf(object)}`),
      drop: (object) => void seen.push(`gone ${nameOf(object)}`),
    },
    troubles: { failed: () => void logged.push("trouble"), over: () => void logged.push("over") },
    onState: (state) => {
      if (states.at(-1) !== state) states.push(state);
    },
    clock,
    random: () => 0.5,
  }, stop.signal).catch(() => undefined);
  const count = (what: string) => kube.asked.filter((one) => one.startsWith(what)).length;
  return { clock, kube, seen, states, logged, count, stop: () => (stop.abort(), end) };
}

Deno.test("follow: given Jobs that are there and one that comes and goes, when they are followed, then a list and one watch tell them", async () => {
  const { clock, kube, seen, states, count, stop } = world();
  kube.put("jobs", pythonJob("a", RUN));
  await clock.advance(0);
  kube.put("jobs", pythonJob("b", RUN));
  kube.drop("jobs", "a");
  await clock.advance(120_000);
  await stop();

  assert.deepEqual(seen, ["all a", "put b", "gone a"]);
  assert.deepEqual(states, ["fresh"]);
  assert.equal(count("list jobs") + count("watch jobs"), 2);
});

Deno.test("follow: given more Jobs than a page holds, when they are listed, then page after page is asked for", async () => {
  const { clock, kube, seen, count, stop } = world();
  for (let n = 0; n < 600; n++) kube.put("jobs", pythonJob(`job-${n}`, RUN));
  await clock.advance(0);
  await stop();

  assert.equal(seen[0]?.split(" ").length, 601);
  assert.equal(count("list jobs"), 3);
});

Deno.test("follow: given a page that is too old, when it is asked for, then the list begins anew", async () => {
  const { clock, kube, seen, stop } = world();
  kube.fail("list jobs", EXPIRED);
  kube.put("jobs", pythonJob("a", RUN));
  await clock.advance(5000);
  await stop();

  assert.deepEqual(seen, ["all a"]);
});

Deno.test("follow: given an answer that is too long, when it is listed, then pages become smaller", async () => {
  const { clock, kube, seen, stop } = world();
  const fault = { kind: "tooLong", mostBytes: 1 } as const;
  kube.fail("list jobs", { tag: "unavailable", status: 200, message: "too long", fault });
  for (let n = 0; n < 60; n++) kube.put("jobs", pythonJob(`job-${n}`, RUN));
  await clock.advance(1000);
  await stop();

  assert.equal(seen.at(-1)?.split(" ").length, 61);
});

Deno.test("follow: given a watch that ends, when another one is opened, then it goes on where that ended, without a list", async () => {
  const { clock, kube, seen, count, stop } = world();
  await clock.advance(0);
  await clock.advance(60_000);
  kube.cut();
  await clock.advance(10_000);
  kube.put("jobs", pythonJob("a", RUN));
  await clock.advance(0);
  await stop();

  assert.deepEqual(seen, ["all", "put a"]);
  assert.equal(count("list jobs"), 1);
  assert.equal(count("watch jobs"), 2);
});

for (const [what, failure] of [["is too old", EXPIRED], ["was silent for too long", SILENT]] as const) {
  Deno.test(`follow: given a watch that ${what}, when it ends, then Jobs are listed anew`, async () => {
    const { clock, kube, seen, count, stop } = world();
    await clock.advance(60_000);
    kube.cut(failure);
    await clock.advance(0);
    kube.put("jobs", pythonJob("a", RUN));
    await clock.advance(5000);
    await stop();

    assert.match(seen[1] ?? "", /^all/);
    assert.match(seen.at(-1) ?? "", / a$/);
    assert.equal(count("list jobs"), 2);
  });
}

Deno.test("follow: given a watch that broke, when another one is taken up and nothing happens, then Jobs are known from then on", async () => {
  const { clock, kube, states, logged, stop } = world();
  await clock.advance(60_000);
  kube.cut(AWAY);
  await clock.advance(0);
  const between = states.at(-1);
  await clock.advance(1000);
  const after = states.at(-1);
  await stop();

  assert.deepEqual([between, after], ["away", "fresh"]);
  assert.equal(logged.at(-1), "trouble");
});

Deno.test("follow: given a server that ends each watch by an error, when that goes on, then each is a trouble and none a success", async () => {
  const { clock, kube, states, logged, stop } = world();
  await clock.advance(0);
  const before = logged.length;
  for (let n = 0; n < 5; n++) {
    kube.refuseWatches(500);
    await clock.advance(0);
    assert.equal(states.at(-1), "away");
    await clock.advance(6000);
  }
  await stop();

  assert.deepEqual(logged.slice(before), Array.from({ length: 5 }, () => "trouble"));
});

Deno.test("follow: given a watch that the server ends as too old, when Jobs are not listed yet, then they are not known", async () => {
  const { clock, kube, states, seen, stop } = world();
  await clock.advance(60_000);
  kube.refuseWatches(410);
  await clock.advance(0);
  const between = states.at(-1);
  await clock.advance(1000);
  await stop();

  assert.deepEqual([between, states.at(-1), seen.length], ["away", "fresh", 2]);
});

Deno.test("follow: given watches that are cut again and again, when a minute passes, then the API server is asked a few times only", async () => {
  const { clock, kube, count, stop } = world();
  await clock.advance(0);
  for (let n = 0; n < 120; n++) {
    kube.cut();
    await clock.advance(500);
  }
  await stop();

  assert.ok(count("watch jobs") <= 25, `${count("watch jobs")} watches`);
});

Deno.test("follow: given an API server that is away, when it comes back, then Jobs are known again, and it was asked ever more seldom", async () => {
  const { clock, kube, seen, states, count, stop } = world();
  kube.fail("list jobs", ...Array.from({ length: 8 }, () => AWAY));
  await clock.advance(600_000);
  await stop();

  assert.deepEqual(seen, ["all"]);
  assert.deepEqual(states, ["away", "fresh"]);
  assert.ok(count("list jobs") <= 10);
});

Deno.test("follow: given an account that may not watch, when Jobs change, then lists tell it, one warning names the right, and it is tried again later", async () => {
  const { clock, kube, seen, logged, count, stop } = world();
  kube.fail("watch jobs", FORBIDDEN);
  await clock.advance(0);
  kube.put("jobs", pythonJob("a", RUN));
  await clock.advance(5000);
  const soon = seen.at(-1);
  await clock.advance(60_000);
  await stop();

  assert.equal(soon, "all a");
  assert.equal(logged.filter((line) => /may not watch jobs \(group batch\)/.test(line)).length, 1);
  assert.equal(count("watch jobs"), 2);
});
