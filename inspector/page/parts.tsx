/**
 * The small pieces that all views are put together from.
 *
 * @module
 */

import type { ComponentChildren } from "preact";
import type { RunRow } from "../protocol/protocol.ts";
import { words } from "./format.ts";
import { HOME, printRoute } from "./route.ts";
import { type Shown, shownAs, shownRun, signOf } from "./tones.ts";

/** A state or an outcome of a machine as a coloured word with a sign. */
export function Badge({ name }: { readonly name: string }) {
  return <ShownBadge {...shownAs(name, null)} />;
}

function ShownBadge({ text, tone }: Shown) {
  return (
    <span class={`badge tone-${tone}`}>
      <span class="sign" aria-hidden="true">{signOf(tone)}</span>
      {text}
    </span>
  );
}

/** How a run stands: the state that it ended in and beside it that of its machine; only the latter while that is not known. */
export function RunBadge({ row }: { readonly row: RunRow }) {
  return (
    <>
      <ShownBadge {...shownRun(row)} />
      {row.end === null
        ? null
        : <span class="machine-state" title="State of the run's machine">{words(row.state)}</span>}
    </>
  );
}

/** A block with a heading; on narrow screens it can be folded. */
export function Panel(
  { title, aside, open, children }: {
    readonly title: string;
    /** Said beside the heading, also when folded. */
    readonly aside?: ComponentChildren;
    readonly open: boolean;
    readonly children: ComponentChildren;
  },
) {
  return (
    <details class="panel" open={open}>
      <summary>
        <h2>{title}</h2>
        {aside === undefined ? null : <span class="aside">{aside}</span>}
      </summary>
      <div class="panel-body">{children}</div>
    </details>
  );
}

/** What is said in place of something that is not there. */
export function Empty(
  { title, children }: { readonly title: string; readonly children?: ComponentChildren },
) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children === undefined ? null : <p>{children}</p>}
    </div>
  );
}

/** A text with a button that copies it. */
export function Copyable({ text, shown }: { readonly text: string; readonly shown?: string }) {
  return (
    <button
      type="button"
      class="copyable mono"
      title={`Copy ${text}`}
      onClick={() => void navigator.clipboard?.writeText(text)}
    >
      {shown ?? text}
    </button>
  );
}

/** The way back from the view of one thing. */
export function BackToRuns() {
  return (
    <nav aria-label="Breadcrumb">
      <a href={printRoute(HOME)}>Runs</a> <span class="dim" aria-hidden="true">/</span>
    </nav>
  );
}
