import assert from "node:assert/strict";
import { createInspector, type StatelyInspectionEvent } from "@statelyai/inspect";
import type { InspectionEvent } from "xstate";
import { FORMAT_VERSION, noteOfWire, type WireOptions, wireText } from "../../../inspector/feed/events.ts";
import { makeNotes, type Note } from "../../../inspector/feed/notes.ts";
import type { Failure } from "../../../schemas/failure/failure.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";
import { makeRedactor } from "../../../schemas/secrets/redact.ts";
import { inspectedAgent } from "../../support/inspected_agent.ts";

const redact = makeRedactor();
const whole: WireOptions = { redact, definition: () => "whole" };
const refused: Failure = { tag: "apiError", code: "X", message: "no" };

/** What happens to one run, seen by us and by the package itself. */
async function seen(launches: readonly Failure[] = []) {
  const raw: InspectionEvent[] = [];
  const notes: Note[] = [];
  const take = makeNotes({ now: () => 1_700_000_000_000 });
  const { find, clock, actor } = inspectedAgent((event) => {
    raw.push(event);
    const note = take(event);
    if (note !== null) notes.push(note);
  }, { launches });
  await clock.advance(0);
  find("run-1");
  await clock.advance(2000);
  actor.stop();
  return { raw, notes };
}

/** The package's own events of the same inspection. */
async function official(raw: readonly InspectionEvent[]): Promise<readonly StatelyInspectionEvent[]> {
  const sent: StatelyInspectionEvent[] = [];
  const { inspect } = createInspector({ send: (event) => void sent.push(event) });
  for (const event of raw) inspect.next?.(event);
  await new Promise((resolve) => setTimeout(resolve, 0)); // it converts when idle
  return sent;
}

/** Members that say who, when and what; the package's own snapshots are those of the moment it came to them. */
function essence(event: object) {
  const { type, sessionId, rootId, _version, id, name, parentId, sourceId, definition } = JSON.parse(
    JSON.stringify(event),
  );
  const config: unknown = definition === undefined ? undefined : JSON.parse(definition);
  return { type, sessionId, rootId, _version, id, name, parentId, sourceId, config };
}

/** Ours cut where theirs is: the package goes ten levels deep and says then that there is more. */
function cutLike(ours: unknown, theirs: unknown): unknown {
  if (theirs === "[Object]" || theirs === "[Array]") return theirs;
  if (Array.isArray(ours) && Array.isArray(theirs)) return ours.map((item, i) => cutLike(item, theirs[i]));
  if (typeof ours !== "object" || ours === null || typeof theirs !== "object" || theirs === null) return ours;
  return Object.fromEntries(
    Object.entries(ours).map(([name, member]) => [name, cutLike(member, Reflect.get(theirs, name))]),
  );
}

Deno.test("wireText: given everything that happens to a run, when compared with @statelyai/inspect, then who, what and which version are the same", async () => {
  const { raw, notes } = await seen();

  const ours = notes.map((note) => essence(JSON.parse(wireText(note, whole))));
  const theirs = (await official(raw)).map(essence);

  assert.equal(ours.length, theirs.length);
  assert.deepEqual(cutLike(ours, theirs), theirs);
});

Deno.test("wireText: given snapshots, when compared with @statelyai/inspect, then state, context and event are the same", async () => {
  const { raw, notes } = await seen();
  const machines = new Set(
    notes.flatMap((note) => note.type === "actor" && note.machine ? [note.sessionId] : []),
  );
  const part = (event: { sessionId: string; type: string }) =>
    event.type === "@xstate.snapshot" && machines.has(event.sessionId);

  const ours = notes.map((note) => JSON.parse(wireText(note, whole))).filter(part);
  const theirs = JSON.parse(JSON.stringify((await official(raw)).filter(part)));

  assert.ok(ours.length > 10);
  for (const [i, { snapshot, event }] of ours.entries()) {
    const { status, value, context, output, children } = theirs[i].snapshot;
    const wanted = { status, value, context, children, ...(output === undefined ? {} : { output }) };
    assert.deepEqual(snapshot, wanted);
    assert.deepEqual(event, theirs[i].event);
  }
});

Deno.test("wireText: given the format, when its version is looked up, then it is that of the pinned package", async () => {
  const { default: project } = await import("../../../deno.json", { with: { type: "json" } });

  assert.equal(project.imports["@statelyai/inspect"], `npm:@statelyai/inspect@${FORMAT_VERSION}`);
});

Deno.test("noteOfWire: given written events, when read back, then they are the notes they were made from", async () => {
  const { notes } = await seen([refused]);

  const back = notes.map((note) => noteOfWire(JSON.parse(wireText(note, whole))));

  assert.deepEqual(
    back.map((note) => note === null ? null : [note.type, note.atMs, note.sessionId, note.rootId]),
    notes.map(({ type, atMs, sessionId, rootId }) => [type, atMs, sessionId, rootId]),
  );
  assert.deepEqual(
    back.map((note) => note && JSON.parse(wireText(note, whole))),
    notes.map((note) => JSON.parse(wireText(note, whole))),
  );
});

Deno.test("noteOfWire: given a written failure, when read back, then a machine can take it apart", async () => {
  const { notes } = await seen([refused]);

  const failed = notes.map((note) => noteOfWire(JSON.parse(wireText(note, whole))))
    .find((note) => note?.type === "snapshot" && note.event.type === "xstate.error.actor.runTask");

  assert.ok(failed?.type === "snapshot");
  const error: unknown = Reflect.get(failed.event, "error");
  assert.ok(error instanceof FailureError);
  assert.deepEqual(error.failure, refused);
});

for (
  const line of [null, 1, "x", [], {}, { type: "@xstate.event" }, {
    type: "other",
    sessionId: "a",
    rootId: "a",
    createdAt: "1",
  }]
) {
  Deno.test(`noteOfWire: given ${JSON.stringify(line)}, when read, then it is no note`, () => {
    assert.equal(noteOfWire(line), null);
  });
}
