/** What holds for a watched run whatever is seen of it, and in whatever order. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type Look,
  look,
  needsLook,
  startWatching,
  type Step,
  type WatchedRun,
} from "../../../actors/watch/watched_run.ts";
import type { RunState } from "../../../schemas/contracts/orchestrator.ts";
import type { LiveTask, StoppedTask, TaskPlace } from "../../../schemas/contracts/platform.ts";
import { someClaim } from "../../support/claim.ts";
import { runState } from "../../support/watched_world.ts";

const GRACES = { missingGraceMs: 60_000, reportGraceMs: 10_000 };

const LIVE: fc.Arbitrary<LiveTask> = fc.constantFrom(
  { phase: "pending", status: "PENDING" },
  { phase: "running", status: "RUNNING" },
  { phase: "stopping", status: "STOPPING" },
);
const STOPPED: fc.Arbitrary<StoppedTask> = fc.record({
  phase: fc.constant("stopped" as const),
  status: fc.constant("STOPPED"),
  failed: fc.boolean(),
  neverRan: fc.boolean(),
  endedByItself: fc.boolean(),
  class: fc.constantFrom("transientStart", "configuration", "infrastructure", "exited", "tooSlow", "unknown"),
  evidence: fc.constant(null),
});
const MISSING = { phase: "missing" } as const;
const OTHERS = fc.constantFrom("none" as const, "denied" as const, { id: "task-1" }, { id: "task-2" });
const SHOWN: fc.Arbitrary<RunState> = fc.oneof(
  { arbitrary: fc.constantFrom("Submitted", "Running").map((type) => runState(type)), weight: 4 },
  fc.constantFrom("Scheduled", "Queued", "Success", "Failed", "Cancelling", "Cancelled").map((type) =>
    runState(type)
  ),
  fc.constant(runState("Submitted", { marker: someClaim("v9").marker })),
);
/** Undefined: the read does not show the run. */
const STATE: fc.Arbitrary<RunState | undefined> = fc.oneof(
  { arbitrary: SHOWN, weight: 6 },
  fc.constant(undefined),
);
/** What a look would find, whichever the watcher makes next. */
const ROUND = fc.record({
  waitedMs: fc.integer({ min: 0, max: 30_000 }),
  /** The state of the run is read, where its task may be looked at as well. */
  isRead: fc.boolean(),
  sight: fc.oneof(LIVE, STOPPED, fc.constant(MISSING)),
  /** Time until the list is answered. */
  listMs: fc.integer({ min: 0, max: 5000 }),
  live: fc.oneof(OTHERS, fc.constant("unknown" as const)),
  state: STATE,
  /** What a read that does not show the run says of the others. */
  others: fc.constantFrom("shown" as const, "odd" as const),
  found: fc.oneof(OTHERS, fc.constant("meant" as const)),
  isAway: fc.boolean(),
});
type Round = typeof ROUND extends fc.Arbitrary<infer T> ? T : never;
const STORY = fc.array(ROUND, { maxLength: 40 });

/** How a run is taken on. */
const START: fc.Arbitrary<WatchedRun> = fc.record({
  taskId: fc.constantFrom("task-1", null),
  canList: fc.boolean(),
  isEarly: fc.boolean(),
  isLate: fc.boolean(),
  delegatesToOtherJob: fc.boolean(),
}).map(({ taskId, canList, isEarly, isLate, delegatesToOtherJob }) => {
  const place: TaskPlace = { canList, label: "Task", detail: null };
  const claim = { key: "v1", isLate };
  return startWatching({ runId: "run-1", claim, taskId, place, delegatesToOtherJob }, isEarly);
});

/** One look as it was taken in. */
interface Moment {
  readonly before: WatchedRun;
  readonly seen: Look;
  readonly after: WatchedRun;
  readonly steps: readonly Step[];
}

/** Takes in a story as the watcher does: what it looks at follows from how the run stands. */
function play(start: WatchedRun, story: readonly Round[]): readonly Moment[] {
  const moments: Moment[] = [];
  let [run, nowMs, state] = [deepFreeze(start), 1_000_000, runState("Running")];
  const takeIn = (seen: Look): void => {
    const [after, steps] = look(run, deepFreeze(seen), GRACES);
    moments.push({ before: run, seen, after: deepFreeze(after), steps });
    for (const step of steps) if (step.do === "inquire") state = step.state;
    run = after;
  };
  for (const round of story) {
    nowMs += round.waitedMs;
    if (run.stage.name === "settling") {
      takeIn(round.isAway ? { of: "failure" } : { of: "inquiry", state, found: round.found, atMs: nowMs });
    } else if (round.isRead || !needsLook(run)) {
      if (round.state !== undefined) takeIn({ of: "run", state: round.state, atMs: nowMs });
      else takeIn({ of: "absence", others: round.others, atMs: nowMs });
      if (!does(moments.at(-1)?.steps ?? [], "listAbsent")) continue;
      nowMs += round.listMs;
      takeIn({ of: "absentList", live: round.live, atMs: nowMs });
    } else {
      takeIn({ of: "task", sight: run.taskId === null ? MISSING : round.sight, atMs: nowMs });
      if (!does(moments.at(-1)?.steps ?? [], "list")) continue;
      const askedMs = nowMs;
      nowMs += round.listMs;
      takeIn({ of: "list", live: round.live, askedMs, atMs: nowMs });
    }
  }
  return moments;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}

/** A property of every moment of every story. */
function always(holds: (moment: Moment, all: readonly Moment[], at: number) => void): void {
  fc.assert(fc.property(START, STORY, (start, story) => {
    play(start, story).forEach((moment, at, all) => holds(moment, all, at));
  }));
}

const does = (steps: readonly Step[], what: Step["do"]) => steps.some((step) => step.do === what);
const tells = (steps: readonly Step[], type: string) =>
  steps.some((step) => step.do === "tell" && step.event.type === type);

Deno.test("watched run: given any looks, when taken in twice, then the answers are equal and nothing is changed in place", () => {
  fc.assert(fc.property(START, STORY, (start, story) => {
    assert.deepEqual(play(start, story), play(start, story));
  }));
});

Deno.test("watched run: given any looks, when taken in, then the start is told once at most", () => {
  fc.assert(fc.property(START, STORY, (start, story) => {
    const told = play(start, story).filter(({ steps }) => tells(steps, "task.started"));
    assert.ok(told.length <= 1);
  }));
});

Deno.test("watched run: given a task that is known, when it is missing for less than the grace, then its run's tasks are not listed", () => {
  always(({ before, seen, steps }) => {
    if (seen.of !== "task" || !does(steps, "list") || before.taskId === null) return;
    assert.ok(before.stage.name === "missing" && seen.atMs - before.stage.sinceMs >= GRACES.missingGraceMs);
  });
});

Deno.test("watched run: given tasks that cannot be told apart and none that is known, when looked for, then nothing is concluded", () => {
  always(({ before, seen, after, steps }) => {
    const { place } = before.target;
    if (before.taskId !== null || place.canList || seen.of !== "task" || seen.sight.phase !== "missing") {
      return;
    }
    assert.deepEqual([after, steps], [before, []]);
  });
});

Deno.test("watched run: given a task that is missing, when it counts as gone, then the grace was over at the moment of asking", () => {
  always(({ before, seen, after }) => {
    if (seen.of !== "list" || after.stage.name !== "stopped" || before.stage.name !== "missing") return;
    assert.ok(seen.askedMs - before.stage.sinceMs >= GRACES.missingGraceMs);
    assert.equal(after.stage.seen, null);
  });
});

Deno.test("watched run: given a task that has gone, when its run is inquired about, then the run had its time to report and did not", () => {
  always(({ before, seen, after, steps }) => {
    if (!does(steps, "inquire")) return;
    assert.ok(seen.of === "run" && before.stage.name === "stopped");
    assert.ok(seen.atMs - before.stage.atMs >= GRACES.reportGraceMs);
    const { finished, scheduled, queued, cancelling } = seen.state;
    assert.deepEqual([finished, scheduled && !queued, cancelling], [false, false, false]);
    assert.equal(after.stage.name, "settling");
  });
});

Deno.test("watched run: given a run that is being settled, when it is, then it is explained, let go or followed, and one of these alone", () => {
  always(({ before, seen, after, steps }) => {
    if (seen.of !== "inquiry" || before.stage.name !== "settling") return;
    const ways = [
      does(steps, "explain"),
      tells(steps, "run.ended"),
      after.stage.name === "followed",
      after.stage.name === "stopped",
    ];
    assert.equal(ways.filter((way) => way).length, 1);
  });
});

Deno.test("watched run: given any looks, when a run is explained, then it was inquired about before and no look came between", () => {
  always(({ before, steps, seen }, all, at) => {
    if (!does(steps, "explain")) return;
    assert.ok(seen.of === "inquiry" && before.stage.name === "settling");
    const asked = all.slice(0, at).findLastIndex((one) => does(one.steps, "inquire"));
    assert.ok(asked >= 0);
    assert.ok(all.slice(asked, at).every(({ after }) => !needsLook(after)));
  });
});

Deno.test("watched run: given a run on its way to its task, when looked at, then it is never explained and no task is looked for", () => {
  always(({ before, steps, seen }) => {
    if (!before.isEarly || seen.of !== "run") return;
    assert.ok(!does(steps, "inquire") && !tells(steps, "task.started") && !needsLook(before));
  });
});

/** Reads of one run that never show it. */
const HIDDEN = fc.array(
  fc.record({
    waitedMs: fc.integer({ min: 1, max: 90_000 }),
    others: fc.constantFrom("shown" as const, "odd" as const),
    live: fc.oneof(OTHERS, fc.constant("unknown" as const)),
  }),
  { maxLength: 40 },
);

Deno.test("watched run: given reads that do not show it, when it is let go, then three over a minute showed others, or ten minutes passed and no task is live", () => {
  fc.assert(fc.property(START, HIDDEN, (start, reads) => {
    let [run, nowMs, among] = [start, 1_000_000, [] as number[]];
    for (const { waitedMs, others, live } of reads) {
      nowMs += waitedMs;
      among = others === "odd" ? [] : [...among, nowMs];
      const [next, steps] = look(run, { of: "absence", others, atMs: nowMs }, GRACES);
      if (does(steps, "letGo")) {
        assert.ok(among.length >= 3 && nowMs - (among[0] ?? nowMs) >= 60_000);
        assert.ok(tells(steps, "run.ended"));
        return;
      }
      run = next;
      if (!does(steps, "listAbsent")) continue;
      assert.ok(nowMs - (run.absence?.sinceMs ?? nowMs) >= 600_000);
      const [, answered] = look(run, { of: "absentList", live, atMs: nowMs }, GRACES);
      if (!does(answered, "letGo")) continue;
      assert.ok(
        live === "none" || (live === "denied" && (run.taskId === null || run.stage.name !== "followed")),
      );
      return;
    }
    // Reads that are enough to let it go have done so above.
    assert.ok(among.length < 3 || nowMs - (among[0] ?? nowMs) < 60_000);
  }));
});

Deno.test("watched run: given reads that do not show it, when one shows it again, then the count starts anew", () => {
  const [hidden] = look(startWatching(target(), true), { of: "absence", others: "shown", atMs: 0 }, GRACES);
  const [shown] = look(hidden, { of: "run", state: runState("Submitted"), atMs: 50_000 }, GRACES);
  const again = [60_000, 70_000, 80_000].reduce<readonly [WatchedRun, readonly Step[]]>(
    ([run], atMs) => look(run, { of: "absence", others: "shown", atMs }, GRACES),
    [shown, []],
  );

  assert.deepEqual([hidden.absence?.reads, shown.absence, again[0].absence?.reads, again[1]], [
    1,
    null,
    3,
    [],
  ]);
});

function target(): WatchedRun["target"] {
  const place: TaskPlace = { canList: true, label: "Task", detail: null };
  return { runId: "run-1", claim: someClaim("v1"), taskId: null, place, delegatesToOtherJob: false };
}

Deno.test("watched run: given a look that tells nothing new, when taken in, then the run stays the same object", () => {
  const states = SHOWN.filter((state) => !(state.scheduled && !state.queued));
  fc.assert(fc.property(START, LIVE, states, (start, sight, state) => {
    let run = start;
    const turn = (atMs: number): void => {
      if (needsLook(run) && run.taskId !== null) [run] = look(run, { of: "task", sight, atMs }, GRACES);
      [run] = look(run, { of: "run", state, atMs }, GRACES);
    };
    [0, 5000].forEach(turn);
    const before = run;

    [10_000, 15_000].forEach(turn);

    assert.equal(run, before);
  }));
});
