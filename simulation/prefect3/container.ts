/**
 * What runs in a task of Prefect 3: it tells the API Running, then how it ended, as `prefect flow-run execute` does; or it
 * does not.
 *
 * @module
 */

import type { ProposedState } from "../../schemas/prefect3/state_rules/state.ts";
import type { Decision } from "../../schemas/prefect3/state_rules/transition.ts";
import type { Container } from "../ecs/tasks.ts";
import { fault, windowNow } from "../world/world.ts";
import type { Fate3 } from "./scenario.ts";
import { isOver3, type Store3, type StoredRun } from "./store.ts";

const BOOT_MS = 500;
const API_RETRY_MS = 5000;
/** How often a process looks whether its run is being cancelled. */
const LOOK_MS = 10_000;
/** How often it renews the lease of its slot. */
const RENEW_MS = 60_000;
/** Nothing hangs for ever: the world must come to an end. */
const HANGS_MS = 5 * 60_000;
/** A run that is suspended is resumed after that. */
const RESUMED_MS: readonly [number, ...number[]] = [1000, 30_000];

/** Containers of a world. */
export function makeContainers3(store: Store3): Container {
  const starts = new Map<string, number>();
  return (task, exit) => {
    const run = store.runs.get(task.flowRunId ?? task.startedBy);
    if (run === undefined) return () => undefined;
    const count = (starts.get(run.due.id) ?? 0) + 1;
    starts.set(run.due.id, count);
    const process = new FlowProcess(store, run, fateOf(run.due.fate, count), exit);
    return process.kill;
  };
}

/** Bad luck comes once; a run that is launched again may end well. */
function fateOf(fate: Fate3, count: number): Fate3 {
  return count === 1 || fate === "failed" ? fate : "success";
}

class FlowProcess {
  readonly #cancels = new Set<() => void>();
  #isDead = false;

  constructor(
    readonly store: Store3,
    readonly run: StoredRun,
    readonly fate: Fate3,
    readonly exit: (code: number) => void,
  ) {
    this.#later(BOOT_MS, () => this.#talking(() => this.#boot()));
  }

  kill = (): void => {
    this.#isDead = true;
    for (const cancel of this.#cancels) cancel();
  };

  #later(ms: number, fn: () => void): void {
    const cancel = this.store.world.time.after(ms, () => {
      this.#cancels.delete(cancel);
      if (!this.#isDead) fn();
    });
    this.#cancels.add(cancel);
  }

  /** Waits until the API answers. */
  #talking(fn: () => void): void {
    const { world } = this.store;
    if (windowNow(world, world.scenario.outages) !== null) {
      return this.#later(API_RETRY_MS, () => this.#talking(fn));
    }
    fn();
  }

  #propose(state: ProposedState): Decision {
    return this.store.ask(this.run, state, { author: "run" });
  }

  #end(code: number): void {
    if (this.#isDead) return;
    this.#isDead = true;
    this.exit(code);
  }

  #boot(): void {
    const { run } = this;
    if (isOver3(run)) return this.#end(0);
    if (run.state.type === "CANCELLING") return this.#cancelled();
    const { status, delaySeconds } = this.#propose({ type: "RUNNING" });
    if (status === "WAIT") {
      return this.#later((delaySeconds ?? 1) * 1000, () => this.#talking(() => this.#boot()));
    }
    if (run.state.type !== "RUNNING") return this.#end(0);
    if (this.fate !== "hangs") this.#later(LOOK_MS, () => this.#look());
    this.#renew();
    this.#later(run.due.durationMs, () => this.#talking(() => this.#conclude()));
  }

  #renew(): void {
    this.store.renew(this.run);
    this.#later(RENEW_MS, () => this.#renew());
  }

  #look(): void {
    if (this.run.state.type === "CANCELLING") return this.#talking(() => this.#cancelled());
    this.#later(LOOK_MS, () => this.#look());
  }

  #cancelled(): void {
    this.#propose({ type: "CANCELLED", message: "Cancelled by the flow's own process" });
    this.#end(0);
  }

  #conclude(): void {
    const { world } = this.store;
    const { fate, run } = this;
    if (isOver3(run)) return this.#end(0);
    if (run.state.type === "CANCELLING" && fate !== "hangs") return this.#cancelled();
    if (fate !== "success" && fate !== "failed") fault(world, fate, run.due.id);
    switch (fate) {
      case "success":
        return this.#finish({ type: "COMPLETED" });
      case "failed":
        return this.#finish({ type: "FAILED", message: "The flow failed" });
      case "dies":
        return this.#end(world.dice.pick([0, 1, 137]));
      case "hangs":
        return this.#later(HANGS_MS, () => this.#end(1));
      case "retries":
      case "diesRetrying":
        return this.#retry();
      case "suspends":
        return this.#suspend();
      case "putsBack":
        this.#propose({ type: "SCHEDULED", name: "AwaitingRetry", message: "Told to end" });
        return this.#end(143);
    }
  }

  #finish(state: ProposedState): void {
    this.#propose(state);
    this.#later(this.store.world.dice.pick([10, 500, 5000]), () => this.#end(0));
  }

  #retry(): void {
    const { world } = this.store;
    this.#propose({ type: "FAILED", message: "The flow failed" });
    const { state } = this.run;
    if (state.type !== "SCHEDULED") return this.#end(0);
    const waitMs = Math.max(0, Date.parse(state.state_details.scheduled_time ?? "") - world.time.now());
    if (this.fate === "diesRetrying") {
      return this.#later(waitMs / 2, () => this.#end(world.dice.pick([1, 143])));
    }
    this.#later(waitMs, () => this.#talking(() => this.#again()));
  }

  #again(): void {
    const { status, delaySeconds } = this.#propose({ type: "RUNNING", name: "Retrying" });
    if (status === "WAIT") return this.#later((delaySeconds ?? 1) * 1000, () => this.#again());
    if (this.run.state.type !== "RUNNING") return this.#end(0);
    this.#later(this.run.due.durationMs, () => this.#talking(() => this.#finish({ type: "COMPLETED" })));
  }

  #suspend(): void {
    const { store, run } = this;
    const details = { pause_reschedule: true };
    const { status } = this.#propose({ type: "PAUSED", name: "Suspended", state_details: details });
    if (status !== "ACCEPT") return this.#end(0);
    store.world.time.after(store.world.dice.pick(RESUMED_MS), () => {
      if (run.state.type !== "PAUSED") return;
      fault(store.world, "resume", run.due.id);
      store.ask(run, { type: "SCHEDULED", name: "Resuming" }, { author: "person" });
    });
    this.#end(0);
  }
}
