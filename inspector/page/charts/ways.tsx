/**
 * The ways that lead on from a state.
 *
 * @module
 */

import type { NextStep, Step } from "../../protocol/protocol.ts";
import { words } from "../format.ts";

/** What the list shows. */
export interface WaysProps {
  readonly ways: readonly NextStep[];
  /** The step that came next; null at the present. */
  readonly followed: Step | null;
  /** What the list is called. */
  readonly label: string;
  /** What is said where there are no ways. */
  readonly none: string;
}

/** Every way on; what did happen stands above what could have. */
export function Ways({ ways, followed, label, none }: WaysProps) {
  if (ways.length === 0) return <p class="dim">{none}</p>;
  const taken = ways.filter((way) => isTaken(way, followed));
  const others = ways.filter((way) => !isTaken(way, followed));
  return (
    <ul class="next" aria-label={label}>
      {[...taken, ...others].map((way) => (
        <Way key={`${way.event}${way.target}${way.guard}`} way={way} followed={followed} />
      ))}
    </ul>
  );
}

interface WayProps {
  readonly way: NextStep;
  readonly followed: Step | null;
}

function Way({ way, followed }: WayProps) {
  const { label, target, guard } = way;
  return (
    <li class={isTaken(way, followed) ? "did" : ""}>
      <span>
        <span class="next-event">{label}</span>
        {guard === null ? null : <span class="next-guard">{` if ${words(guard)}`}</span>}
      </span>
      <span class="next-target">{target === null ? "stays" : `→ ${words(target)}`}</span>
    </li>
  );
}

function isTaken({ label, target }: NextStep, followed: Step | null): boolean {
  return followed !== null && label === followed.label && target === (followed.path[1] ?? followed.to);
}
