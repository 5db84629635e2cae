import assert from "node:assert/strict";
import { makeToldNotes } from "../../../actors/watch/told_notes.ts";
import type { TaskNote } from "../../../schemas/contracts/platform.ts";

function note(key: string): TaskNote {
  return { key, level: "WARNING", text: `text of ${key}` };
}

function world() {
  const lines: string[] = [];
  const log = (runId: string, level: string, text: string) =>
    Promise.resolve(void lines.push(`${runId} ${level} ${text}`));
  return { lines, notes: makeToldNotes({ orchestrator: { log } }) };
}

Deno.test("told notes: given a task that says the same twice, when it is told, then its run's log has each note once", () => {
  const { lines, notes } = world();
  notes.tell("run", "task", { notes: [note("a")] });
  notes.tell("run", "task", { notes: [note("a"), note("b")] });

  assert.deepEqual(lines, ["run WARNING text of a", "run WARNING text of b"]);
});

Deno.test("told notes: given two tasks that say the same, when it is told, then both runs get it", () => {
  const { lines, notes } = world();
  notes.tell("run-1", "task-1", { notes: [note("a")] });
  notes.tell("run-2", "task-2", { notes: [note("a")] });

  assert.equal(lines.length, 2);
});

Deno.test("told notes: given a task that always says something new, when it is told, then it fills no log", () => {
  const { lines, notes } = world();
  for (let n = 0; n < 1000; n++) notes.tell("run", "task", { notes: [note(`key ${n}`)] });

  assert.equal(lines.length, 100);
});

Deno.test("told notes: given a log that cannot be written, when a note is told, then nothing is thrown", async () => {
  const notes = makeToldNotes({ orchestrator: { log: () => Promise.reject(new Error("away")) } });
  notes.tell("run", "task", { notes: [note("a")] });
  await Promise.resolve();

  assert.ok(true, "an unhandled rejection would end the test");
});
