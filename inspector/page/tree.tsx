/**
 * Plain JSON as a tree that folds.
 *
 * @module
 */

import type { Json } from "../../schemas/json/json.ts";

/** A value with its name. */
export interface TreeProps {
  readonly name: string;
  readonly value: Json;
  /** Levels that are open at first. */
  readonly open: number;
}

/** What the server puts in place of what is not to be seen. */
const HIDDEN = /^(\*{3,}|\[?(hidden|redacted|secret)\]?|<hidden>)$/i;

/** A value and everything in it. */
export function Tree({ name, value, open }: TreeProps) {
  if (typeof value !== "object" || value === null) {
    return (
      <div class="leaf">
        <span class="key">{name}</span> <Scalar value={value} />
      </div>
    );
  }
  const entries = Object.entries(value);
  const [left, right] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  if (entries.length === 0) {
    return (
      <div class="leaf">
        <span class="key">{name}</span> <span class="dim">{left}{right}</span>
      </div>
    );
  }
  return (
    <details class="branch" open={open > 0}>
      <summary>
        <span class="key">{name}</span> <span class="dim">{left}{entries.length}{right}</span>
      </summary>
      {entries.map(([key, inner]) => <Tree key={key} name={key} value={inner ?? null} open={open - 1} />)}
    </details>
  );
}

function Scalar({ value }: { readonly value: string | number | boolean | null }) {
  if (value === null) return <span class="dim">null</span>;
  if (typeof value === "string" && HIDDEN.test(value)) return <span class="hidden-value">hidden</span>;
  return <span class={`scalar ${typeof value}`}>{typeof value === "string" ? value : String(value)}</span>;
}
