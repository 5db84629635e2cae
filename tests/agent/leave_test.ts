/** How the grace is shared out, and what is done with what is left of it. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { leave, makeEndTimes } from "../../agent/leave.ts";
import { makeRunVault } from "../../agent/run_vault.ts";
import type { AgentOutput } from "../../machines/agent.ts";
import { FailureError } from "../../schemas/failure/failure.ts";
import { NO_DOUBT } from "../../schemas/flow_run/flow_run.ts";
import { someClaim } from "../support/claim.ts";
import { fakeClock } from "../support/clock.ts";

const HELD = { grantedMs: 1, confirmedMs: 1, takenMs: null, setMs: null };

Deno.test("end times: given any grace, when every part of the end takes as long as it may, then the whole takes no longer than the grace", async () => {
  const ms = fc.integer({ min: 0, max: 60_000 });

  await fc.assert(fc.asyncProperty(ms, ms, ms, async (graceMs, farewellMs, used) => {
    const clock = fakeClock(0);
    const times = makeEndTimes({ graceMs, farewellMs }, clock);
    times.begin(false);

    await clock.advance(Math.min(used, times.drainMs));
    times.begin(false);
    await clock.advance(times.refusalsMs());
    const farewell = times.farewellMs();

    assert.ok(clock.now() + farewell <= Math.max(graceMs, clock.now() + 500));
    assert.ok(farewell >= Math.min(farewellMs, graceMs / 2), "the very end has its part");
  }));
});

Deno.test("end times: given a second signal, when it comes early in the grace, then at most 3 s are left", async () => {
  const clock = fakeClock(0);
  const times = makeEndTimes({ graceMs: 25_000, farewellMs: 3000 }, clock);
  times.begin(false);
  await clock.advance(1000);

  times.begin(true);

  assert.deepEqual([times.refusalsMs(), times.farewellMs()], [0, 3000]);
});

Deno.test("end times: given an end that nobody asked for, when it begins, then the grace begins", async () => {
  const clock = fakeClock(0);
  const times = makeEndTimes({ graceMs: 25_000 }, clock);
  await clock.advance(600_000);
  times.begin(false);

  await clock.advance(5000);

  assert.deepEqual([times.drainMs, times.refusalsMs(), times.farewellMs()], [25_000, 20_000, 20_000]);
});

/** Runs that were left, each with how far its launch had come. */
async function left(
  runs: Readonly<Record<string, "claiming" | "claimed" | "sent" | "taken up">>,
  giveBack: (id: string, signal: AbortSignal) => Promise<boolean> = () => Promise.resolve(true),
) {
  const clock = fakeClock(0);
  const vault = makeRunVault<string, string>();
  const asked: string[] = [];
  for (const [id, how] of Object.entries(runs)) {
    const header = {
      id,
      name: "",
      flowId: "",
      flowName: "",
      version: "1",
      stateType: "PENDING",
      dueAtMs: null,
    };
    vault.admit({ header, run: id, claim: someClaim(), doubt: NO_DOUBT });
    if (how !== "claiming") {
      vault.keepHold(id, { ...HELD, grantedMs: how === "taken up" ? null : 1 });
    }
  }
  const output: AgentOutput = {
    failure: null,
    abandoned: Object.keys(runs),
    ended: { completed: 0, failed: 0, lostClaim: 0, cancelled: 0, released: 0 },
    launched: 0,
  };
  const sent = new Set(Object.keys(runs).filter((id) => runs[id] === "sent"));
  const leaving = leave(output, {
    orchestrator: {
      giveBack: (id, signal) => {
        asked.push(id);
        return giveBack(id, signal);
      },
      end: () => {
        asked.push("end");
        return Promise.resolve();
      },
    },
    clock,
    log: () => undefined,
    forMs: 3000,
  }, { vault, sent });
  await clock.advance(3000);
  const { abandoned } = await leaving;
  return { asked, abandoned, pending: clock.pending() };
}

Deno.test("leaving: given runs in every stage of their launch, when the agent leaves, then exactly those are given back that it has claimed and surely not launched", async () => {
  const { asked, abandoned, pending } = await left({
    a: "claiming",
    b: "claimed",
    c: "sent",
    d: "taken up",
    e: "claimed",
  });

  assert.deepEqual(asked, ["b", "e", "end"]);
  assert.deepEqual(abandoned, ["a", "c", "d"]);
  assert.equal(pending, 0);
});

Deno.test("leaving: given an API that does not take a run back or does not answer, when the time is over, then the run keeps its mark and the end goes on", async () => {
  const { asked, abandoned } = await left({ a: "claimed", b: "claimed", c: "claimed" }, (id, signal) => {
    if (id === "a") return Promise.resolve(false);
    if (id === "b") return Promise.reject(new FailureError({ tag: "unreachable", message: "away" }));
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  });

  assert.deepEqual([asked, abandoned], [["a", "b", "c", "end"], ["a", "b", "c"]]);
});
