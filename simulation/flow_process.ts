/**
 * The process in a task: its timers end with it, and it waits for an API that is away.
 *
 * @module
 */

import { windowNow, type World } from "./world/world.ts";

const BOOT_MS = 500;
const API_RETRY_MS = 5000;

/** What a flow does with its process. */
export interface FlowProcess {
  /** Calls back unless the process has ended by then. */
  readonly later: (ms: number, fn: () => void) => void;
  /** Calls back once the API answers. */
  readonly talking: (fn: () => void) => void;
  /** Ends it with an exit code. */
  readonly end: (code: number) => void;
}

/**
 * Starts a process.
 *
 * @param boot called once the API answers for the first time
 * @returns ends it at once
 */
export function startFlowProcess(
  world: World,
  boot: (process: FlowProcess) => void,
  exit: (code: number) => void,
): () => void {
  const cancels = new Set<() => void>();
  let isDead = false;
  const later = (ms: number, fn: () => void) => {
    const cancel = world.time.after(ms, () => {
      cancels.delete(cancel);
      if (!isDead) fn();
    });
    cancels.add(cancel);
  };
  const talking = (fn: () => void) => {
    if (windowNow(world, world.scenario.outages) !== null) return later(API_RETRY_MS, () => talking(fn));
    fn();
  };
  const end = (code: number) => {
    if (isDead) return;
    isDead = true;
    exit(code);
  };
  later(BOOT_MS, () => talking(() => boot({ later, talking, end })));
  return () => {
    isDead = true;
    for (const cancel of cancels) cancel();
  };
}

/** Tells how the next task of a run behaves. Bad luck comes once; a run that is launched again may end well. */
export function makeFates<Fate extends string>(): (
  run: string,
  fate: Fate,
) => Fate | "failed" | "success" {
  const started = new Set<string>();
  return (run, fate) => {
    const isFirst = !started.has(run);
    started.add(run);
    return isFirst || fate === "failed" ? fate : "success";
  };
}
