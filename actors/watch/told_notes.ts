/**
 * What tasks say of themselves: each note goes into its run's log once.
 *
 * @module
 */

import { forgetOldest } from "../../schemas/bounds/forget_oldest.ts";
import type { Orchestrator } from "../../schemas/contracts/orchestrator.ts";
import type { TellingTask } from "../../schemas/contracts/platform.ts";

/** Tells notes. */
export interface ToldNotes {
  /** Writes the notes of a task that were not told yet. Never throws. */
  readonly tell: (runId: string, taskId: string, task: TellingTask) => void;
  /** The task is gone for good. */
  readonly forget: (taskId: string) => void;
}

/** Tasks whose notes are remembered. */
const MOST_TASKS = 20_000;

/** Lines that one task may write: a task that goes on and on saying something new must not fill the log of its run. */
const MOST_OF_TASK = 100;

/** No note was told yet. */
export function makeToldNotes(
  { orchestrator }: { readonly orchestrator: Pick<Orchestrator, "log"> },
): ToldNotes {
  const told = new Map<string, Set<string>>();
  const never = new AbortController().signal;
  const keysOf = (taskId: string): Set<string> => {
    const known = told.get(taskId);
    if (known !== undefined) return known;
    const keys = new Set<string>();
    told.set(taskId, keys);
    forgetOldest(told, MOST_TASKS);
    return keys;
  };
  return {
    tell: (runId, taskId, { notes = [] }) => {
      if (notes.length === 0) return;
      const keys = keysOf(taskId);
      for (const { key, level, text } of notes) {
        if (keys.has(key) || keys.size >= MOST_OF_TASK) continue;
        keys.add(key);
        orchestrator.log(runId, level, text, never).catch(() => undefined);
      }
    },
    forget: (taskId) => void told.delete(taskId),
  };
}
