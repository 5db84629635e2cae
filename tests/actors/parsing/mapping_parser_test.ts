import assert from "node:assert/strict";
import { makeMappingParser } from "../../../actors/parsing/mapping_parser.ts";
import { BOUNDS } from "../../../schemas/bounds/bounds.ts";
import { toFailure } from "../../../schemas/failure/failure.ts";
import { parseMapping } from "../../../schemas/yaml/mapping.ts";
import { fakeClock, settle } from "../../support/clock.ts";
import { fakeThreads } from "../../support/fake_threads.ts";

const SIGNAL = new AbortController().signal;
const PARSED = { mapping: { a: 1 } };

function longText(name: string): string {
  return `${name}: ${"x".repeat(BOUNDS.templateInline.most)}`;
}

function crew() {
  const clock = fakeClock();
  const { threads, start } = fakeThreads();
  return { ...makeMappingParser({ start, clock }), clock, threads };
}

Deno.test("parser: given a short text, when parsed, then no thread is started", async () => {
  const { parse, threads } = crew();
  const longest = `a: ${"x".repeat(BOUNDS.templateInline.most - 3)}`;
  assert.deepEqual(await parse("a: 1", SIGNAL), { mapping: { a: 1 } });
  assert.deepEqual(await parse(longest, SIGNAL), parseMapping(longest));
  assert.equal(threads.length, 0);
});

Deno.test("parser: given a text beyond the bound of templates, when parsed, then it is refused without a thread", async () => {
  const { parse, threads } = crew();
  const parsed = await parse(`a: ${"x".repeat(BOUNDS.template.most)}`, SIGNAL);
  assert.match("problem" in parsed ? parsed.problem : "", /it has 262147 bytes/);
  assert.equal(threads.length, 0);
});

Deno.test("parser: given long texts, when parsed, then at most two threads do it, one text at a time", async () => {
  const { parse, threads } = crew();
  const answers = ["a", "b", "c"].map((name) => parse(longText(name), SIGNAL));
  assert.deepEqual(threads.map(({ texts }) => texts), [[longText("a")], [longText("b")]]);

  threads[1]?.answer(PARSED);
  await settle();
  assert.deepEqual(threads[1]?.texts, [longText("b"), longText("c")]);
  threads[0]?.answer({ problem: "no" });
  threads[1]?.answer({ mapping: null });
  assert.deepEqual(await Promise.all(answers), [{ problem: "no" }, PARSED, { mapping: null }]);
});

Deno.test("parser: given the same text several times at once, when parsed, then it is parsed once", async () => {
  const { parse, threads } = crew();
  const answers = [1, 2, 3].map(() => parse(longText("a"), SIGNAL));
  threads[0]?.answer(PARSED);
  assert.deepEqual(await Promise.all(answers), [PARSED, PARSED, PARSED]);
  assert.deepEqual(threads.map(({ texts }) => texts.length), [1]);
});

Deno.test("parser: given a text that takes too long, when its time is over, then its thread is ended and the next text goes on", async () => {
  const { parse, threads, clock } = crew();
  const answers = ["a", "b", "c"].map((name) => parse(longText(name), SIGNAL));
  threads[1]?.answer(PARSED);
  await settle();
  threads[1]?.answer(PARSED);
  await clock.advance(5000);

  assert.deepEqual(await Promise.all(answers), [
    { problem: "it takes longer than 5 s to parse; make it smaller" },
    PARSED,
    PARSED,
  ]);
  assert.equal(threads[0]?.ended, true);
  void parse(longText("d"), SIGNAL);
  void parse(longText("e"), SIGNAL);
  assert.deepEqual(threads.map(({ texts }) => texts.length), [1, 3, 1]);
});

Deno.test("parser: given a thread without work, when half a minute has passed, then it is ended", async () => {
  const { parse, threads, clock } = crew();
  const answer = parse(longText("a"), SIGNAL);
  threads[0]?.answer(PARSED);
  await answer;
  await clock.advance(29_999);
  assert.equal(threads[0]?.ended, false);
  await clock.advance(1);
  assert.equal(threads[0]?.ended, true);
  assert.equal(clock.pending(), 0);
});

Deno.test("parser: given a thread that ends by itself, when it had a text, then the failure quotes nothing and a new thread follows", async () => {
  const { parse, threads } = crew();
  const answer = parse(longText("a"), SIGNAL);
  threads[0]?.breakDown("Uncaught secret-text");
  const failure = toFailure(await answer.catch((thrown) => thrown));
  assert.deepEqual(failure, {
    tag: "unexpected",
    message: "The thread that parses long templates ended by itself",
  });

  const next = parse(longText("b"), SIGNAL);
  threads[1]?.answer(PARSED);
  assert.deepEqual(await next, PARSED);
});

Deno.test("parser: given a run that leaves, when its text waits, then no thread gets it", async () => {
  const { parse, threads } = crew();
  const leaving = new AbortController();
  void parse(longText("a"), SIGNAL);
  void parse(longText("b"), SIGNAL);
  const left = parse(longText("c"), leaving.signal);
  leaving.abort(new Error("enough"));
  await assert.rejects(left, /enough/);
  threads[0]?.answer(PARSED);
  await settle();
  assert.deepEqual(threads.map(({ texts }) => texts.length), [1, 1]);
});

Deno.test("parser: given threads that are busy and idle, when it is disposed, then all are ended and no timer is left", async () => {
  const { parse, threads, clock, [Symbol.dispose]: dispose } = crew();
  const answer = parse(longText("a"), SIGNAL);
  void parse(longText("b"), SIGNAL);
  threads[0]?.answer(PARSED);
  await answer;
  dispose();
  assert.deepEqual(threads.map(({ ended }) => ended), [true, true]);
  assert.equal(clock.pending(), 0);
});
