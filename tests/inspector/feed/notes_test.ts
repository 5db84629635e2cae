import assert from "node:assert/strict";
import { makeNotes, type Note } from "../../../inspector/feed/notes.ts";
import { makeRunModel, takeNote } from "../../../inspector/model/run_model.ts";
import { makeViews } from "../../../inspector/views.ts";
import { makeRedactor } from "../../../schemas/secrets/redact.ts";
import { inspectedAgent } from "../../support/inspected_agent.ts";
import { SOME_PLATFORM } from "../support/platform_view.ts";

/** What two looks at one launch see, the first of them wanting everything. */
async function seen() {
  const now = { of: () => 0 };
  const looks = [true, false].map((isWhole) => {
    const notes: Note[] = [];
    return { take: makeNotes({ now: () => now.of(), isWhole: () => isWhole }), notes, model: makeRunModel() };
  });
  const { find, clock, actor } = inspectedAgent((event) => {
    for (const { take, notes, model } of looks) {
      const note = take(event);
      if (note === null) continue;
      notes.push(note);
      takeNote(model, note);
    }
  });
  now.of = clock.now;
  await clock.advance(0);
  find("run-1");
  await clock.advance(2000);
  actor.stop();
  return { looks, nowMs: clock.now() };
}

Deno.test("notes: given nobody who wants everything, when a run is launched, then the page shows the same of fewer notes", async () => {
  const { looks: [whole, part], nowMs } = await seen();
  assert.ok(whole !== undefined && part !== undefined);
  const views = [whole, part].map(({ model }) =>
    makeViews(model, { redact: makeRedactor(), limiters: () => [], prefectUi: null, platform: SOME_PLATFORM })
  );

  const [shownWhole, shownPart] = views.map((view) => view.detail("run-1"));
  const [overviewWhole, overviewPart] = views.map((view) => view.overview(nowMs));

  assert.ok(shownWhole?.calls.length !== 0);
  assert.deepEqual(shownPart, shownWhole);
  assert.deepEqual(overviewPart, overviewWhole);
  assert.ok(part.notes.length < whole.notes.length / 2, `${part.notes.length} of ${whole.notes.length}`);
});

Deno.test("notes: given nobody who wants everything, when a run is launched, then notes are of machines", async () => {
  const { looks: [whole, part] } = await seen();
  assert.ok(whole !== undefined && part !== undefined);
  const machines = new Set(
    whole.notes.flatMap((note) => note.type === "actor" && note.machine !== null ? [note.sessionId] : []),
  );

  const others = part.notes.filter(({ sessionId }) => !machines.has(sessionId));

  assert.ok(part.notes.length > 0);
  assert.deepEqual(others, []);
});
