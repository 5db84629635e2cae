/**
 * Going back and forth through the history of a run.
 *
 * @module
 */

import type { Step } from "../../protocol/protocol.ts";
import { clockTime } from "../format.ts";
import type { Moment } from "../runs/history.ts";
import { useKeys } from "../hooks.ts";

/** Where one is and where one can go. */
export interface StepBarProps {
  readonly steps: readonly Step[];
  readonly moment: Moment;
  /** The present is followed. */
  readonly live: boolean;
  /** Takes the number of a step, null for the present. */
  readonly goTo: (step: number | null) => void;
}

/** Buttons, a slider and keys that choose the step looked at. */
export function StepBar({ steps, moment, live, goTo }: StepBarProps) {
  const last = steps.length - 1;
  const { index } = moment;
  const at = (i: number): void => goTo(steps[Math.min(last, Math.max(0, i))]?.n ?? null);
  useKeys({
    ArrowLeft: () => at(index - 1),
    ArrowRight: () => index < last ? at(index + 1) : undefined,
    k: () => at(index - 1),
    j: () => index < last ? at(index + 1) : undefined,
    Home: () => at(0),
    End: () => goTo(null),
  });
  if (steps.length === 0) return null;
  return (
    <div class="step-bar" role="toolbar" aria-label="Steps of the run">
      <button
        type="button"
        class="button"
        aria-label="First step"
        disabled={index <= 0}
        onClick={() => at(0)}
      >
        ⇤
      </button>
      <button
        type="button"
        class="button"
        aria-label="Step back"
        disabled={index <= 0}
        onClick={() => at(index - 1)}
      >
        ←
      </button>
      <input
        type="range"
        aria-label="Step"
        aria-valuetext={`Step ${moment.step?.n ?? 0}: ${moment.step?.label ?? ""}`}
        min={0}
        max={last}
        value={index}
        onInput={(event) => at(Number(event.currentTarget.value))}
      />
      <button
        type="button"
        class="button"
        aria-label="Step forward"
        disabled={index >= last}
        onClick={() => at(index + 1)}
      >
        →
      </button>
      <span class="step-place num" role="status">
        Step {moment.step?.n ?? 0} of {steps[last]?.n ?? 0}
        <span class="dim">{moment.step === null ? "" : clockTime(moment.step.atMs)}</span>
      </span>
      <button type="button" class="button" aria-pressed={live} onClick={() => goTo(null)}>Present</button>
    </div>
  );
}
