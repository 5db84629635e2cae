/** A run at each moment of its history. @module */

import assert from "node:assert/strict";
import { callsAtWork, callsOfStep, indexOfStep, momentOf } from "../../../../inspector/page/runs/history.ts";
import type { ActorCall, ChartLayout, RunDetail, Step } from "../../../../inspector/protocol/protocol.ts";
import { someRow } from "../support/rows.ts";

const step = (n: number, ...path: string[]): Step => ({
  n,
  atMs: n * 10,
  event: "e",
  label: `label ${n}`,
  payload: null,
  from: path[0] ?? "",
  to: path.at(-1) ?? "",
  path,
  tookMs: 10,
  context: { n },
});
const call = (members: Partial<ActorCall>): ActorCall => ({
  name: "runTask",
  state: "runningTask",
  attempt: 1,
  retry: 0,
  startedMs: 0,
  endedMs: 5,
  result: "done",
  output: null,
  failure: null,
  requestIds: [],
  step: 7,
  ...members,
});
/** Steps before the fifth were dropped; two times round between a and b, then through c to d at once. */
const detail: RunDetail = {
  origin: [],
  row: someRow("r", { state: "d" }),
  chart: "flow_run",
  steps: [step(5, "a", "b"), step(6, "b", "a"), step(7, "a", "b"), step(8, "b"), step(9, "b", "c", "d")],
  dropped: 5,
  calls: [
    call({ step: 7 }),
    call({ step: 9, name: "stopTask" }),
    call({ step: null, endedMs: null, result: "running" }),
  ],
  visited: ["z", "a", "b", "c", "d"],
  taken: { "z>a": 1, "a>b": 2, "b>a": 1, "b>c": 1, "c>d": 1 },
  next: [{ event: "x", label: "x", target: null, guard: null }],
  links: [],
};
const place = { x: 0, y: 0, width: 1, height: 1 };
const chart: ChartLayout = {
  name: "flow_run",
  width: 1,
  height: 1,
  nodes: [],
  edges: [
    {
      id: "b>a",
      from: "b",
      to: "a",
      labels: ["task failed [mayRetry]", "always"],
      events: ["f", ""],
      points: [],
      label: place,
    },
    { id: "a>b", from: "a", to: "b", labels: ["done"], events: ["d"], points: [], label: place },
  ],
};

Deno.test("moment: given the present, when it is looked at, then it holds all that the server knows, dropped steps included", () => {
  const now = momentOf(detail, null, chart);

  assert.equal(now.state, "d");
  assert.equal(now.present, true);
  assert.deepEqual(Object.fromEntries(now.taken), detail.taken);
  assert.deepEqual([...now.justTaken], ["b>c", "c>d"]);
  assert.deepEqual(now.next, detail.next);
  assert.equal(now.followed, null);
});

Deno.test("moment: given an early step, when it is looked at, then nothing of what came later shows", () => {
  const then = momentOf(detail, 7, chart);

  assert.equal(then.state, "b");
  assert.deepEqual(then.context, { n: 7 });
  assert.deepEqual(Object.fromEntries(then.taken), { "a>b": 2, "b>a": 1 });
  assert.deepEqual([...then.visited].sort(), ["a", "b"]);
  assert.equal(then.followed?.n, 8);
  assert.deepEqual(then.next, [
    { event: "task failed", label: "task failed", target: "a", guard: "mayRetry" },
    { event: "always", label: "always", target: "a", guard: null },
  ]);
});

Deno.test("moment: given a step that stays where it is, when it is looked at, then no arrow was just taken", () => {
  assert.deepEqual([...momentOf(detail, 8, chart).justTaken], []);
  assert.deepEqual(momentOf(detail, 8, null).next, []);
});

Deno.test("moment: given links to steps that are gone or not there yet, when they are opened, then the nearest kept one is shown", () => {
  assert.deepEqual([0, 5, 6, 9, 99, null].map((n) => indexOfStep(detail.steps, n)), [0, 0, 1, 4, 4, 4]);
  assert.equal(momentOf({ ...detail, steps: [] }, 3, chart).state, "d");
});

Deno.test("calls: given calls of several steps, when one step is looked at, then only its own are there", () => {
  assert.deepEqual(callsOfStep(detail.calls, 9).map(({ name }) => name), ["stopTask"]);
  assert.deepEqual(callsAtWork(detail.calls).map(({ result }) => result), ["running"]);
});
