/**
 * What runs in a task of Prefect 3: it tells the API Running, then how it ended, as `prefect flow-run execute` does; or it
 * does not.
 *
 * @module
 */

import type { ProposedState } from "../../schemas/prefect3/state_rules/state.ts";
import type { Decision } from "../../schemas/prefect3/state_rules/transition.ts";
import type { Container } from "../ecs/tasks.ts";
import { type FlowProcess, makeFates, startFlowProcess } from "../flow_process.ts";
import { fault } from "../world/world.ts";
import type { Fate3 } from "./scenario.ts";
import { isOver3, type Store3, type StoredRun } from "./store.ts";

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
  const fateOf = makeFates<Fate3>();
  return (task, exit) => {
    const run = store.runs.get(task.flowRunId ?? task.startedBy);
    if (run === undefined) return () => undefined;
    const fate = fateOf(run.due.id, run.due.fate);
    return startFlowProcess(store.world, (process) => new Flow(store, run, fate, process).boot(), exit);
  };
}

class Flow {
  constructor(
    readonly store: Store3,
    readonly run: StoredRun,
    readonly fate: Fate3,
    readonly process: FlowProcess,
  ) {}

  #propose(state: ProposedState): Decision {
    return this.store.ask(this.run, state, { author: "run" });
  }

  boot(): void {
    const { run } = this;
    if (isOver3(run)) return this.process.end(0);
    if (run.state.type === "CANCELLING") return this.#cancelled();
    const { status, delaySeconds } = this.#propose({ type: "RUNNING" });
    if (status === "WAIT") {
      return this.process.later((delaySeconds ?? 1) * 1000, () => this.process.talking(() => this.boot()));
    }
    if (run.state.type !== "RUNNING") return this.process.end(0);
    if (this.fate !== "hangs") this.process.later(LOOK_MS, () => this.#look());
    this.#renew();
    this.process.later(run.due.durationMs, () => this.process.talking(() => this.#conclude()));
  }

  #renew(): void {
    this.store.renew(this.run);
    this.process.later(RENEW_MS, () => this.#renew());
  }

  #look(): void {
    if (this.run.state.type === "CANCELLING") return this.process.talking(() => this.#cancelled());
    this.process.later(LOOK_MS, () => this.#look());
  }

  #cancelled(): void {
    this.#propose({ type: "CANCELLED", message: "Cancelled by the flow's own process" });
    this.process.end(0);
  }

  #conclude(): void {
    const { world } = this.store;
    const { fate, run } = this;
    if (isOver3(run)) return this.process.end(0);
    if (run.state.type === "CANCELLING" && fate !== "hangs") return this.#cancelled();
    if (fate !== "success" && fate !== "failed") fault(world, fate, run.due.id);
    switch (fate) {
      case "success":
        return this.#finish({ type: "COMPLETED" });
      case "failed":
        return this.#finish({ type: "FAILED", message: "The flow failed" });
      case "dies":
        return this.process.end(world.dice.pick([0, 1, 137]));
      case "hangs":
        return this.process.later(HANGS_MS, () => this.process.end(1));
      case "retries":
      case "diesRetrying":
        return this.#retry();
      case "suspends":
        return this.#suspend();
      case "putsBack":
        this.#propose({ type: "SCHEDULED", name: "AwaitingRetry", message: "Told to end" });
        return this.process.end(143);
    }
  }

  #finish(state: ProposedState): void {
    this.#propose(state);
    this.process.later(this.store.world.dice.pick([10, 500, 5000]), () => this.process.end(0));
  }

  #retry(): void {
    const { world } = this.store;
    this.#propose({ type: "FAILED", message: "The flow failed" });
    const { state } = this.run;
    if (state.type !== "SCHEDULED") return this.process.end(0);
    const waitMs = Math.max(0, Date.parse(state.state_details.scheduled_time ?? "") - world.time.now());
    if (this.fate === "diesRetrying") {
      return this.process.later(waitMs / 2, () => this.process.end(world.dice.pick([1, 143])));
    }
    this.process.later(waitMs, () => this.process.talking(() => this.#again()));
  }

  #again(): void {
    const { status, delaySeconds } = this.#propose({ type: "RUNNING", name: "Retrying" });
    if (status === "WAIT") return this.process.later((delaySeconds ?? 1) * 1000, () => this.#again());
    if (this.run.state.type !== "RUNNING") return this.process.end(0);
    this.process.later(
      this.run.due.durationMs,
      () => this.process.talking(() => this.#finish({ type: "COMPLETED" })),
    );
  }

  #suspend(): void {
    const { store, run } = this;
    const details = { pause_reschedule: true };
    const { status } = this.#propose({ type: "PAUSED", name: "Suspended", state_details: details });
    if (status !== "ACCEPT") return this.process.end(0);
    store.world.time.after(store.world.dice.pick(RESUMED_MS), () => {
      if (run.state.type !== "PAUSED") return;
      fault(store.world, "resume", run.due.id);
      store.ask(run, { type: "SCHEDULED", name: "Resuming" }, { author: "person" });
    });
    this.process.end(0);
  }
}
