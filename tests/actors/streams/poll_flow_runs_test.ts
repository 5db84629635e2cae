import assert from "node:assert/strict";
import { delay, EMPTY, NEVER, type Observable, of, throwError } from "rxjs";
import { TestScheduler } from "rxjs/testing";
import { flowRuns, type Polled, type PollOptions } from "../../../actors/streams/poll_flow_runs.ts";
import type { Failure } from "../../../schemas/failure/failure.ts";

type Run = string;

function scheduler(): TestScheduler {
  return new TestScheduler((actual, expected) => assert.deepEqual(actual, expected));
}

/** Polls answer in order, the last one repeats; each takes 10 ms. */
function asking(answers: readonly Polled<Run>[], at: TestScheduler): () => Observable<Polled<Run>> {
  let n = 0;
  return () => {
    const answer = answers[Math.min(n++, answers.length - 1)] ?? { runs: [], full: false };
    return of(answer).pipe(delay(10, at));
  };
}

function options(at: TestScheduler, more: Partial<PollOptions<Run>>): PollOptions<Run> {
  return {
    ask: asking([{ runs: [], full: false }], at),
    polls: null,
    timeoutMs: 1000,
    describeTimeout: (why) => `Cannot ask the queue: ${why}`,
    poke$: NEVER,
    claimsSettled: () => NEVER,
    room: () => of(true),
    onError: () => undefined,
    scheduler: at,
    ...more,
  };
}

const work = (...runs: Run[]): Polled<Run> => ({ runs, full: false });
const values = { w: ["a"], n: [] as Run[] };

Deno.test("poll: given work and then none, when polling, then it pauses 250 ms, then 0.5, 1, 2, 4, 8, 10, 10 s", () => {
  const at = scheduler();
  at.run(({ expectObservable }) => {
    const polls = flowRuns(options(at, { ask: asking([work("a"), work()], at), polls: 9 }));

    // each frame of a value counts 1 ms itself
    expectObservable(polls).toBe(
      "10ms w 259ms n 509ms n 1009ms n 2009ms n 4009ms n 8009ms n 10009ms n 10009ms (n|)",
      values,
    );
  });
});

Deno.test("poll: given a full page, when its claims are settled, then the next poll follows at once", () => {
  const at = scheduler();
  at.run(({ expectObservable }) => {
    const full = { runs: ["a"], full: true };
    const polls = flowRuns(options(at, {
      ask: asking([full, work()], at),
      polls: 2,
      claimsSettled: () => of(0).pipe(delay(20, at)),
    }));

    expectObservable(polls).toBe("10ms w 29ms (n|)", values);
  });
});

Deno.test("poll: given a full page of known runs, when nothing is new, then there is no hot loop", () => {
  const at = scheduler();
  at.run(({ expectObservable }) => {
    const polls = flowRuns(options(at, {
      ask: asking([{ runs: [], full: true }], at),
      polls: 2,
      claimsSettled: () => of(0),
    }));

    expectObservable(polls).toBe("10ms n 509ms (n|)", values);
  });
});

Deno.test("poll: given a poke during the pause, when it comes, then the next poll starts then", () => {
  const at = scheduler();
  at.run(({ expectObservable, hot }) => {
    const polls = flowRuns(options(at, { polls: 2, poke$: hot("100ms p") }));

    expectObservable(polls).toBe("10ms n 99ms (n|)", values);
  });
});

Deno.test("poll: given a poke during a poll, when it comes, then the next poll follows the present one at once", () => {
  const at = scheduler();
  at.run(({ expectObservable, hot }) => {
    const polls = flowRuns(options(at, { polls: 2, poke$: hot("5ms p") }));

    expectObservable(polls).toBe("10ms n 9ms (n|)", values);
  });
});

for (
  const [name, bad] of [["an error", () => throwError(() => new Error("boom"))], [
    "no answer at all",
    () => NEVER,
  ]] as const
) {
  Deno.test(`poll: given ${name}, when polling, then it is told, counts as idle and the stream goes on`, () => {
    const at = scheduler();
    const failures: Failure[] = [];
    at.run(({ expectObservable }) => {
      const good = asking([work("a")], at);
      let n = 0;
      const ask = () => (n++ === 0 ? bad() : good());
      const wait = name === "an error" ? "n 509ms (w|)" : "1000ms n 509ms (w|)";

      expectObservable(flowRuns(options(at, { ask, polls: 2, onError: (f) => failures.push(f) }))).toBe(
        wait,
        values,
      );
    });
    assert.equal(failures.length, 1);
  });
}

Deno.test("poll: given a limit of polls, when the last is done, then the stream completes without a further pause", () => {
  const at = scheduler();
  at.run(({ expectObservable }) => {
    expectObservable(flowRuns(options(at, { polls: 1 }))).toBe("10ms (n|)", values);
  });
});

Deno.test("poll: given a poll that completes without a value, when polling, then the stream goes on", () => {
  const at = scheduler();
  at.run(({ expectObservable }) => {
    const good = asking([work("a")], at);
    let n = 0;
    const polls = flowRuns(options(at, { ask: () => (n++ === 0 ? EMPTY : good()), polls: 2 }));

    expectObservable(polls).toBe("260ms (w|)", values);
  });
});

Deno.test("poll: given no room for another page, when a poll is due, then it waits for room", () => {
  const at = scheduler();
  at.run(({ expectObservable, hot }) => {
    const free = hot("2s r");
    const polls = flowRuns(options(at, { polls: 2, room: () => free }));

    expectObservable(polls).toBe("10ms n 1999ms (n|)", values);
  });
});

Deno.test("poll: given a poke during a poll, when it has been followed by another poll, then pauses are as usual again", () => {
  const at = scheduler();
  at.run(({ hot, expectObservable }) => {
    const polls = flowRuns(options(at, { polls: 3, poke$: hot("5ms p") }));

    expectObservable(polls).toBe("10ms n 9ms n 1009ms (n|)", values);
  });
});
