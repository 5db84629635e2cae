/**
 * Tells how long each stage of a run took, in one line for each run: when its flow begins, or when the run leaves before.
 *
 * @module
 */

import type { Log } from "../../schemas/contracts/log.ts";
import { RUN_STEPS, type RunChange, type RunStep } from "../../schemas/flow_run/change.ts";

/** A stage: a step of the run, or that its plan is made. */
type Stage = RunStep | "planned";

/** What is remembered of a run until it is told. */
interface Timing {
  readonly dueMs: number;
  /** The moment of the stage before. */
  lastMs: number;
  /** Steps done: those before this index of {@link RUN_STEPS}. */
  next: number;
  isPlanned: boolean;
  /** Each as it is told. */
  readonly told: string[];
}

const WORDS: Readonly<Record<Stage, string>> = {
  claimed: "claimed",
  planned: "planned",
  registered: "task definition found or registered",
  launched: "launched",
  running: "running",
};

/** Takes every change of every run. Runs that are found again after a restart are not told: their stages before are not known. */
export function makeRunStages(log: Log): (change: RunChange) => void {
  const timings = new Map<string, Timing>();
  return (change) => {
    const { header: { id }, atMs, ended } = change;
    if (change.from === null && !change.resumed) timings.set(id, begun(change));
    const timing = timings.get(id);
    if (timing === undefined) return;
    for (const stage of stagesOf(change, timing)) add(timing, WORDS[stage], atMs);
    if (change.step !== "running" && ended === null) return;
    timings.delete(id);
    // Nothing happened to a run that was never claimed, such as one that another agent took.
    if (timing.next === 0) return;
    if (ended !== null) add(timing, `left the agent (${ended})`, atMs);
    const inAll = shown(atMs - timing.dueMs);
    log("DEBUG", `Stages of flow run ${id}: ${timing.told.join(", ")}; ${inAll} in all since it was due`, {
      runId: id,
    });
  };
}

function begun({ header: { dueAtMs }, atMs }: RunChange): Timing {
  const dueMs = dueAtMs ?? atMs;
  const timing = { dueMs, lastMs: dueMs, next: 0, isPlanned: false, told: [] };
  add(timing, "found", atMs);
  return timing;
}

/** Each stage counts once: a run that is launched again has done its first ones already. */
function stagesOf({ from, to, step }: RunChange, timing: Timing): readonly Stage[] {
  const stages: Stage[] = [];
  if (!timing.isPlanned && from === "planning" && to === "ensuringTaskDefinition") {
    timing.isPlanned = true;
    stages.push("planned");
  }
  const place = step === null ? -1 : RUN_STEPS.indexOf(step);
  if (step !== null && place >= timing.next) {
    timing.next = place + 1;
    stages.push(step);
  }
  return stages;
}

function add(timing: Timing, word: string, atMs: number): void {
  timing.told.push(`${word} ${shown(atMs - timing.lastMs)}`);
  timing.lastMs = atMs;
}

/** A run may be found a little before it is due. */
function shown(ms: number): string {
  return `${Math.max(0, Math.round(ms))} ms`;
}
