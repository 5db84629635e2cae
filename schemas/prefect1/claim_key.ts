/**
 * Keys of claims: each right to launch a Prefect 1 flow run has one.
 *
 * @module
 */

import { BOUNDS } from "../bounds/bounds.ts";
import { sha256Hex } from "../json/digest.ts";
import type { ClaimKey } from "../flow_run/flow_run.ts";
import type { FlowRun } from "./flow_run.ts";

/**
 * Identity of one right to launch: the version of a scheduled run, or the due task runs of a running one. A run that
 * comes back (rescheduled, restarted by a person, a late retry) has another key and so gets other client tokens.
 */
export function claimOn(run: FlowRun): ClaimKey {
  if (run.stateType !== "Running") return claimKeyOf(`v${run.version}`);
  return claimKeyOf(`r${run.version}:${dueText(run)}`);
}

/** Text that names the due task runs. Many are named by their digest, because every claim on one of them carries the key. */
function dueText({ dueTaskRuns }: FlowRun): string {
  const due = dueTaskRuns.map((t) => `${t.id}@${t.version}`).sort().join(",");
  if (due.length <= BOUNDS.claimKey.most) return due;
  return `${dueTaskRuns.length}-${sha256Hex(due)}@${largest(dueTaskRuns.map((t) => t.version))}`;
}

function largest(numbers: readonly number[]): number {
  return numbers.reduce((one, other) => Math.max(one, other), 0);
}

/** The claim of a key that was read back. Late: it is on due task runs of a Running flow. */
export function claimKeyOf(key: string): ClaimKey {
  return { key, isLate: isLate(key) };
}

/** Whether one claim on a run came after another. */
export function isLaterClaim(key: string, than: string): boolean {
  const [mine, other] = [rankOf(key), rankOf(than)];
  const at = mine.findIndex((part, index) => part !== other[index]);
  return at >= 0 && (mine[at] ?? 0) > (other[at] ?? 0);
}

/** Version of the run, whether it is on task runs, and their newest version. */
function rankOf(key: string): readonly number[] {
  const versions = [...key.matchAll(/@(\d+)/g)].map((found) => Number(found[1]));
  return [Number(/^[vr](\d+)/.exec(key)?.[1] ?? 0), isLate(key) ? 1 : 0, largest(versions)];
}

function isLate(key: string): boolean {
  return key.startsWith("r");
}
