/** What is adopted from the queue and from earlier claims, and when. @module */

import assert from "node:assert/strict";
import { NO_DOUBT } from "../../schemas/flow_run/flow_run.ts";
import { BehaviorSubject, Subject } from "rxjs";
import type { Page, UnfinishedClaim } from "../../schemas/contracts/orchestrator.ts";
import { makeRunVault } from "../../agent/run_vault.ts";
import { makeTaskRoom } from "../../agent/task_room.ts";
import { type AdoptingProgram, type AdoptingState, runsToAdopt } from "../../agent/adoption.ts";
import type { AdmittedRun } from "../../schemas/flow_run/events.ts";
import { FailureError } from "../../schemas/failure/failure.ts";
import { PREFECT1_LINES } from "../../schemas/prefect1/agent_lines.ts";
import type { FlowRun } from "../../schemas/prefect1/flow_run.ts";
import { fakeClock, settle } from "../support/clock.ts";
import { someDueRun } from "../support/flow_run.ts";
import { OWNER } from "../support/claim.ts";

const AWAY = new FailureError({ tag: "unreachable", message: "The Prefect API cannot be reached: refused" });
const NOTHING: Page<FlowRun> = { runs: [], malformed: [], full: false };

const runOf = (id: string) => someDueRun({ id });
const pageOf = (...ids: readonly string[]): Page<FlowRun> => ({ ...NOTHING, runs: ids.map(runOf) });

/** A claim that this agent made long ago. */
function claimOf(id: string, agent: string = OWNER.agent): UnfinishedClaim<FlowRun> {
  const { header, claim, run } = someDueRun({ id, stateType: "Submitted" });
  return {
    header,
    run,
    claim: { ...claim, marker: { ...OWNER, agent, claim: claim.key } },
    phase: "submitted",
    isMine: false,
    sinceMs: null,
    doubt: NO_DOUBT,
  };
}

/** One question to the API, to be answered when the test says so. */
interface Question<Answer> {
  readonly atMs: number;
  readonly signal: AbortSignal;
  readonly busy: readonly string[];
  readonly answer: (answer: Answer) => void;
  readonly fail: (thrown: unknown) => void;
}

/** Asks the test; it hears of a signal that is aborted, and does nothing about it. */
function asker<Answer>(now: () => number) {
  const asked: Question<Answer>[] = [];
  const ask = (signal: AbortSignal, busy: ReadonlySet<string> = new Set()): Promise<Answer> => {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    asked.push({ atMs: now(), signal, busy: [...busy], answer: resolve, fail: reject });
    return promise;
  };
  const last = () => asked.at(-1) ?? assert.fail("nothing was asked");
  return { asked, ask, last };
}

/** The streams over an API that is the test itself. */
function streams(polls: number | null = null, maxTasks: number | null = null) {
  const clock = fakeClock(0);
  const queue = asker<Page<FlowRun>>(clock.now);
  const search = asker<readonly UnfinishedClaim<FlowRun>[]>(clock.now);
  const logged: string[] = [];
  const refused: string[] = [];
  const asks: boolean[] = [];
  const poke$ = new Subject<void>();
  const orchestrator: AdoptingProgram<FlowRun>["effects"]["orchestrator"] = {
    lines: PREFECT1_LINES,
    poll: (busy, signal) => queue.ask(signal, busy),
    findClaims: (_marker, signal) => search.ask(signal),
  };
  const program: AdoptingProgram<FlowRun> = {
    effects: { orchestrator, clock, log: (level, text) => void logged.push(`${level} ${text}`) },
    owner: OWNER,
    pollTimeoutMs: 20_000,
    reconcileMs: 60_000,
    poke$,
    onAsks: (isAsking) => void asks.push(isAsking),
  };
  const state = {
    vault: makeRunVault<FlowRun, never>(),
    claims: new BehaviorSubject(0),
    inFlight: { count$: new BehaviorSubject(0) },
    room: makeTaskRoom(maxTasks),
    refusals: { refuse: ({ id }) => void refused.push(id), ids: () => new Set() },
    left: new Set<string>(),
    completed: new Set<string>(),
  } satisfies AdoptingState<FlowRun>;
  const found: AdmittedRun[] = [];
  const ended = { is: false };
  const stream = runsToAdopt(program, state, polls).subscribe({
    next: (runs) => found.push(...runs),
    complete: () => (ended.is = true),
  });
  const ids = () => found.map(({ header }) => header.id);
  return { clock, queue, search, logged, refused, poke$, state, found, ids, ended, stream, asks };
}

Deno.test("streams: given a poll whose answer comes after the agent stopped, then nothing is in hand, refused or told", async () => {
  const { queue, state, ids, refused, stream, logged, clock } = streams();
  const { signal, answer } = queue.last();

  stream.unsubscribe();
  answer({ ...pageOf("a"), malformed: [{ id: "bad", version: "1", message: "no flow" }] });
  await settle();

  assert.ok(signal.aborted);
  assert.deepEqual([ids(), refused, logged, [...state.vault.ids()]], [[], [], [], []]);
  assert.equal(clock.pending(), 0);
});

Deno.test("streams: given a poll that is answered too late, then its runs are left to the next one", async () => {
  const { queue, ids, state, logged, clock } = streams();
  const late = queue.last();

  await clock.advance(20_000);
  late.answer(pageOf("a"));
  await clock.advance(1000);
  queue.last().answer(pageOf("a"));
  await settle();

  assert.ok(late.signal.aborted);
  assert.deepEqual(queue.last().busy, []);
  assert.deepEqual(ids(), ["a"]);
  assert.ok(state.vault.ids().has("a"));
  assert.match(logged[0] ?? "", /^WARNING The question for due flow runs is not answered for 10 s by now/);
  assert.deepEqual(logged.slice(1), [
    "ERROR Failed to query for ready flow runs: The Prefect API did not answer within 20 s",
  ]);
});

Deno.test("streams: given a run that two polls give, then it is adopted once while it is in hand, and anew after that", async () => {
  const { queue, ids, state, clock } = streams();

  queue.last().answer(pageOf("a", "a"));
  await clock.advance(250);
  const { busy } = queue.last();
  queue.last().answer(pageOf("a", "b"));
  await settle();
  state.vault.release("a");
  await clock.advance(250);
  queue.last().answer(pageOf("a", "b"));
  await settle();

  assert.deepEqual(busy, ["a"]);
  assert.deepEqual(ids(), ["a", "b", "a"]);
});

Deno.test("streams: given rows that cannot be read, then they are refused and the others adopted", async () => {
  const { queue, ids, refused } = streams();
  const malformed = ["x", ""].map((id) => ({ id, version: null, message: `bad ${id}` }));

  queue.last().answer({ ...pageOf("a"), malformed });
  await settle();

  assert.deepEqual([ids(), refused], [["a"], ["x", ""]]);
});

Deno.test("streams: given runs that are due, early or without a time, then only the early one is told so", async () => {
  const { queue, found } = streams();
  const runs = [["due", 0], ["early", 1], ["any", null]] as const;

  queue.last().answer({ ...NOTHING, runs: runs.map(([id, dueAtMs]) => someDueRun({ id, dueAtMs })) });
  await settle();

  assert.deepEqual(found.map(({ header, isEarly }) => [header.id, isEarly]), [
    ["due", false],
    ["early", true],
    ["any", false],
  ]);
  assert.ok(found.every(({ resumed, claim }) => resumed === null && claim === "v2"));
});

Deno.test("streams: given a hundred runs on their way to tasks, then the queue is asked again once there is room", async () => {
  const { queue, state, clock, poke$ } = streams();
  state.inFlight.count$.next(100);

  queue.last().answer(NOTHING);
  await clock.advance(30_000);
  poke$.next();
  await clock.advance(30_000);
  const before = queue.asked.length;
  state.inFlight.count$.next(99);
  await settle();

  assert.deepEqual([before, queue.asked.length], [1, 2]);
});

Deno.test("streams: given a full page, then the next poll waits for its claims and for nothing else", async () => {
  const { queue, state, clock } = streams();

  queue.last().answer({ ...pageOf("a"), full: true });
  await settle();
  state.claims.next(2);
  await clock.advance(40);
  state.claims.next(1);
  const before = queue.asked.length;
  state.claims.next(0);
  await settle();

  assert.equal(before, 1);
  assert.deepEqual(queue.asked.map(({ atMs }) => atMs), [0, 40]);
});

Deno.test("streams: given a queue that has not answered, then claims are not looked for, nor before its first page is in hand", async () => {
  const { queue, search, clock, ids } = streams();

  await clock.advance(19_000);
  const before = search.asked.length;
  queue.last().answer(pageOf("a"));
  await settle();
  search.last().answer([claimOf("a"), claimOf("b")]);
  await settle();

  assert.equal(before, 0);
  assert.deepEqual(ids(), ["a", "b"]);
});

Deno.test("streams: given an API that is away, when claims are looked for, then each period warns once, and the first answer takes them up", async () => {
  const { queue, search, clock, found, logged } = streams();
  queue.last().answer(NOTHING);
  await settle();
  for (let look = 0; look < 3; look++) {
    search.last().fail(AWAY);
    await clock.advance(60_000);
  }

  search.last().answer([claimOf("a")]);
  await settle();

  const warnings = logged.filter((line) => line.startsWith("WARNING") && line.includes("claims"));
  assert.deepEqual(search.asked.map(({ atMs }) => atMs), [0, 60_000, 120_000, 180_000]);
  assert.deepEqual(
    warnings,
    Array(3).fill(`WARNING Cannot look for unfinished claims now: ${AWAY.message}`),
  );
  assert.deepEqual(found.map(({ header, resumed, isEarly }) => [header.id, resumed, isEarly]), [
    ["a", "submitted", false],
  ]);
  assert.ok(logged.some((line) => /^INFO Taking up flow run a again: it is Submitted/.test(line)));
});

for (
  const [name, madeMs, takenUp] of [
    ["5 s ago", 10_000, false],
    ["just under 10 s ago", 5001, false],
    ["10 s ago", 5000, true],
    ["later, by a clock that is a little behind", 16_000, false],
    ["a minute later, by a clock that is far behind", 75_000, true],
  ] as const
) {
  Deno.test(`streams: given a claim that was made ${name}, when it is first seen, then it is ${takenUp ? "taken up" : "looked at again in 10 s"}`, async () => {
    const { queue, search, clock, ids } = streams();
    await clock.advance(15_000);
    queue.last().answer(NOTHING);
    await settle();
    const claim = { ...claimOf("a"), sinceMs: madeMs };

    search.last().answer([claim]);
    await settle();
    const early = ids();
    await clock.advance(10_000);
    search.last().answer([claim]);
    await settle();

    assert.deepEqual([early, ids()], [takenUp ? ["a"] : [], ["a"]]);
    assert.equal(search.asked.length, takenUp ? 1 : 2);
  });
}

Deno.test("streams: given a look for claims that hangs, then it is given up, and what it would have said is not believed", async () => {
  const { queue, search, clock, ids, state } = streams();
  queue.last().answer(NOTHING);
  await settle();
  const hung = search.last();

  await clock.advance(20_000);
  hung.answer([claimOf("a")]);
  await settle();

  assert.ok(hung.signal.aborted);
  assert.deepEqual([ids(), [...state.vault.ids()]], [[], []]);
  await clock.advance(60_000);
  assert.equal(search.asked.length, 2);
});

Deno.test("streams: given a run that leaves while claims are looked for, then what was found of it is old and is left", async () => {
  const { queue, search, ids, state } = streams();
  queue.last().answer(pageOf("a"));
  await settle();

  state.vault.release("a");
  state.left.add("a");
  search.last().answer([claimOf("a"), claimOf("b")]);
  await settle();

  assert.deepEqual(ids(), ["a", "b"]);
  assert.ok(!state.vault.ids().has("a"));
});

Deno.test("streams: given a run that left before claims were looked for, or is adopted meanwhile, then only the first is taken up", async () => {
  const { queue, search, clock, ids, state } = streams();
  queue.last().answer(NOTHING);
  await settle();
  search.last().fail(AWAY);
  await clock.advance(59_000);
  state.left.add("early");
  await clock.advance(1000);
  const asked = search.last();
  await clock.advance(10_000);
  queue.last().answer(pageOf("meanwhile"));
  await settle();

  asked.answer([claimOf("early"), claimOf("meanwhile")]);
  await settle();

  assert.deepEqual(ids(), ["meanwhile", "early"]);
});

Deno.test("streams: given a poll that was answered, when the agent stops later, then its signal is left alone", async () => {
  const { queue, stream } = streams();
  const { signal, answer } = queue.last();
  answer(NOTHING);
  await settle();

  stream.unsubscribe();

  assert.ok(!signal.aborted);
});

Deno.test("streams: given runs that were let go, then those whose claims are gone are forgotten", async () => {
  const { queue, search, state } = streams();
  for (const id of ["a", "b"]) state.completed.add(id);
  queue.last().answer(NOTHING);
  await settle();

  search.last().answer([claimOf("a")]);
  await settle();

  assert.deepEqual([...state.completed], ["a"]);
});

Deno.test("streams: given a number of polls, then they end when both the last poll and the one look have been answered", async () => {
  const { queue, search, clock, ended, ids } = streams(2);

  queue.last().answer(pageOf("a"));
  await clock.advance(250);
  queue.last().fail(AWAY);
  await settle();
  const before = ended.is;
  search.last().answer([claimOf("b")]);
  await settle();

  assert.deepEqual([before, ended.is], [false, true]);
  assert.deepEqual(ids(), ["a", "b"]);
  assert.deepEqual([queue.asked.length, search.asked.length, clock.pending()], [2, 1, 0]);
});

Deno.test("streams: given a number of polls and a claim of a moment ago, when the API is away from then on, then they end all the same", async () => {
  const { queue, search, clock, ended } = streams(1);
  queue.last().answer(NOTHING);
  await settle();
  search.last().answer([{ ...claimOf("a"), sinceMs: clock.now() }]);
  await clock.advance(10_000);

  search.last().fail(AWAY);
  await clock.advance(60_000);

  assert.equal(search.asked.length, 2);
  assert.ok(ended.is);
});

Deno.test("limit: given a page of five and room for two, then two are adopted, and the others come once a place is free", async () => {
  const { queue, search, ids, state, clock } = streams(null, 2);
  search.last().answer([]);
  await settle();

  queue.last().answer(pageOf("a", "b", "c", "d", "e"));
  await clock.advance(60_000);
  const first = [ids(), queue.asked.length];
  state.vault.release("a");
  state.room.leave("a", null);
  await clock.advance(1);
  queue.last().answer(pageOf("c", "d", "e"));
  await clock.advance(60_000);

  assert.deepEqual(first, [["a", "b"], 1]);
  assert.deepEqual([ids(), queue.asked.length], [["a", "b", "c"], 2]);
  assert.deepEqual([...state.vault.ids()], ["b", "c"]);
});

Deno.test("limit: given no place, then it is told that no runs are asked for, and that they are once a place is free", async () => {
  const { queue, search, state, clock, asks } = streams(null, 1);
  search.last().answer([]);
  await settle();
  queue.last().answer(pageOf("a"));
  await clock.advance(60_000);
  const full = asks.at(-1);

  state.room.leave("a", null);
  await clock.advance(1);

  assert.deepEqual([full, asks.at(-1), queue.asked.length], [false, true, 2]);
});

Deno.test("limit: given tasks of earlier processes, then the search goes first and those of this name alone take places", async () => {
  const { queue, search, ids, clock } = streams(null, 3);
  const before = queue.asked.length;

  search.last().answer([
    { ...claimOf("own"), phase: "running" },
    { ...claimOf("other", "another agent"), phase: "running" },
    claimOf("taken up", "another agent"),
  ]);
  await settle();
  queue.last().answer(pageOf("a", "b"));
  await clock.advance(1000);

  assert.equal(before, 0);
  assert.deepEqual(ids(), ["own", "other", "taken up", "a"]);
});

Deno.test("limit: given a search that fails, then the queue is asked all the same", async () => {
  const { queue, search, clock } = streams(null, 1);

  search.last().fail(AWAY);
  await clock.advance(1);

  assert.equal(queue.asked.length, 1);
});

Deno.test("limit: given a run that left while its task lives, then its place is free once the task is gone", async () => {
  const { queue, search, ids, state, clock } = streams(null, 1);
  const gone = Promise.withResolvers<void>();
  search.last().answer([]);
  await settle();
  queue.last().answer(pageOf("a", "b"));
  await clock.advance(1000);

  state.vault.release("a");
  state.room.leave("a", gone.promise);
  await clock.advance(60_000);
  const during = queue.asked.length;
  gone.resolve();
  await clock.advance(1);
  queue.last().answer(pageOf("b"));
  await settle();

  assert.equal(during, 1);
  assert.deepEqual(ids(), ["a", "b"]);
});
