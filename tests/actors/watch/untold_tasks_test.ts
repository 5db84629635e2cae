import assert from "node:assert/strict";
import { settleUntold, type UntoldDeps } from "../../../actors/watch/untold_tasks.ts";
import type { RunState } from "../../../schemas/contracts/orchestrator.ts";
import type { SeenTask } from "../../../schemas/contracts/platform.ts";
import { fakeClock } from "../../support/clock.ts";
import { someClaim } from "../../support/claim.ts";
import { runState } from "../../support/watched_world.ts";

const SIGNAL = new AbortController().signal;
const PLACE = { canList: true, label: "Job", detail: null } as const;
const RUNNING: SeenTask = { phase: "running", status: "Running" };
const MARKER = someClaim().marker;

function ended(failed: boolean): SeenTask {
  return {
    ...{ phase: "stopped", status: "Failed", failed, neverRan: false, endedByItself: true },
    ...{ class: "exited", evidence: null },
  } as const;
}

interface World {
  readonly state: RunState;
  readonly seen: SeenTask;
  readonly isWaiting?: boolean;
  readonly others?: readonly string[];
  readonly held?: boolean;
  readonly followed?: string | null;
  readonly isKept?: boolean;
  readonly hasLaterClaim?: boolean;
}

/** Decides about one task, again after each of the waits. @returns what was done, in order */
async function decide({ state, seen, ...world }: World, waits: readonly number[] = [1000]) {
  const { isWaiting = false, others = [], held = false, followed = null, isKept = false } = world;
  const { hasLaterClaim = false } = world;
  const did: string[] = [];
  const clock = fakeClock();
  const deps: UntoldDeps = {
    platform: {
      log: () => Promise.resolve({ places: [], lastLines: [] }),
      list: () => Promise.resolve({ outcome: "listed", ids: others }),
      stop: () => Promise.resolve(void did.push("stopped")),
      explain: () => ({
        tag: "taskStopped",
        class: "exited",
        wasRunning: true,
        taskId: "job",
        message: "exit 3",
      }),
    },
    orchestrator: {
      fail: (_, { message }) => {
        did.push(`failed: ${message}`);
        return Promise.resolve(isKept ? null : { state: "Failed", kind: "failure" });
      },
      cancel: () => Promise.resolve(void did.push("cancelled")),
      log: (_, level, text) => Promise.resolve(void did.push(`${level} ${text}`)),
      isWaiting: () => Promise.resolve(isWaiting),
      hasLaterClaim: () => Promise.resolve(hasLaterClaim),
    },
    clock,
    notes: { tell: () => undefined, forget: () => undefined },
    explained: new Set(),
    isHeld: () => held,
    taskOf: () => followed,
    reportGraceMs: 1000,
    cancelGraceMs: 4000,
    since: new Map(),
  };
  const owner = { runId: "run-1", place: PLACE };
  const task = { id: "job", place: PLACE };
  const change = { task, seen, ownerOf: () => Promise.resolve(owner), done: () => undefined };
  for (const ms of [0, ...waits]) {
    await clock.advance(ms);
    did.push(await settleUntold({ owner, change, state }, deps, SIGNAL));
  }
  return did;
}

const UNMARKED = { marker: null };
const ROWS: readonly (readonly [string, World, readonly number[], readonly string[]])[] = [
  [
    "Running without a marker, and failed",
    { state: runState("Running", UNMARKED), seen: ended(true) },
    [1000],
    ["later", "failed: exit 3", "handled"],
  ],
  [
    "Submitted without a marker, and ended well",
    { state: runState("Submitted", UNMARKED), seen: ended(false) },
    [1000],
    ["later", "failed: exit 3", "handled"],
  ],
  [
    "Running with a task that waits for a retry, and ended well",
    { state: runState("Running", UNMARKED), seen: ended(false), isWaiting: true },
    [1000],
    ["later", "handled"],
  ],
  [
    "Running with a task that waits for a retry, and failed",
    { state: runState("Running", UNMARKED), seen: ended(true), isWaiting: true },
    [1000],
    ["later", "failed: exit 3", "handled"],
  ],
  [
    "Running under another live task",
    { state: runState("Running", UNMARKED), seen: ended(true), others: ["job-2"] },
    [1000],
    ["later", "handled"],
  ],
  [
    "Running under the very task, which lives after all",
    { state: runState("Running", UNMARKED), seen: ended(true), others: ["job"] },
    [1000],
    ["later", "later"],
  ],
  [
    "Running under another agent's claim",
    { state: runState("Running", { marker: MARKER }), seen: ended(true) },
    [30_000, 30_000],
    ["later", "later", "failed: exit 3", "handled"],
  ],
  [
    "Running by a late retry that another agent has claimed since",
    { state: runState("Running", { marker: MARKER }), seen: ended(false), hasLaterClaim: true },
    [60_000, 60_000],
    ["later", "later", "later"],
  ],
  [
    "Running, with a late retry that is claimed and has not begun",
    { state: runState("Running", { marker: MARKER, claimedLate: true }), seen: ended(false) },
    [60_000, 60_000],
    ["later", "later", "later"],
  ],
  [
    "Cancelling while its late retry runs elsewhere",
    { state: runState("Cancelling", { marker: MARKER }), seen: ended(false), hasLaterClaim: true },
    [60_000, 60_000],
    ["later", "later", "later"],
  ],
  [
    "claimed by another agent",
    { state: runState("Submitted", { marker: MARKER }), seen: ended(true) },
    [60_000],
    ["later", "later"],
  ],
  [
    "Success already, and failed after that",
    { state: runState("Success", UNMARKED), seen: ended(true) },
    [1000],
    ["ERROR exit 3", "handled", "handled"],
  ],
  ["Success, and ended well", { state: runState("Success", UNMARKED), seen: ended(false) }, [], ["handled"]],
  ["Success, and still running", { state: runState("Success", UNMARKED), seen: RUNNING }, [], ["handled"]],
  ["due again", { state: runState("Scheduled", UNMARKED), seen: ended(true) }, [], ["handled"]],
  [
    "Cancelling, and still running",
    { state: runState("Cancelling", UNMARKED), seen: RUNNING },
    [3000, 1000],
    ["later", "later", "stopped", "later"],
  ],
  [
    "Cancelling, and ended",
    { state: runState("Cancelling", UNMARKED), seen: ended(true) },
    [],
    ["cancelled", "handled"],
  ],
  ["held here", { state: runState("Running", UNMARKED), seen: ended(true), held: true }, [], ["later"]],
  [
    "followed here with another task",
    { state: runState("Running", UNMARKED), seen: ended(true), held: true, followed: "job-2" },
    [],
    ["handled"],
  ],
  [
    "not to be failed, as the API has it",
    { state: runState("Running", UNMARKED), seen: ended(true), isKept: true },
    [1000],
    ["later", "failed: exit 3", "later"],
  ],
];

for (const [what, world, waits, expected] of ROWS) {
  Deno.test(`untold tasks: given a run that is ${what}, when its task is told of, then: ${expected.join(", ")}`, async () => {
    assert.deepEqual(await decide(world, waits), expected);
  });
}
