/**
 * The rules of state changes against a real server: every type and every name of a state × each proposal, and walks through
 * them by chance.
 *
 * `PREFECT3_PYTHON` names the Python (see make_prefect3_venv.sh); where it is not set, the tests are ignored and say so.
 *
 * @module
 */

import assert from "node:assert/strict";
import { seededRandom } from "../../../sandbox/ecs/seeded_random.ts";
import type { ProposedState, StateDetails } from "../../../schemas/prefect3/state_rules/state.ts";
import type { ServerRelease } from "../../../schemas/prefect3/state_rules/transition.ts";
import { type MirroredDeployment, type MirroredRun, MirroredRuns } from "../support/mirrored_runs.ts";
import { prefect3Test } from "../support/prefect3_test.ts";

const PAST = "2026-01-02T03:04:05Z";
const FUTURE = "2101-01-02T03:04:05Z";
const LONG_OVER = "2020-01-02T03:04:05Z";

/** A state with details. */
function state(
  type: ProposedState["type"],
  name: string,
  details: Partial<StateDetails> = {},
): ProposedState {
  return { type, name, state_details: details };
}

const RESULT = { type: "COMPLETED", data: { type: "reference", storage_key: "a" } } as const;

/** Every type and every name that Prefect gives. */
const STATES: readonly ProposedState[] = [
  state("SCHEDULED", "Scheduled", { scheduled_time: PAST }),
  state("SCHEDULED", "Late", { scheduled_time: PAST }),
  state("SCHEDULED", "Resuming", { scheduled_time: PAST }),
  state("SCHEDULED", "AwaitingRetry", { scheduled_time: PAST }),
  state("SCHEDULED", "AwaitingConcurrencySlot", { scheduled_time: FUTURE }),
  state("PENDING", "Pending"),
  state("PENDING", "Submitting"),
  state("PENDING", "InfrastructurePending"),
  state("RUNNING", "Running"),
  state("RUNNING", "Retrying"),
  state("PAUSED", "Paused", { pause_key: "a" }),
  state("PAUSED", "Paused", { pause_timeout: LONG_OVER }),
  state("PAUSED", "Suspended", { pause_reschedule: true }),
  state("CANCELLING", "Cancelling"),
  state("CANCELLED", "Cancelled"),
  state("COMPLETED", "Completed"),
  { ...RESULT },
  { type: "COMPLETED", data: { type: "unpersisted" } },
  state("FAILED", "Failed"),
  state("CRASHED", "Crashed"),
];

/** The types alone, as they are named by default. */
const TYPES: readonly ProposedState[] = STATES.filter(({ type }, at) =>
  STATES.findIndex((other) => other.type === type) === at
).map(({ type, state_details }) => ({ type, ...(state_details === undefined ? {} : { state_details }) }));

/** Each state, forced, and then each proposal. */
async function playTable(
  mirror: MirroredRuns,
  run: MirroredRun,
  table: { readonly from: readonly ProposedState[]; readonly to: readonly ProposedState[] },
): Promise<void> {
  for (const before of table.from) {
    for (const [at, proposed] of table.to.entries()) {
      await mirror.propose(run, before, { force: true, isBriefly: true });
      const isRenewing = at % 2 === 0;
      await mirror.propose(run, proposed, { isRenewing });
      if (proposed.type === "PENDING") await mirror.propose(run, { type: "RUNNING" }, { isRenewing });
    }
  }
}

interface Sites {
  readonly free: MirroredDeployment;
  readonly tight: MirroredDeployment;
  readonly strict: MirroredDeployment;
  readonly closed: MirroredDeployment;
}

async function deployAll(mirror: MirroredRuns): Promise<Sites> {
  const one = { limit: 1, isActive: true };
  return {
    free: await mirror.deploy("free"),
    tight: await mirror.deploy("tight", one),
    strict: await mirror.deploy("strict", one, "CANCEL_NEW"),
    closed: await mirror.deploy("closed", { ...one, limit: 0 }),
  };
}

const DUE = state("SCHEDULED", "Scheduled", { scheduled_time: PAST });

async function playNames(mirror: MirroredRuns, { free }: Sites): Promise<void> {
  await playTable(mirror, await mirror.create(free, DUE), { from: STATES, to: STATES });
}

async function playWithTaskAndWithoutDeployment(mirror: MirroredRuns, { free }: Sites): Promise<void> {
  const withTask = await mirror.create(free, DUE);
  await mirror.nameTask(withTask);
  const cancelling = { from: STATES, to: [{ type: "CANCELLING" }] } as const;
  await playTable(mirror, withTask, cancelling);
  await playTable(mirror, await mirror.create(null, DUE), { from: TYPES, to: TYPES });
  await playTable(mirror, await mirror.create(null, DUE), { from: STATES, to: [{ type: "SCHEDULED" }] });
}

async function playLimits(mirror: MirroredRuns, { tight, strict, closed }: Sites): Promise<void> {
  const claims = { from: TYPES, to: [{ type: "PENDING" }, state("PENDING", "Submitting")] } as const;
  await playTable(mirror, await mirror.create(closed, DUE), claims);
  for (const deployment of [tight, strict]) {
    const [holder, waiting] = [await mirror.create(deployment, DUE), await mirror.create(deployment, DUE)];
    await mirror.propose(holder, { type: "PENDING" });
    await playTable(mirror, waiting, claims);
    await mirror.propose(waiting, DUE, { force: true });
    await mirror.propose(holder, { type: "RUNNING" }, { isRenewing: true });
    await mirror.propose(holder, { type: "COMPLETED" });
    await mirror.propose(waiting, { type: "PENDING" });
    await mirror.endLease(waiting);
    await mirror.propose(waiting, { type: "RUNNING" }, { isRenewing: true });
    await mirror.propose(waiting, { type: "CRASHED" });
    await mirror.propose(waiting, DUE);
    await mirror.propose(waiting, { type: "PENDING" });
    await mirror.endLease(waiting);
    await mirror.propose(holder, DUE, { force: true });
    await mirror.propose(holder, { type: "PENDING" });
    await mirror.propose(waiting, { type: "RUNNING" }, { isRenewing: true });
    await mirror.propose(holder, { type: "CANCELLING" });
    await mirror.propose(holder, { type: "CANCELLED" });
  }
}

/** A run that is cancelled in the queue holds no slot; when that ends, the slot of another run is given away once more. */
async function playCancelledInQueue(mirror: MirroredRuns, { tight }: Sites): Promise<void> {
  const [holder, waiting, third] = [
    await mirror.create(tight, DUE),
    await mirror.create(tight, DUE),
    await mirror.create(tight, DUE),
  ];
  await mirror.propose(holder, { type: "PENDING" });
  await mirror.nameTask(waiting);
  await mirror.propose(waiting, { type: "CANCELLING" });
  await mirror.propose(waiting, { type: "CANCELLED" });
  await mirror.propose(third, { type: "PENDING" });
  assert.deepEqual([holder.state.type, waiting.state.type, third.state.type], [
    "PENDING",
    "CANCELLED",
    "PENDING",
  ]);
  for (const run of [holder, third]) await mirror.propose(run, { type: "CRASHED" });
}

async function playRetries(mirror: MirroredRuns, { free, tight }: Sites): Promise<void> {
  for (const deployment of [null, free, tight]) {
    const run = await mirror.create(deployment, DUE, { retries: 2, retry_delay: 5 });
    await mirror.propose(run, { type: "PENDING" });
    for (const expected of ["in_process", "in_process", null]) {
      await mirror.propose(run, { type: "RUNNING" }, { isRenewing: true, force: expected === null });
      await mirror.propose(run, { type: "FAILED", message: "no" }, { isRenewing: true });
      assert.equal(run.policy.retry_type, run.runCount > 2 ? null : "in_process");
      if (run.state.type === "SCHEDULED") {
        await mirror.propose(run, { type: "RUNNING" }, { isRenewing: true });
      }
      await mirror.propose(run, { type: "RUNNING" }, { force: true });
    }
    await mirror.propose(run, state("SCHEDULED", "AwaitingRetry", { scheduled_time: PAST }));
    await mirror.propose(run, { type: "CANCELLED" });
  }
}

const ID_1 = "11111111-1111-4111-8111-111111111111";
const ID_2 = "22222222-2222-4222-8222-222222222222";

async function playRepeats(mirror: MirroredRuns, { free }: Sites): Promise<void> {
  const run = await mirror.create(free, DUE);
  for (const before of STATES) {
    await mirror.propose(
      run,
      { ...before, state_details: { ...before.state_details, transition_id: ID_1 } },
      {
        force: true,
      },
    );
    for (const force of [false, true]) {
      await mirror.propose(run, { type: "PENDING", state_details: { transition_id: ID_1 } }, { force });
    }
  }
  await mirror.propose(run, DUE, { force: true });
  for (const transition_id of [ID_1, ID_1, ID_2, ID_1]) {
    const { reason } = await mirror.propose(run, { type: "PENDING", state_details: { transition_id } });
    assert.ok(transition_id !== ID_1 || reason?.kind !== "notPending");
  }
}

async function playMany(mirror: MirroredRuns, { free, tight }: Sites): Promise<void> {
  const runs = [
    await mirror.create(tight, DUE),
    await mirror.create(free, state("SCHEDULED", "Scheduled", { scheduled_time: LONG_OVER })),
    await mirror.create(free, { type: "FAILED" }),
    await mirror.create(null, { type: "RUNNING" }),
    await mirror.create(free, state("PENDING", "Pending", { scheduled_time: PAST })),
  ];
  for (
    const proposed of [
      state("PENDING", "Pending", { transition_id: ID_1 }),
      state("PENDING", "Pending", { transition_id: ID_1 }),
      state("PENDING", "Submitting"),
      state("RUNNING", "Running"),
      state("CANCELLING", "Cancelling"),
      state("COMPLETED", "Completed"),
      state("CANCELLED", "Cancelled"),
    ]
  ) await mirror.proposeToAll(runs, proposed);
  await mirror.proposeToAll(runs, DUE, { force: true });
  await mirror.proposeToAll(runs, state("PENDING", "Pending"));
  await mirror.proposeToAll(runs, { type: "CRASHED" });
}

/** Walks by chance, so that what one change leaves behind meets the next. */
async function walk(mirror: MirroredRuns, { free, tight, strict }: Sites, steps: number): Promise<void> {
  const random = seededRandom(20260102);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const runs = [
    await mirror.create(free, DUE, { retries: 1, retry_delay: 0 }),
    await mirror.create(null, DUE),
    await mirror.create(tight, DUE, { retries: 3, retry_delay: 0 }),
    await mirror.create(tight, DUE),
    await mirror.create(strict, DUE),
    await mirror.create(strict, DUE),
  ];
  for (let step = 0; step < steps; step += 1) {
    const run = pick(runs);
    const likely = run.state.type === "SCHEDULED" ? state("PENDING", "Pending") : state("RUNNING", "Running");
    const proposed = random() < 0.4 ? likely : pick(STATES);
    const id = random() < 0.2 ? { transition_id: pick([ID_1, ID_2]) } : {};
    const details = { ...proposed.state_details, ...id };
    if (random() < 0.05) await mirror.endLease(run);
    const asking = { force: random() < 0.1, isRenewing: random() < 0.7 };
    await mirror.propose(run, { ...proposed, state_details: details }, asking);
  }
}

function tableTest(release: ServerRelease, variable: string): void {
  prefect3Test({
    variable,
    name:
      `state rules: given a real ${release} server, when every state meets each proposal, then both decide alike`,
    work: async ({ server }) => {
      const mirror = new MirroredRuns(server, release);
      const sites = await deployAll(mirror);

      await playRepeats(mirror, sites);
      await playLimits(mirror, sites);
      await playCancelledInQueue(mirror, sites);
      await playRetries(mirror, sites);
      if (release === "3.9") await playMany(mirror, sites);
      await playWithTaskAndWithoutDeployment(mirror, sites);
      await playNames(mirror, sites);
      await walk(mirror, sites, 300);

      assert.ok(mirror.compared > 1000, `${mirror.compared} changes were compared`);
    },
  });
}

tableTest("3.9", "PREFECT3_PYTHON");
tableTest("3.4", "PREFECT34_PYTHON");
