/**
 * What every dialect of Prefect must do: one suite for all of them. A dialect passes it against its API in memory, and once
 * more against a real stand-in.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { DueRun, Orchestrator, RunState } from "../../schemas/contracts/orchestrator.ts";
import type { Failure } from "../../schemas/failure/failure.ts";
import type { Claim, ClaimOwner } from "../../schemas/flow_run/flow_run.ts";

/** A state that a flow reports, or a person sets. */
export type Reported = "running" | "succeeded" | "cancelling";

/** An API with an agent of two processes and a stranger, and how a test plays with it. */
export interface OrchestratorWorld<Run> {
  /** The agent's first process. */
  readonly first: Orchestrator<Run>;
  /** Another process of the same agent. */
  readonly replica: Orchestrator<Run>;
  /** Schedules a run that is due. @returns its id */
  readonly schedule: () => Promise<string>;
  readonly report: (runId: string, state: Reported) => Promise<void>;
  /** Lines of the run's own log. */
  readonly logged: (runId: string) => Promise<readonly string[]>;
  /** Lets a little time pass. */
  readonly pass: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** The suite. @param open makes a world; each test gets one of its own */
export function testOrchestrator<Run>(name: string, open: () => Promise<OrchestratorWorld<Run>>): void {
  for (const [what, test] of Object.entries(CASES)) {
    Deno.test(`orchestrator ${name}: ${what}`, async () => {
      const world = await open();
      try {
        await test(new Steps(world));
      } finally {
        await world.close();
      }
    });
  }
}

/** Most steps of time that an answer may take. */
const PATIENCE = 400;

const SIGNAL = new AbortController().signal;
const OWNER: ClaimOwner = { agent: "agent", scope: "us-east-1/default" };
const FAILURE: Failure = { tag: "unexpected", message: "There is no such image" };

/** The orchestrator's members in the order in which the agent uses them. */
class Steps<Run> {
  constructor(readonly world: OrchestratorWorld<Run>) {}

  get first(): Orchestrator<Run> {
    return this.world.first;
  }

  /** Schedules a run and polls it. */
  async due(): Promise<DueRun<Run>> {
    const runId = await this.world.schedule();
    const { runs } = await this.during(this.first.poll(new Set(), SIGNAL));
    return runs.find(({ header }) => header.id === runId) ?? assert.fail(`run ${runId} is not in the page`);
  }

  /** The same, claimed by the first process. */
  async claimed(): Promise<DueRun<Run>> {
    const due = await this.due();
    const result = await this.during(this.first.claim(due.run, claimOf(due), SIGNAL));
    assert.equal(result.outcome, "claimed");
    return due;
  }

  async state(runId: string): Promise<RunState> {
    const [state] = await this.during(this.first.read([runId], SIGNAL));
    return state ?? assert.fail(`run ${runId} cannot be read`);
  }

  async hold(by: Orchestrator<Run>, due: DueRun<Run>, mayTake: boolean) {
    const { header, run } = due;
    const wanted = { runId: header.id, run, claim: claimOf(due), mayTake, renew: false, note: null };
    return (await this.during(by.hold(wanted, SIGNAL))).outcome;
  }

  /** Waits for an answer while time passes. */
  async during<T>(answer: Promise<T>): Promise<T> {
    let isDone = false;
    const watched = answer.finally(() => isDone = true);
    watched.catch(() => undefined); // thrown to whoever awaits it below
    for (let i = 0; i < PATIENCE && !isDone; i++) await this.world.pass();
    return await watched;
  }
}

function claimOf({ claim }: DueRun<unknown>): Claim {
  return { ...claim, marker: { ...OWNER, claim: claim.key } };
}

const CASES: Readonly<Record<string, <Run>(steps: Steps<Run>) => Promise<void>>> = {
  "given an agent, when it starts, then it is registered": async (steps) => {
    const { tenantId } = await steps.during(steps.first.start(SIGNAL));

    assert.ok(tenantId === null || tenantId !== "");
  },

  "given a run that is due, when the queue is asked, then the run has a header and a claim, and is plain data":
    async (
      steps,
    ) => {
      const { header, claim, run } = await steps.due();

      assert.match(header.flowName, /\S/);
      assert.match(claim.key, /\S/);
      assert.equal(claim.isLate, false);
      assert.deepEqual(JSON.parse(JSON.stringify(run)), run);
    },

  "given a run that the agent has, when the queue is asked, then it is not given again": async (steps) => {
    const { header } = await steps.due();
    const { runs } = await steps.during(steps.first.poll(new Set([header.id]), SIGNAL));

    assert.deepEqual(runs, []);
  },

  "given a claim, when the run is read, then it is claimed and names the owner and the claim": async (
    steps,
  ) => {
    const due = await steps.claimed();
    const state = await steps.state(due.header.id);

    assert.deepEqual(
      [state.claimed, state.finished, state.scheduled, state.running],
      [true, false, false, false],
    );
    assert.deepEqual(state.marker, claimOf(due).marker);
    assert.notEqual(state.version, due.header.version);
  },

  "given a run that was claimed, when another process claims what it had polled before, then it is lost":
    async (
      steps,
    ) => {
      const due = await steps.claimed();
      const result = await steps.during(steps.world.replica.claim(due.run, claimOf(due), SIGNAL));

      assert.equal(result.outcome, "lost");
      assert.ok(result.outcome === "lost" && result.why !== "");
    },

  "given a claimed run, when the queue is asked, then the run is not given": async (steps) => {
    await steps.claimed();

    assert.deepEqual((await steps.during(steps.first.poll(new Set(), SIGNAL))).runs, []);
  },

  "given a claim, when claims are searched, then its owner alone finds it": async (steps) => {
    const due = await steps.claimed();
    const own = await steps.during(steps.first.findClaims(OWNER, SIGNAL));
    const elsewhere = await steps.during(steps.first.findClaims({ ...OWNER, scope: "us-west-2/x" }, SIGNAL));
    const other = await steps.during(steps.first.findClaims({ ...OWNER, agent: "other" }, SIGNAL));

    assert.deepEqual(own.map(({ header }) => header.id), [due.header.id]);
    assert.deepEqual(own.map(({ claim }) => claim), [claimOf(due)]);
    assert.deepEqual([...elsewhere, ...other], []);
  },

  "given a claim, when processes search for it, then only the process that made it calls it its own": async (
    steps,
  ) => {
    await steps.claimed();
    const [mine] = await steps.during(steps.first.findClaims(OWNER, SIGNAL));
    const [theirs] = await steps.during(steps.world.replica.findClaims(OWNER, SIGNAL));

    assert.deepEqual([mine?.isMine, theirs?.isMine], [true, false]);
  },

  "given a claimed run that has begun, when claims are searched, then it is found again as running": async (
    steps,
  ) => {
    const { header } = await steps.claimed();
    await steps.world.report(header.id, "running");
    const [before, found] = [
      await steps.state(header.id),
      await steps.during(steps.first.findClaims(OWNER, SIGNAL)),
    ];

    assert.deepEqual([before.running, before.claimed], [true, false]);
    assert.deepEqual(found.map((claim) => [claim.header.id, claim.phase]), [[header.id, "running"]]);
  },

  "given a run that has ended, when claims are searched, then none is found": async (steps) => {
    const { header } = await steps.claimed();
    await steps.world.report(header.id, "running");
    await steps.world.report(header.id, "succeeded");

    assert.deepEqual(await steps.during(steps.first.findClaims(OWNER, SIGNAL)), []);
    assert.equal((await steps.state(header.id)).end?.kind, "success");
  },

  "given a claim of this process, when it is held, then it is held, and another process does not have it":
    async (
      steps,
    ) => {
      const due = await steps.claimed();

      assert.equal(await steps.hold(steps.first, due, false), "held");
      assert.notEqual(await steps.hold(steps.world.replica, due, false), "held");
    },

  "given a claim of another process, when it may be taken over, then exactly one of both holds it": async (
    steps,
  ) => {
    const due = await steps.claimed();
    const taken = await steps.hold(steps.world.replica, due, true);
    const held = await steps.hold(steps.first, due, false);

    assert.ok(["taken", "refused"].includes(taken), taken);
    assert.equal(held === "held", taken === "refused");
    assert.ok(steps.first.holdRules.guardMs >= 0);
  },

  "given a task, when it is reported, then the report is made or kept, and names the task": async (steps) => {
    const { header } = await steps.claimed();
    const task = { id: "task-0001", label: "Task", isTakenUp: false };
    const report = await steps.during(steps.first.reportTask(header.id, task, SIGNAL));

    assert.ok(["reported", "kept"].includes(report));
    assert.match((await steps.world.logged(header.id)).join("\n"), /task-0001/);
  },

  "given a line for a run, when it is logged, then the run's own log holds it": async (steps) => {
    const { header } = await steps.claimed();
    await steps.during(steps.first.log(header.id, "WARNING", "No capacity yet", SIGNAL));

    assert.ok((await steps.world.logged(header.id)).includes("No capacity yet"));
  },

  "given a claimed run, when it is failed, then it has ended without success and its log says why": async (
    steps,
  ) => {
    const { header, claim } = await steps.claimed();
    const { version } = await steps.state(header.id);
    const toFail = { id: header.id, version, claim, held: false };
    const end = await steps.during(steps.first.fail(toFail, FAILURE, SIGNAL));
    const state = await steps.state(header.id);

    assert.deepEqual([state.finished, state.end?.kind, state.cancelled], [true, "failure", false]);
    assert.deepEqual(end, state.end);
    assert.match((await steps.world.logged(header.id)).join("\n"), /There is no such image/);
  },

  "given a run that reported its end, when it is failed or cancelled, then its end stands": async (steps) => {
    const { header, claim } = await steps.claimed();
    const { version } = await steps.state(header.id);
    await steps.world.report(header.id, "running");
    await steps.world.report(header.id, "succeeded");
    const lost = { id: header.id, version, claim, held: false };
    await steps.during(steps.first.fail(lost, FAILURE, SIGNAL)).catch(() => undefined); // refused, or left alone
    await steps.during(steps.first.cancel(lost, "Cancelled", SIGNAL)).catch(() => undefined);

    assert.equal((await steps.state(header.id)).end?.kind, "success");
  },

  "given a run that is to be cancelled, when that is confirmed, then it has ended as cancelled": async (
    steps,
  ) => {
    const { header } = await steps.claimed();
    await steps.world.report(header.id, "running");
    await steps.world.report(header.id, "cancelling");
    const { version, cancelling } = await steps.state(header.id);
    await steps.during(
      steps.first.cancel({ id: header.id, version, claim: null }, "Cancelled; it had no task", SIGNAL),
    );
    const state = await steps.state(header.id);

    assert.equal(cancelling, true);
    assert.deepEqual([state.finished, state.end?.kind, state.cancelled], [true, "cancelled", true]);
  },

  "given a run that the API does not know, when it is read, then it is absent": async (steps) => {
    const { header } = await steps.due();
    const unknown = "00000000-0000-4000-8000-00000000dead";
    const states = await steps.during(steps.first.read([unknown, header.id], SIGNAL));

    assert.deepEqual(states.map(({ id }) => id), [header.id]);
  },

  "given a claimed run, when it is read by its key, then it is as the list shows it, and one unknown is null":
    async (steps) => {
      const { header: { id } } = await steps.claimed();
      const byKey = (runId: string) => steps.during(steps.first.readByKey(runId, SIGNAL));

      assert.deepEqual(await byKey(id), await steps.state(id));
      assert.equal(await byKey(crypto.randomUUID()), null);
    },

  "given a run under its first claim, when later claims are asked for, then there is none": async (steps) => {
    const { header, claim } = await steps.claimed();
    await steps.world.report(header.id, "running");

    assert.equal(await steps.during(steps.first.hasLaterClaim({ id: header.id, claim }, SIGNAL)), false);
    assert.equal(await steps.during(steps.first.isWaiting(header.id, SIGNAL)), false);
  },

  "given a listener to the API's channel, when it is ended, then nothing is left open": (steps) => {
    const end = steps.first.pushed(() => undefined);

    end();
    return Promise.resolve(); // the sanitizers of the test fail on what stays open
  },
};
