/** What the inspector's page makes of the server's messages. @module */

import assert from "node:assert/strict";
import { applyMessage, emptyModel, type Model, serverNow } from "../../../inspector/page/model.ts";
import type { Counts, Hello, Overview, RunRow, Update } from "../../../inspector/protocol/protocol.ts";
import { someRow } from "./support/rows.ts";

const counts: Counts = {
  states: {},
  outcomes: {},
  ends: [],
  total: 0,
  forgotten: 0,
  adoptedPerS: 1,
  launchedPerS: 2,
  endedPerS: 3,
};
const hello = (session: string, source: Hello["source"] = "live"): Hello => ({
  type: "hello",
  protocol: 1,
  version: "0",
  name: "agent",
  source,
  provider: "AWS",
  session,
  nowMs: 1000,
  startedMs: 0,
  note: null,
});
const snapshot = (seq: number, runs: readonly RunRow[]): Overview => ({
  type: "snapshot",
  seq,
  nowMs: 1000,
  agent: { state: "polling", sinceMs: 0, inFlight: 0, failure: null },
  counts,
  limiters: [],
  calls: [],
  errors: [],
  runs: [...runs],
});
const update = (seq: number, more: Partial<Update> = {}): Update => ({
  type: "update",
  seq,
  nowMs: 1000 + seq,
  runs: [],
  gone: [],
  ...more,
});

function modelWith(seq: number, runs: readonly RunRow[]): Model {
  const model = emptyModel();
  applyMessage(model, hello("s"), 0);
  applyMessage(model, snapshot(seq, runs), 0);
  return model;
}

Deno.test("model: given a snapshot, when updates change, add and drop runs, then the runs are those that are left", () => {
  const model = modelWith(4, [someRow("a"), someRow("b")]);

  const applied = applyMessage(
    model,
    update(5, { runs: [someRow("b", { state: "watching" }), someRow("c")], gone: ["a"] }),
    0,
  );

  assert.equal(applied, "applied");
  assert.deepEqual([...model.runs.values()].map(({ id, state }) => `${id} ${state}`), [
    "b watching",
    "c claiming",
  ]);
});

Deno.test("model: given an update without runs, when it is applied, then the table is not made anew", () => {
  const model = modelWith(1, [someRow("a")]);
  const before = model.runsVersion;

  applyMessage(model, update(2, { counts: { ...counts, total: 7 } }), 0);

  assert.equal(model.runsVersion, before);
  assert.equal(model.counts?.total, 7);
});

Deno.test("model: given a connection, when an update is missed, then the hole is noticed and nothing is applied", () => {
  const model = modelWith(1, []);

  assert.equal(applyMessage(model, update(3, { runs: [someRow("x")] }), 0), "gap");
  assert.equal(model.seq, 1);
  assert.equal(model.runs.size, 0);
});

Deno.test("model: given a return to the same session, when the first update spans what was missed, then it is no hole, but the next one is", () => {
  const model = modelWith(1, []);
  applyMessage(model, hello("s"), 0);

  assert.equal(applyMessage(model, update(9), 0), "applied");
  assert.equal(applyMessage(model, update(11), 0), "gap");
});

Deno.test("model: given a restarted agent, when its snapshot comes, then nothing of the old one is left", () => {
  const model = modelWith(50, [someRow("old")]);
  applyMessage(model, hello("t"), 0);
  applyMessage(model, snapshot(1, [someRow("new")]), 0);

  assert.deepEqual([...model.runs.keys()], ["new"]);
  assert.equal(model.seq, 1);
  assert.equal(applyMessage(model, update(2), 0), "applied");
});

Deno.test("model: given a live agent and a recording, when time passes, then only the clock of the live one goes on", () => {
  const live = emptyModel();
  applyMessage(live, hello("s"), 50);
  const recorded = emptyModel();
  applyMessage(recorded, hello("s", "recording"), 50);

  assert.equal(serverNow(live, 250), 1200);
  assert.equal(serverNow(live, 10), 1000);
  assert.equal(serverNow(recorded, 250), 1000);
});

Deno.test("model: given counts many times a second, when a minute has passed, then one sample for each second is kept", () => {
  const model = modelWith(0, []);
  for (let seq = 1; seq <= 1200; seq += 1) {
    applyMessage(model, { ...update(seq, { counts }), nowMs: 1000 + seq * 100 }, 0);
  }

  assert.equal(model.samples.length, 60);
  assert.deepEqual(
    new Set(model.samples.slice(1).map(({ atMs }, i) => atMs - (model.samples[i]?.atMs ?? 0))),
    new Set([1000]),
  );
});
