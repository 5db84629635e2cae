/**
 * A dialect of the smallest kind: runs in memory, states by number. It shows what a newcomer has to write.
 *
 * @module
 */

import {
  type DueRun,
  NO_HOLDS,
  NOTHING_KEPT,
  type Orchestrator,
  type RunState,
} from "../../../schemas/contracts/orchestrator.ts";
import { type Claim, isSameOwner, NO_DOUBT } from "../../../schemas/flow_run/flow_run.ts";
import type { RunEnd } from "../../../schemas/flow_run/run_end.ts";

/** A run as the fake reads it. */
export interface FakeDue {
  readonly id: string;
  readonly version: number;
}

type State = "due" | "claimed" | "running" | "succeeded" | "failed" | "cancelling" | "cancelled";

interface FakeRun {
  version: number;
  state: State;
  claim: Claim | null;
  by: string;
  readonly logged: string[];
}

/** The API, and how a test plays with it. */
export interface FakeDialect {
  /** One process of an agent. */
  readonly process: (name: string) => Orchestrator<FakeDue>;
  readonly runs: ReadonlyMap<string, FakeRun>;
  readonly schedule: (id: string) => void;
  readonly report: (id: string, state: State) => void;
}

const ENDS: readonly State[] = ["succeeded", "failed", "cancelled"];

/** A state that ends a run stays. */
type SetState = (id: string, state: State) => void;

/** An API without runs. */
export function fakeDialect(): FakeDialect {
  const runs = new Map<string, FakeRun>();
  const set: SetState = (id, state) => {
    const run = runs.get(id);
    if (run === undefined || ENDS.includes(run.state)) return;
    run.state = state;
    run.version++;
  };
  return {
    process: (name) => processOf(runs, set, name),
    runs,
    schedule: (id) => runs.set(id, { version: 1, state: "due", claim: null, by: "", logged: [] }),
    report: set,
  };
}

function processOf(runs: Map<string, FakeRun>, set: SetState, name: string): Orchestrator<FakeDue> {
  const say = (id: string, line: string) => void runs.get(id)?.logged.push(line);
  const end = (id: string, state: State, why: string): Promise<RunEnd | null> => {
    set(id, state);
    return Promise.resolve(say(id, why)).then(() => endOf(runs.get(id)?.state));
  };
  return {
    start: () => Promise.resolve({ tenantId: null }),
    pushed: () => () => undefined,
    poll: (busy) => {
      const due = [...runs].filter(([id, { state }]) => state === "due" && !busy.has(id));
      return Promise.resolve({ runs: due.map(([id, run]) => dueOf(id, run)), malformed: [], full: false });
    },
    claim: ({ id, version }, claim) => {
      const run = runs.get(id);
      if (run?.state !== "due" || run.version !== version) {
        return Promise.resolve({ outcome: "lost", why: "it has gone on" });
      }
      set(id, "claimed");
      Object.assign(run, { claim, by: name });
      return Promise.resolve({ outcome: "claimed" });
    },
    findClaims: (owner) => {
      const claims = [...runs].flatMap(([id, run]) => {
        const { claim, by, state } = run;
        if (claim === null || ENDS.includes(state) || !isSameOwner(claim.marker, owner)) return [];
        const phase = state === "claimed" ? "submitted" as const : "running" as const;
        return [{ ...dueOf(id, run), claim, phase, isMine: by === name, sinceMs: null, doubt: NO_DOUBT }];
      });
      return Promise.resolve(claims);
    },
    ...NO_HOLDS,
    ...NOTHING_KEPT,
    hold: ({ runId, mayTake }) => {
      const run = runs.get(runId);
      if (run?.by === name) return Promise.resolve({ outcome: "held" });
      if (run === undefined || !mayTake) return Promise.resolve({ outcome: "lost", why: "another has it" });
      run.by = name;
      return Promise.resolve({ outcome: "taken" });
    },
    read: (ids) => Promise.resolve(ids.flatMap((id) => stateOf(id, runs.get(id)))),
    readByKey: (id) => Promise.resolve(stateOf(id, runs.get(id))[0] ?? null),
    isWaiting: () => Promise.resolve(false),
    delegatesToOtherJob: () => false,
    reportTask: (runId, { label, id }) => {
      say(runId, `${label} ${id}`);
      return Promise.resolve("reported");
    },
    log: (runId, _level, line) => Promise.resolve(say(runId, line)),
    fail: ({ id }, { message }) => end(id, "failed", message),
    cancel: async ({ id }, message) => void await end(id, "cancelled", message),
    lines: {
      deploying: (id) => `Launching ${id}`,
      deployed: (id) => `Launched ${id}`,
      failing: (id, why) => [`Failing ${id}: ${why}`],
      failed: (id) => `Failed ${id}`,
      pollFailed: (why) => `Cannot ask the queue: ${why}`,
    },
  };
}

function dueOf(id: string, { version, state }: FakeRun): DueRun<FakeDue> {
  const flow = { flowId: "flow", flowName: "Fake flow", stateType: state, dueAtMs: null };
  const header = { id, name: id, version: String(version), ...flow };
  return { header, claim: { key: `c${version}`, isLate: false }, run: { id, version } };
}

function endOf(state: State = "due"): RunEnd | null {
  const kind = (["success", "failure", "cancelled"] as const)[ENDS.indexOf(state)];
  return kind === undefined ? null : { state, kind };
}

function stateOf(id: string, run: FakeRun | undefined): readonly RunState[] {
  if (run === undefined) return [];
  const { state, version, claim } = run;
  return [{
    id,
    version: String(version),
    type: state,
    finished: ENDS.includes(state),
    end: endOf(state),
    claimed: state === "claimed",
    scheduled: state === "due",
    queued: false,
    running: state === "running" || state === "cancelling",
    cancelling: state === "cancelling",
    cancelled: state === "cancelled",
    marker: claim?.marker ?? null,
  }];
}
