/** Templates of the operator that change while the agent runs. */

import assert from "node:assert/strict";
import { lastGood } from "../../../actors/templates/last_good.ts";
import type { Reading, Source } from "../../../schemas/plan/source.ts";
import { fileSource, s3Source } from "../../../schemas/templates/place_source.ts";
import { fakeClock } from "../../support/clock.ts";

const SIGNAL = new AbortController().signal;

function world(source: Source) {
  const clock = fakeClock(0);
  const lines: string[] = [];
  let next: Reading | Error = { kind: "text", text: "good 1" };
  let reads = 0;
  const read = lastGood({
    clock,
    log: (level, message) => void lines.push(`${level} ${message}`),
    judge: (_, reading) =>
      reading.kind === "text" && reading.text.startsWith("good") ? undefined : "it is broken",
    read: () => {
      reads++;
      return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
    },
  });
  return {
    clock,
    lines,
    reads: () => reads,
    becomes: (reading: Reading | Error) => void (next = reading),
    read: () => read(source, SIGNAL),
  };
}

const text = (words: string): Reading => ({ kind: "text", text: words });

const BROKEN: readonly (readonly [name: string, Reading | Error])[] = [
  ["truncated", text("goo")],
  ["removed", { kind: "absent", message: "there is no file" }],
  ["an error", new Error("the server answered with HTTP status 500")],
];
for (const [name, broken] of BROKEN) {
  Deno.test(`last good: given a file that was good and is ${name} now, when it is read twice and then good again, then the last good text stays in force and one line tells of each change`, async () => {
    const file = world({ ...fileSource("/etc/job.yaml"), option: "--job-template" });
    await file.read();

    file.becomes(broken);
    const during = [await file.read(), await file.read()];
    file.becomes(text("good 2"));
    const after = await file.read();

    assert.deepEqual(during, [text("good 1"), text("good 1")]);
    assert.deepEqual(after, text("good 2"));
    assert.equal(file.lines.length, 2);
    assert.match(file.lines[0] ?? "", /^WARNING .*job\.yaml \(--job-template\) any more: /);
    assert.match(file.lines[1] ?? "", /^INFO .*job\.yaml \(--job-template\) can be used again/);
  });
}

Deno.test("last good: given a source that never was good, when it is read, then what it gives is passed on, and an error is thrown", async () => {
  const file = world(fileSource("/etc/job.yaml"));

  file.becomes({ kind: "absent", message: "there is no file" });
  assert.equal((await file.read()).kind, "absent");
  file.becomes(new Error("away"));
  await assert.rejects(file.read(), /away/);
});

Deno.test("last good: given an object in S3, when it is read within 30 s and after, then it is asked for only after, also while it is broken", async () => {
  const object = world(s3Source("b", "job.yaml"));
  await object.read();

  await object.clock.advance(29_000);
  await object.read();
  assert.equal(object.reads(), 1);
  await object.clock.advance(2000);
  object.becomes(text("bad"));
  await object.read();
  await object.read();

  assert.equal(object.reads(), 2);
  assert.equal(object.lines.length, 1);
});
