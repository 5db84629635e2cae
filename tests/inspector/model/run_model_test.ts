import assert from "node:assert/strict";
import { makeNotes, type Note } from "../../../inspector/feed/notes.ts";
import { makeRunModel, type ModelBounds, takeNote } from "../../../inspector/model/run_model.ts";
import { makeViews } from "../../../inspector/views.ts";
import { traceLine } from "../../../inspector/trace_line.ts";
import { timeline } from "../../../inspector/timeline.ts";
import type { Failure } from "../../../schemas/failure/failure.ts";
import { endOf } from "../../../schemas/prefect1/state.ts";
import { makeRedactor } from "../../../schemas/secrets/redact.ts";
import { inspectedAgent, type InspectedScript, TASK_ARN } from "../../support/inspected_agent.ts";
import { SOME_PLATFORM } from "../support/platform_view.ts";

const redact = makeRedactor();
const throttled: Failure = { tag: "throttled", retryAfterMs: 0, message: "Rate exceeded" };
const refused: Failure = {
  tag: "refused",
  service: "ECS",
  code: "AccessDeniedException",
  operation: "RunTask",
  message: "An error occurred (AccessDeniedException) when calling the RunTask operation: no",
};

/** A model that looks at a running agent. */
function looking(script: InspectedScript = {}, bounds: Partial<ModelBounds> = {}) {
  const model = makeRunModel(bounds);
  const lines: string[] = [];
  const agent = inspectedAgent((event) => {
    const note: Note | null = take(event);
    const taken = note === null ? null : takeNote(model, note);
    if (taken !== null) lines.push(traceLine(taken.run?.id ?? null, taken.step, redact));
  }, script);
  const views = makeViews(model, {
    redact,
    limiters: () => [],
    prefectUi: "http://ui/",
    platform: SOME_PLATFORM,
  });
  return { ...agent, model, views, lines };
}
// Inspection begins while the agent is being made, so the clock cannot be the agent's own.
const clockOf = { now: () => 0 };
const take = makeNotes({ now: () => clockOf.now() });

Deno.test("model: given a run on its way, when looked at, then its row says where it is and what it waits for", async () => {
  const { find, clock, views, actor } = looking({ ends: false });
  clockOf.now = clock.now;
  await clock.advance(0);

  find("run-1");
  await clock.advance(80);
  const [row] = views.overview(clock.now()).runs;

  assert.equal(row?.state, "runningTask");
  assert.equal(row?.waitingFor, "ECS to start its task, attempt 1");
  assert.equal(row?.flow, "etl");
  assert.equal(row?.outcome, null);
  assert.equal(row?.deadlineMs, (row?.sinceMs ?? 0) + 90_000);
  actor.stop();
});

Deno.test("model: given a finished run, when looked at, then steps, calls, edges and links are whole", async () => {
  const { find, clock, views, actor } = looking();
  clockOf.now = clock.now;
  await clock.advance(0);
  find("run-1");
  await clock.advance(1000);

  const detail = views.detail("run-1");

  assert.deepEqual(detail?.steps.map(({ to }) => to), [
    "claiming",
    "planning",
    "ensuringTaskDefinition",
    "runningTask",
    "reporting",
    "watching",
    "completed",
  ]);
  assert.deepEqual(
    detail?.calls.map(({ name, result, startedMs, endedMs }) => [name, result, (endedMs ?? 0) - startedMs]),
    [
      ["claimRun", "done", 40],
      ["planLaunch", "done", 5],
      ["ensureTaskDefinition", "done", 0],
      ["runTask", "done", 60],
      ["reportRun", "done", 10],
      ["watchTask", "stopped", 500],
    ],
  );
  assert.equal(detail?.taken["runningTask>reporting"], 1);
  assert.deepEqual(detail?.links.map(({ label }) => label), ["Prefect run", "ECS task", "Log stream"]);
  assert.equal(detail?.row.taskId, TASK_ARN);
  assert.deepEqual(detail?.next, []);
  actor.stop();
});

Deno.test("model: given runs in many states, when counted, then every run counts once", async () => {
  const { find, clock, views, actor } = looking();
  clockOf.now = clock.now;
  await clock.advance(0);
  find("run-1", "run-2", "lost-3");
  await clock.advance(45);
  find("run-4");
  await clock.advance(1);

  const { counts } = views.overview(clock.now());

  assert.deepEqual(counts.states, { runningTask: 2, claiming: 1 });
  assert.deepEqual(counts.outcomes, { lostClaim: 1 });
  assert.equal(counts.total, 4);
  actor.stop();
});

Deno.test("model: given a throttled launch, when it backs off, then the way on and the error are shown", async () => {
  const { find, clock, views, actor } = looking({ launches: [throttled] });
  clockOf.now = clock.now;
  await clock.advance(0);
  find("run-1");
  await clock.advance(150);

  const { runs: [row], errors } = views.overview(clock.now());
  const next = views.detail("run-1")?.next ?? [];
  await clock.advance(2000);
  const calls = views.detail("run-1")?.calls ?? [];

  assert.equal(row?.waitingFor, "the next try of runningTask, retry 1, after: Rate exceeded");
  assert.deepEqual(errors.map(({ runId, state, failure }) => [runId, state, failure.tag]), [
    ["run-1", "runningTask", "throttled"],
  ]);
  assert.ok(
    next.some(({ target, guard }) => target === "runningTask" && guard === "isResumedAt runningTask"),
  );
  assert.deepEqual(
    calls.filter(({ name }) => name === "runTask").map(({ result, retry }) => [result, retry]),
    [
      ["failed", 0],
      ["done", 1],
    ],
  );
  actor.stop();
});

Deno.test("model: given a refused launch, when it has ended, then the timeline tells the reason", async () => {
  const { find, clock, views, actor } = looking({ launches: [refused] });
  clockOf.now = clock.now;
  await clock.advance(0);
  find("run-1");
  await clock.advance(1000);

  const detail = views.detail("run-1");
  const lines = detail === null ? [] : timeline(detail, SOME_PLATFORM.words);

  assert.equal(detail?.row.outcome, "failed");
  assert.ok(
    lines.some((line) => line.includes("awsRefused: An error occurred (AccessDeniedException)")),
    lines.join("\n"),
  );
  assert.match(lines.at(-1) ?? "", /^Ended: Failed \(its machine: failed in failed\): An error/);
  actor.stop();
});

Deno.test("trace: given a run, when it steps, then each step is one line", async () => {
  const { find, clock, lines, actor } = looking();
  clockOf.now = clock.now;
  await clock.advance(0);
  find("1f3a55c0-0000");
  await clock.advance(1000);

  assert.ok(lines.includes("run 1f3a55c0  claiming --(claimRun done)--> planning  40 ms"), lines.join("\n"));
  assert.ok(
    lines.includes(
      "run 1f3a55c0  runningTask --(runTask done)--> reporting  60 ms",
    ),
  );
  assert.ok(lines.includes("agent  starting --(startAgent done)--> polling  0 ms"));
  actor.stop();
});

Deno.test("model: given more ended runs than are kept, when they are forgotten, then pages that come back are told", async () => {
  const { find, clock, views, model, actor } = looking({}, { runs: 5 });
  clockOf.now = clock.now;
  await clock.advance(0);
  find("a1", "a2", "a3", "a4");
  await clock.advance(1000);
  const before = model.changed;
  find("b1", "b2", "b3");
  await clock.advance(1000);

  const update = views.since(before, clock.now());

  assert.equal(model.runs.size, 5);
  assert.deepEqual(update?.gone.toSorted(), ["a1", "a2"]);
  assert.deepEqual(update?.runs.map(({ id }) => id), ["b1", "b2", "b3"]);
  assert.equal(update?.counts?.total, 7);
  assert.equal(views.detail("a1"), null);
  actor.stop();
});

Deno.test("model: given more steps than are kept, when runs have ended, then rows stay and the oldest steps go", async () => {
  const { find, clock, views, model, actor } = looking({}, { steps: 20 });
  clockOf.now = clock.now;
  await clock.advance(0);
  for (const id of ["a1", "a2", "a3", "a4"]) {
    find(id);
    await clock.advance(1000);
  }

  assert.equal(model.runs.size, 4);
  assert.deepEqual(views.detail("a1")?.steps, []);
  assert.equal(views.detail("a1")?.dropped, 7);
  assert.equal(views.detail("a4")?.steps.length, 7);
  actor.stop();
});

Deno.test("model: given a run that comes back, when it ends again, then it is one row with both ways", async () => {
  const { find, clock, views, actor } = looking();
  clockOf.now = clock.now;
  await clock.advance(0);
  find("run-1");
  await clock.advance(1000);
  find("run-1");
  await clock.advance(1000);

  const { runs, counts } = views.overview(clock.now());

  assert.equal(runs.length, 1);
  assert.deepEqual(counts.outcomes, { completed: 1 });
  assert.equal(views.detail("run-1")?.steps.length, 14);
  assert.equal(views.detail("run-1")?.taken["claiming>planning"], 2);
  actor.stop();
});

Deno.test("model: given an agent that ends, when runs are still on their way, then they are abandoned", async () => {
  const { find, clock, views, actor } = looking();
  clockOf.now = clock.now;
  await clock.advance(0);
  find("run-1");
  await clock.advance(60);

  actor.send({ type: "stop.forced" });

  const { runs: [row], agent } = views.overview(clock.now());
  assert.equal(row?.outcome, "abandoned");
  assert.equal(row?.state, "runningTask");
  assert.equal(agent.state, "stopped");
});

Deno.test("model: given a launch that waits for its turn, when looked at, then its row says so until it is sent", async () => {
  const turn: { of: string | null } = { of: "waiting for RunTask: 3 calls at 1.0 per second" };
  const { find, clock, model, actor } = looking({ ends: false });
  const views = makeViews(model, {
    redact: makeRedactor(),
    limiters: () => [],
    prefectUi: null,
    platform: { ...SOME_PLATFORM, waitsFor: () => turn.of },
    requestIds: (runId, { name }) => [`${runId} ${name}`],
  });
  clockOf.now = clock.now;
  await clock.advance(0);
  find("run-1");
  const waits = async (ms: number): Promise<string | null | undefined> => {
    await clock.advance(ms);
    return views.detail("run-1")?.row.waitingFor;
  };

  const seen = [await waits(20), await waits(60)];
  turn.of = null;
  seen.push(await waits(1));

  assert.deepEqual(seen, [
    "the Prefect API to answer the claim",
    "RunTask: 3 calls at 1.0 per second",
    "ECS to start its task, attempt 1",
  ]);
  assert.deepEqual(views.detail("run-1")?.calls.at(-1)?.requestIds, ["run-1 runTask"]);
  actor.stop();
});

for (const state of ["Success", "Failed", "Cancelled", "TimedOut"]) {
  Deno.test(`model: given a flow that ended as ${state}, when looked at, then row, counts, trace and timeline say so beside the machine's state`, async () => {
    const end = endOf(state);
    const { find, clock, views, actor, lines } = looking({ end });
    clockOf.now = clock.now;
    await clock.advance(0);
    find("run-1");
    await clock.advance(2000);

    const { runs: [row], counts } = views.overview(clock.now());
    const detail = views.detail("run-1");
    const [last = ""] = detail === null ? [] : timeline(detail, SOME_PLATFORM.words).slice(-1);
    assert.deepEqual([row?.state, row?.outcome, row?.end], ["completed", "completed", end]);
    assert.deepEqual(counts.ends, [{ name: state, kind: end?.kind ?? null, count: 1 }]);
    assert.deepEqual(counts.outcomes, { completed: 1 });
    assert.ok(lines.at(-1)?.endsWith(`the flow run ended as ${state}`) ?? false, lines.at(-1));
    assert.equal(last, `Ended: ${state} (its machine: completed in completed)`);
    actor.stop();
  });
}

Deno.test("model: given a run whose own end is not known, when looked at, then only its machine is told, and a run that comes back has no end", async () => {
  const { find, clock, views, actor } = looking({ end: null });
  clockOf.now = clock.now;
  await clock.advance(0);
  find("run-1");
  await clock.advance(2000);
  const { runs: [row], counts } = views.overview(clock.now());
  find("run-1");
  const back = views.overview(clock.now());

  assert.deepEqual([row?.outcome, row?.end], ["completed", null]);
  assert.deepEqual(counts.ends, [{ name: "completed", kind: null, count: 1 }]);
  assert.deepEqual([back.counts.ends, back.runs[0]?.outcome, back.runs[0]?.end], [[], null, null]);
  actor.stop();
});
