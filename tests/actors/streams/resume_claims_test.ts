/** When claims are taken up again, as marbles. @module */

import assert from "node:assert/strict";
import { NO_DOUBT } from "../../../schemas/flow_run/flow_run.ts";
import { defer, map, NEVER, of } from "rxjs";
import { TestScheduler } from "rxjs/testing";
import type { UnfinishedClaim } from "../../../schemas/contracts/orchestrator.ts";
import {
  type FoundClaims,
  type ResumeOptions,
  unfinishedClaims,
} from "../../../actors/streams/resume_claims.ts";
import { someDueRun } from "../../support/flow_run.ts";
import { someClaim } from "../../support/claim.ts";

/** A claim as `id`, `id@version`, `id!`: one that was made at the very start of time, or `id?`: of this very process. */
function claim(text: string): UnfinishedClaim<null> {
  const [id = "", version = "2"] = text.replace(/[!?]/, "").split("@");
  return {
    header: someDueRun({ id, version: Number(version), stateType: "Submitted" }).header,
    run: null,
    claim: someClaim(),
    phase: "submitted",
    isMine: text.includes("?"),
    sinceMs: text.includes("!") ? 0 : null,
    doubt: NO_DOUBT,
  };
}

interface Given {
  /** What each look finds, the last one again and again; null: it fails. */
  readonly looks: readonly (string | null)[];
  readonly inHand?: (id: string, look: number) => boolean;
  readonly letGo?: readonly string[];
  readonly begin?: string;
  readonly options?: Partial<ResumeOptions<null>>;
}

function run(
  given: Given,
  expected: string,
  values?: Record<string, string>,
  until?: string,
): readonly string[] {
  const failures: string[] = [];
  const scheduler = new TestScheduler((a, b) => assert.deepEqual(a, b));
  scheduler.run(({ hot, cold, expectObservable }) => {
    let look = 0;
    const ask = defer(() => {
      const at = look++;
      const found = given.looks[Math.min(at, given.looks.length - 1)];
      if (found === null || found === undefined) {
        return cold<FoundClaims<null>>("#", undefined, new Error("down"));
      }
      const claims = found.split(" ").filter((id) => id !== "").map(claim);
      return of({ claims, isInHand: (id: string) => given.inHand?.(id, at) ?? false });
    });
    const resumed = unfinishedClaims({
      ask: () => ask,
      wasLetGo: (id) => given.letGo?.includes(id) ?? false,
      begin$: hot(given.begin ?? "a"),
      everyMs: 60,
      timeoutMs: 20,
      looks: null,
      onError: ({ message }) => failures.push(message),
      scheduler,
      ...given.options,
    });
    const ids = resumed.pipe(map((claims) => claims.map((one) => one.header.id).join(" ")));
    expectObservable(ids, `^ ${until ?? "199ms"} !`).toBe(expected, values);
  });
  return failures;
}

Deno.test("resume: given the queue has not answered, when time passes, then nothing is looked for", () => {
  run({ looks: ["a"], begin: "-" }, "-");
});

Deno.test("resume: given claims of an earlier process, when the queue has answered, then all are taken up at once", () => {
  run({ looks: ["a b", ""], begin: "5ms x" }, "5ms x", { x: "a b" });
});

Deno.test("resume: given a claim of this process that is in nobody's hand, when two looks agree, then it is taken up", () => {
  run({ looks: ["", "a?"], inHand: (_, look) => look > 2 }, "120ms x", { x: "a" });
});

Deno.test("resume: given a claim that appears later, when it is older than any deadline, then it is taken up", () => {
  run({ looks: ["", "a"], inHand: (_, look) => look > 6 }, "360ms x", { x: "a" }, "500ms");
});

Deno.test("resume: given a claim of this process seen once and a long period, when looked for, then the second look comes after 30 s", () => {
  const options = { everyMs: 100_000 };
  run({ looks: ["", "a?"], inHand: (_, look) => look > 2, options }, "130s x", { x: "a" }, "200s");
});

Deno.test("resume: given a claim that changes between two looks, when looked at, then it counts as young again", () => {
  run({ looks: ["", "a?@2", "a?@3", "a?@3"] }, "180ms x", { x: "a" });
});

Deno.test("resume: given a claim that is renewed again and again, when looked at, then it is left to who works on it", () => {
  const looks = ["", ...[2, 3, 4, 5].flatMap((version) => Array(4).fill(`a@${version}`))];
  run({ looks }, "-", {}, "1020ms");
});

Deno.test("resume: given a run in hand, when found, then it is not taken up", () => {
  run({ looks: ["a b"], inHand: (id) => id === "a", letGo: ["b"] }, "x", { x: "b" });
});

Deno.test("resume: given a run that left without its end reported, when found again, then it is taken up again", () => {
  run({ looks: ["a"], inHand: (_, look) => look % 2 === 1 }, "x 119ms x", { x: "a" });
});

Deno.test("resume: given a run that was let go for good, when found unchanged, then it is left alone", () => {
  run({ looks: ["a"], letGo: ["a"] }, "x", { x: "a" });
});

Deno.test("resume: given a run that was let go, when it changes, then it is taken up after two looks", () => {
  run({ looks: ["a?@2", "a?@3"], letGo: ["a"] }, "x 119ms x", { x: "a" });
});

Deno.test("resume: given the first look fails, when the next succeeds, then that one counts as the first", () => {
  const failures = run({ looks: [null, "a"], letGo: ["a"] }, "60ms x", { x: "a" });

  assert.deepEqual(failures, ["Error: down"]);
});

Deno.test("resume: given one look is all there is, when done, then the stream ends", () => {
  run({ looks: ["a"], options: { looks: 1 } }, "(x|)", { x: "a" });
});

Deno.test("resume: given the queue never answers and ends, when it does, then the stream ends", () => {
  run({ looks: ["a"], begin: "5ms |", options: { looks: 1 } }, "5ms |");
});

Deno.test("resume: given a look that hangs, when its time is over, then it is given up and said", () => {
  const failures = run({ looks: [], options: { ask: () => NEVER } }, "-");

  assert.equal(failures.length, 3);
});

Deno.test("resume: given a claim of a moment ago, when it is first seen, then it may be a living agent's and waits for the next look", () => {
  run({ looks: ["a! b", "a! b", ""] }, "b 59ms a", { a: "a b", b: "b" });
});

Deno.test("resume: given a claim of a moment ago and a long period, when ten seconds are over, then it is looked at again", () => {
  const options = { everyMs: 60_000 };
  run({ looks: ["a!", "a!", ""], options }, "10s a", { a: "a" }, "100s");
});

Deno.test("resume: given a claim of a moment ago and one look, when done, then there is another one for it", () => {
  run({ looks: ["a!", "a!"], options: { looks: 1 } }, "60ms (a|)", { a: "a" });
});

Deno.test("resume: given a claim of a moment ago and one look, when the further one fails, then the stream ends", () => {
  const failures = run({ looks: ["a!", null], options: { looks: 1 } }, "60ms |");

  assert.equal(failures.length, 1);
});
