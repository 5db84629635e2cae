/**
 * What every platform must do: one suite for all of them. A platform passes it against its world in memory, and once more
 * against a real stand-in.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { LaunchRequest, Platform, SeenTask, TaskRef } from "../../schemas/contracts/platform.ts";
import { type Failure, FailureError } from "../../schemas/failure/failure.ts";
import type { LaunchedTask } from "../../schemas/contracts/task.ts";

/** What a task of a plan does once it runs. `noRoom`: the platform has no place for it. */
export type Behaviour = "waits" | "endsWell" | "fails" | "noRoom";

/** A platform with nothing launched, and how a test plays with it. */
export interface PlatformWorld<Plan> {
  readonly platform: Platform<Plan>;
  /** A good plan; two plans of one behaviour need the same definition. */
  readonly plan: (runId: string, behaviour: Behaviour) => Plan;
  /** A plan that the platform is certain to refuse. */
  readonly badPlan: (runId: string) => Plan;
  /** Tasks that were ever started. */
  readonly started: () => number;
  /** Definitions that were ever registered; 0 for a platform that registers none. */
  readonly registered: () => number;
  /** Lets a little time pass. */
  readonly pass: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** The suite. @param open makes a world; each test gets one of its own */
export function testPlatform<Plan>(name: string, open: () => Promise<PlatformWorld<Plan>>): void {
  for (const [what, test] of Object.entries(CASES)) {
    Deno.test(`platform ${name}: ${what}`, async () => {
      const world = await open();
      try {
        await test(new Steps(world));
      } finally {
        await world.close();
      }
    });
  }
}

/** Most steps of time that something may take. */
const PATIENCE = 400;

const SIGNAL = new AbortController().signal;

type LaunchOptions = Partial<Pick<LaunchRequest<unknown>, "token" | "confirm">>;

/** The platform's members in the order in which the agent uses them. */
class Steps<Plan> {
  constructor(readonly world: PlatformWorld<Plan>) {}

  get platform(): Platform<Plan> {
    return this.world.platform;
  }

  /** Checks, ensures and launches. */
  async launch(runId: string, behaviour: Behaviour, options: LaunchOptions = {}): Promise<LaunchedTask> {
    const plan = this.world.plan(runId, behaviour);
    this.platform.check(plan);
    const { name } = await this.during(this.platform.ensure({ runId, plan }, SIGNAL));
    const learnt = { refusals: 0, wasReclaimed: false };
    const token = `${runId}-1`;
    const confirm = () => Promise.resolve();
    return await this.during(
      this.platform.run({
        runId,
        plan,
        definition: name,
        token,
        nextToken: () => Promise.resolve(null),
        learnt,
        confirm,
        ...options,
      }, SIGNAL),
    );
  }

  ref(runId: string, id: string): TaskRef {
    return { id, place: this.platform.place(this.world.plan(runId, "waits"), runId) };
  }

  /** Looks until the task is in a phase. @throws {assert.AssertionError} when it never is */
  async seen(task: TaskRef, phase: SeenTask["phase"]): Promise<SeenTask> {
    const phases: string[] = [];
    for (let i = 0; i < PATIENCE; i++) {
      const sight = (await this.during(this.platform.look([task], SIGNAL))).get(task.id);
      if (sight !== undefined) phases.push(sight.phase);
      if (sight?.phase === phase) return sight;
      await this.world.pass();
    }
    assert.fail(`the task was never ${phase}: ${[...new Set(phases)].join(", ")}`);
  }

  async live(runId: string): Promise<readonly string[]> {
    const place = this.platform.place(this.world.plan(runId, "waits"), runId);
    const list = await this.during(this.platform.list({ runId, taskId: null, place }, SIGNAL));
    assert.equal(list.outcome, "listed");
    return list.outcome === "listed" ? list.ids : [];
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

async function failureOf(work: Promise<unknown>): Promise<Failure> {
  try {
    await work;
  } catch (thrown) {
    assert.ok(thrown instanceof FailureError, `not a failure of the closed union: ${thrown}`);
    return thrown.failure;
  }
  return assert.fail("it was not refused");
}

const RUN = "3f2a0000-0000-4000-8000-000000000001";
const OTHER = "3f2a0000-0000-4000-8000-000000000002";

const CASES: Readonly<Record<string, <Plan>(steps: Steps<Plan>) => Promise<void>>> = {
  "given a good plan, when it is checked, then nothing is refused or registered": (steps) => {
    steps.platform.check(steps.world.plan(RUN, "waits"));

    assert.equal(steps.world.registered() + steps.world.started(), 0);
    return Promise.resolve();
  },

  "given a plan that the platform refuses for certain, when it is checked, then the flow run is called bad before anything is sent":
    async (steps) => {
      const failure = await failureOf(
        Promise.resolve().then(() => steps.platform.check(steps.world.badPlan(RUN))),
      );

      assert.equal(failure.tag, "badFlowRun");
      assert.equal(steps.world.registered() + steps.world.started(), 0);
    },

  "given two runs that need one definition, when both are ensured, then it is registered once at most":
    async (
      steps,
    ) => {
      const { platform, world } = steps;
      const both = [RUN, OTHER].map((runId) =>
        platform.ensure({ runId, plan: world.plan(runId, "waits") }, SIGNAL)
      );
      const [one, other] = await steps.during(Promise.all(both));

      assert.equal(one?.name, other?.name);
      assert.ok(world.registered() <= 1, `${world.registered()} registrations`);
    },

  "given a launch, when it is asked for again with the same token, then the same task is named and no other starts":
    async (steps) => {
      const first = await steps.launch(RUN, "waits");
      const second = await steps.launch(RUN, "waits");

      assert.equal(second.id, first.id);
      assert.equal(first.adopted, false);
      assert.equal(steps.world.started(), 1);
    },

  "given a launch, when another token is used, then another task starts": async (steps) => {
    const first = await steps.launch(RUN, "waits");
    const second = await steps.launch(RUN, "waits", { token: `${RUN}-2` });

    assert.notEqual(second.id, first.id);
    assert.equal(steps.world.started(), 2);
  },

  "given a confirmation that fails, when a launch is asked for, then nothing starts and its failure is passed on":
    async (steps) => {
      const lost: Failure = { tag: "claimLost", message: "another process has it" };
      const confirm = () => Promise.reject(new FailureError(lost));

      assert.deepEqual(await failureOf(steps.launch(RUN, "waits", { confirm })), lost);
      assert.equal(steps.world.started(), 0);
    },

  "given no room, when a launch is asked for, then it is not placed, with a class and a sentence": async (
    steps,
  ) => {
    const failure = await failureOf(steps.launch(RUN, "noRoom"));

    assert.equal(failure.tag, "notPlaced");
    assert.ok(
      failure.tag === "notPlaced" && ["capacity", "accountLimit", "configuration"].includes(failure.class),
    );
    assert.ok(failure.message.length > 10, failure.message);
    assert.equal(steps.world.started(), 0);
  },

  "given the place of a run, when it is kept as JSON, then it finds the same tasks": async (steps) => {
    const { id } = await steps.launch(RUN, "waits");
    const { place } = steps.ref(RUN, id);
    const kept = JSON.parse(JSON.stringify(place));

    assert.deepEqual(kept, place);
    await steps.seen({ id, place: kept }, "running");
  },

  "given a task that runs, when it is looked at, then it is running, and an unknown one is missing": async (
    steps,
  ) => {
    const { id } = await steps.launch(RUN, "waits");
    const known = steps.ref(RUN, id);
    const unknown = { ...known, id: id.replace(/.$/, (last) => last === "0" ? "1" : "0") };
    await steps.seen(known, "running");
    const sights = await steps.during(steps.platform.look([known, unknown], SIGNAL));

    assert.equal(sights.get(known.id)?.phase, "running");
    assert.equal(sights.get(unknown.id)?.phase, "missing");
  },

  "given tasks of two runs, when those of one are listed, then only its live tasks are named": async (
    steps,
  ) => {
    const { id } = await steps.launch(RUN, "waits");
    const other = await steps.launch(OTHER, "endsWell");
    await steps.seen(steps.ref(OTHER, other.id), "stopped");

    assert.deepEqual(await steps.live(RUN), [id]);
    assert.deepEqual(await steps.live(OTHER), []);
  },

  "given a task that failed, when it is explained, then the failure names the task and says that it stopped":
    async (
      steps,
    ) => {
      const { id } = await steps.launch(RUN, "fails");
      const seen = await steps.seen(steps.ref(RUN, id), "stopped");
      assert.ok(seen.phase === "stopped");
      const failure = steps.platform.explain({ runId: RUN, taskId: id, seen, wasRunning: false, log: null });

      assert.equal(seen.failed, true);
      assert.equal(seen.neverRan, false);
      assert.equal(seen.endedByItself, true);
      assert.equal(failure.tag, "taskStopped");
      assert.ok(failure.message.includes(id), failure.message);
      assert.match(failure.message, /\b3\b/, "the exit code is part of the explanation");
    },

  "given a task that ended well, when it is looked at, then it has not failed": async (steps) => {
    const { id } = await steps.launch(RUN, "endsWell");
    const seen = await steps.seen(steps.ref(RUN, id), "stopped");

    assert.ok(seen.phase === "stopped" && !seen.failed && !seen.neverRan);
  },

  "given a task that the platform shows no more, when it is explained, then the failure says so": (steps) => {
    const failure = steps.platform.explain({
      runId: RUN,
      taskId: "gone",
      seen: null,
      wasRunning: true,
      log: null,
    });

    assert.equal(failure.tag, "taskStopped");
    assert.equal(failure.wasRunning, true);
    assert.ok(failure.message.length > 10);
    return Promise.resolve();
  },

  "given a task that runs, when it is stopped, then it ends and is no longer listed": async (steps) => {
    const { id } = await steps.launch(RUN, "waits");
    const task = steps.ref(RUN, id);
    await steps.seen(task, "running");
    await steps.during(steps.platform.stop(task, { runId: RUN, reason: "cancel" }, SIGNAL));
    const seen = await steps.seen(task, "stopped");

    assert.ok(seen.phase === "stopped" && !seen.endedByItself);
    assert.deepEqual(await steps.live(RUN), []);
  },

  "given a task that is long gone, when it is stopped, then that is no failure": async (steps) => {
    const { id } = await steps.launch(RUN, "waits");
    const gone = { ...steps.ref(RUN, id), id: id.replace(/.$/, (last) => last === "0" ? "1" : "0") };

    await steps.during(steps.platform.stop(gone, { runId: RUN, reason: "tooSlow" }, SIGNAL));
    assert.equal(steps.world.started(), 1);
  },

  "given nothing in hand, when it is asked what a run waits for, then it waits for nothing": (steps) => {
    assert.equal(steps.platform.waitsFor(RUN), null);
    return Promise.resolve();
  },

  "given the platform's words and links, when they are shown, then each is a text and each link an address": (
    steps,
  ) => {
    for (const [word, text] of Object.entries(steps.platform.words)) assert.match(text, /\S/, word);
    for (const { label, url } of steps.platform.links("task-1")) {
      assert.match(label, /\S/);
      assert.ok(URL.canParse(url), url);
    }
    return Promise.resolve();
  },
};
