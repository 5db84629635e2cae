import assert from "node:assert/strict";
import fc from "fast-check";
import { makeNotes } from "../../../inspector/feed/notes.ts";
import {
  makeRecorder,
  readRecording,
  type Recording,
  type RecordingSink,
} from "../../../inspector/feed/recording.ts";
import { replay } from "../../../inspector/feed/replay.ts";
import { endModel, makeRunModel, takeNote } from "../../../inspector/model/run_model.ts";
import { makeViews } from "../../../inspector/views.ts";
import type { CallCount } from "../../../inspector/protocol/protocol.ts";
import type { Failure } from "../../../schemas/failure/failure.ts";
import { makeRedactor } from "../../../schemas/secrets/redact.ts";
import { inspectedAgent } from "../../support/inspected_agent.ts";
import { SOME_PLATFORM } from "../support/platform_view.ts";

const SECRET = "hunter2-hunter2";
const refused: Failure = {
  tag: "refused",
  service: "ECS",
  code: "InvalidParameterException",
  operation: "RunTask",
  message: `1 validation error: environment [{name=DB, value=${SECRET}}], password=abc, token: xyz123456`,
};
const redact = makeRedactor({ credentials: [SECRET] });

/** A sink that gathers parts; a part is full after so many characters. */
function parts(fullAt = Infinity): { readonly sink: RecordingSink; readonly texts: string[] } {
  const texts = [""];
  return {
    texts,
    sink: {
      write: (text) => void (texts[texts.length - 1] += text),
      flush: () => undefined,
      isFull: () => (texts.at(-1)?.length ?? 0) > fullAt,
      nextPart: () => void texts.push(""),
    },
  };
}

/** Reads what must be a recording. */
function read(text: string): Recording {
  const recording = readRecording(text);
  assert.ok(!("refused" in recording));
  return recording;
}

/** Records three runs; the second cannot be launched. */
async function recorded(fullAt?: number) {
  const { sink, texts } = parts(fullAt);
  const clockOf = { now: () => 0 };
  const now = () => clockOf.now();
  const recorder = makeRecorder({ sink, redact, name: "my agent", now });
  const model = makeRunModel();
  const take = makeNotes({ now });
  const { find, clock, actor } = inspectedAgent((event) => {
    const note = take(event);
    if (note === null) return;
    recorder.take(note);
    takeNote(model, note);
  }, { launches: [refused] });
  clockOf.now = clock.now;
  await clock.advance(0);
  for (const id of ["run-1", "run-2", "run-3"]) {
    find(id);
    await clock.advance(100);
    recorder.flush();
  }
  await clock.advance(1000);
  actor.send({ type: "stop.forced" });
  recorder.end();
  return { texts, model, nowMs: clock.now() };
}

function viewsOf(text: string) {
  const recording = read(text);
  assert.ok(recording !== null);
  const model = makeRunModel();
  for (const note of recording.notes) takeNote(model, note);
  endModel(model, recording.endedMs);
  return {
    recording,
    views: makeViews(model, { redact, limiters: () => [], prefectUi: null, platform: SOME_PLATFORM }),
  };
}

Deno.test("recording: given three runs, when read again, then overview and details are those of the live page", async () => {
  const { texts, model, nowMs } = await recorded();
  const live = makeViews(model, { redact, limiters: () => [], prefectUi: null, platform: SOME_PLATFORM });

  const { recording, views } = viewsOf(texts.join(""));

  assert.deepEqual(views.overview(nowMs).runs, live.overview(nowMs).runs);
  assert.deepEqual(views.overview(nowMs).counts, live.overview(nowMs).counts);
  for (const id of ["run-1", "run-2", "run-3"]) assert.deepEqual(views.detail(id), live.detail(id));
  assert.equal(recording.note, null);
  assert.equal(recording.name, "my agent");
});

/** How often requests were made, as it grows. */
const CALLS: readonly (readonly CallCount[])[] = [
  [{ service: "prefect", operation: "POST /flow_runs/filter", count: 1, failed: 0 }],
  [
    { service: "prefect", operation: "POST /work_pools/{name}/get_scheduled_flow_runs", count: 9, failed: 2 },
    { service: "ECS", operation: "RunTask", count: 3, failed: 1 },
  ],
];

Deno.test("recording: given calls by route and operation, when they were recorded, then the last counts are read again, in every part, and a view shows them", () => {
  for (const fullAt of [Infinity, 1]) {
    const { sink, texts } = parts(fullAt);
    let [nowMs, at] = [0, 0];
    const recorder = makeRecorder({
      sink,
      redact,
      name: "w",
      now: () => nowMs,
      calls: () => CALLS[at] ?? [],
    });

    for (; at < CALLS.length; at++, nowMs += 5000) recorder.flush();
    at = CALLS.length - 1;
    recorder.end();

    const recording = read(texts.at(-1) ?? "");
    assert.deepEqual(recording.calls, CALLS[at]);
    const views = makeViews(makeRunModel(), {
      ...{ redact, limiters: () => [], prefectUi: null, platform: SOME_PLATFORM },
      calls: () => recording.calls,
    });
    assert.deepEqual(views.overview(0).calls, CALLS[at]);
  }
});

Deno.test("recording: given counts that did not change, when it is flushed again, then they are not written again", () => {
  const { sink, texts } = parts();
  let nowMs = 0;
  const recorder = makeRecorder({ sink, redact, name: "w", now: () => nowMs, calls: () => CALLS[0] ?? [] });

  for (let flush = 0; flush < 5; flush++, nowMs += 5000) recorder.flush();
  recorder.end();

  assert.equal(texts.join("").split('"calls":').length, 2);
});

Deno.test("recording: given a line of calls with rows of other kinds, when it is read, then the good rows are kept", () => {
  const header = '{"type":"recording","format":2,"name":"w","atMs":0}';
  const good = CALLS[0]?.[0];
  const line = JSON.stringify({ type: "calls", calls: [3, null, { service: 1 }, good] });

  assert.deepEqual(read(`${header}\n${line}\n`).calls, [good]);
  assert.deepEqual(read(`${header}\n{"type":"calls","calls":{}}\n`).calls, []);
});

Deno.test("recording: given a failure that quotes secrets, when searched, then none is in it", async () => {
  const { texts } = await recorded();

  for (const secret of [SECRET, "password=abc", "xyz123456"]) {
    assert.ok(!texts.join("").includes(secret), secret);
  }
  assert.ok(texts.join("").includes("1 validation error"));
});

Deno.test("recording: given any cut, when read, then what is before it is shown and the cut is told", async () => {
  const { texts } = await recorded();
  const whole = texts.join("");
  const header = whole.indexOf("\n");

  fc.assert(
    fc.property(fc.integer({ min: header + 1, max: whole.length - 20 }), (at) => {
      const recording = read(whole.slice(0, at));
      assert.match(recording.note ?? "", /breaks off/);
      const lines = whole.slice(0, at).split("\n").length - 2;
      assert.ok(recording.notes.length >= lines && recording.notes.length <= lines + 1);
      viewsOf(whole.slice(0, at)).views.overview(0);
    }),
    { numRuns: 30 },
  );
});

for (const text of ["", "x", "{}", '{"type":"@xstate.actor"}\n', "[]\n"]) {
  Deno.test(`recording: given ${JSON.stringify(text)}, which is none, when read, then it is refused`, () => {
    assert.deepEqual(readRecording(text), {
      refused: "its first line is not the header of a recording; name a file that --record FILE wrote",
    });
  });
}

/** The header that release 0.1.0 writes, and what a later one may write. */
const OTHER_FORMATS = [
  [
    '{"type":"recording","format":1,"version":"0.1.0","name":"agent","atMs":1700000000000}',
    "its format is 1 and this release reads format 2; use release 0.1.0, which wrote it",
  ],
  [
    '{"type":"recording","format":3,"version":"2.0.0","name":"agent","atMs":1700000000000}',
    "its format is 3 and this release reads format 2; use release 2.0.0, which wrote it",
  ],
  [
    '{"type":"recording"}',
    "its format is undefined and this release reads format 2; use the release that wrote it",
  ],
] as const;
for (const [header, refused] of OTHER_FORMATS) {
  Deno.test(`recording: given the header ${header}, when read, then it is refused in one sentence`, () => {
    assert.deepEqual(readRecording(`${header}\n`), { refused });
  });
}

Deno.test("recording: given parts that fill up, when each is read by itself, then it has the machines alive in it", async () => {
  const { texts } = await recorded(8000);

  assert.ok(texts.length > 1);
  const { views } = viewsOf(texts[1] ?? "");
  const ids = views.overview(0).runs.map(({ id }) => id);
  assert.ok(ids.includes("run-2"), ids.join());
});

Deno.test("replay: given a recording of today, when replayed, then every run goes the same way", async () => {
  const { texts } = await recorded();
  const { recording } = viewsOf(texts.join(""));

  const replayed = replay(recording.notes, null);

  assert.deepEqual(replayed.map(({ name, divergence, skipped }) => [name, divergence, skipped]), [
    ["run-1", null, null],
    ["run-2", null, null],
    ["run-3", null, null],
  ]);
  assert.ok(replayed.every(({ events }) => events >= 5));
});

Deno.test("replay: given a recording in which the claim led elsewhere, when replayed, then that place is named", async () => {
  const { texts } = await recorded();
  const other = texts.join("").split("\n").map((line) =>
    line.includes('"xstate.done.actor.claimRun"')
      ? line.replace('"value":"planning"', '"value":"oldPlanning"')
      : line
  );

  const [first] = replay(viewsOf(other.join("\n")).recording.notes, "run-3");

  assert.deepEqual(first?.divergence, {
    name: "run-3",
    n: 1,
    event: "xstate.done.actor.claimRun",
    from: "claiming",
    recorded: "oldPlanning",
    today: "planning",
  });
});

Deno.test("recording: given AWS requests of a run, when read again, then they are there and no note is lost", () => {
  const { sink, texts } = parts();
  const recorder = makeRecorder({ sink, redact, name: "my agent", now: () => 0 });
  const requests = [
    { runId: "run-1", id: "aws-1", atMs: 101 },
    { runId: `run ${SECRET}`, id: "aws-2", atMs: 102 },
  ];

  for (const request of requests) recorder.takeRequest(request);
  recorder.end();

  const recording = read(texts.join(""));
  assert.deepEqual(recording?.requests, [requests[0], { runId: "run (hidden)", id: "aws-2", atMs: 102 }]);
  assert.equal(recording?.note, null);
});

Deno.test("recording: given one of an earlier version, which does not hold how runs ended, when read, then the machine's outcome is shown alone", async () => {
  const { texts } = await recorded();
  const earlier = texts.join("").replaceAll(/,?"end":(null|\{[^}]*\})/g, "");

  const { views } = viewsOf(earlier);

  assert.ok(!earlier.includes('"end"'));
  const shown = views.overview(0).runs.map(({ outcome, end }) => [outcome, end]);
  assert.deepEqual(shown.toSorted(), [["completed", null], ["completed", null], ["failed", null]]);
});
