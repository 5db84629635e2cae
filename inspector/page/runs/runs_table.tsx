/**
 * The table of runs: only the rows in sight exist, whatever the number of runs.
 *
 * @module
 */

import type { RefObject } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { RunRow } from "../../protocol/protocol.ts";
import { age, duration, shortTaskId } from "../format.ts";
import { RunBadge } from "../parts.tsx";
import { printRoute, type Sort, type SortKey } from "../route.ts";
import { type RowRange, rowsInSight } from "./rows_in_sight.ts";
import { hasEndedBadly } from "../tones.ts";

const COLUMNS: readonly { readonly key: SortKey | null; readonly title: string }[] = [
  { key: "state", title: "State" },
  { key: "name", title: "Run" },
  { key: "flow", title: "Flow" },
  { key: "since", title: "Since" },
  { key: "attempt", title: "Try" },
  { key: "task", title: "Task" },
  { key: null, title: "Waiting for" },
];

/** What the table shows and whom it tells. */
export interface RunsTableProps {
  readonly rows: readonly RunRow[];
  readonly sort: Sort;
  /** Id of the row the keyboard is at, null for none. */
  readonly selected: string | null;
  /** Time of the server. */
  readonly nowMs: number;
  readonly onSort: (sort: Sort) => void;
  readonly onSelect: (id: string) => void;
}

/** The table of runs. */
export function RunsTable(props: RunsTableProps) {
  const { rows, selected, nowMs } = props;
  const box = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const rowHeight = useRowHeight(list);
  const range = useSight({ box, list, rowHeight, total: rows.length });
  useFollowSelection({ box, list, rowHeight, at: rows.findIndex((row) => row.id === selected) });
  return (
    <div
      class="runs"
      ref={box}
      role="grid"
      aria-label="Flow runs"
      aria-rowcount={rows.length + 1}
      aria-activedescendant={selected === null ? undefined : `run-${selected}`}
      tabIndex={0}
    >
      <HeadRow {...props} />
      <div class="run-list" ref={list} role="rowgroup" style={{ height: `${rows.length * rowHeight}px` }}>
        {rows.slice(range.from, range.to).map((row, i) => (
          <Row
            key={row.id}
            row={row}
            at={range.from + i}
            top={(range.from + i) * rowHeight}
            selected={row.id === selected}
            nowMs={nowMs}
            onSelect={props.onSelect}
          />
        ))}
      </div>
    </div>
  );
}

function HeadRow({ sort, onSort }: RunsTableProps) {
  return (
    <div class="run-head" role="row" aria-rowindex={1}>
      {COLUMNS.map(({ key, title }) => {
        if (key === null) return <span key={title} role="columnheader" class="cell">{title}</span>;
        const active = sort.key === key;
        const direction = sort.descending ? "descending" : "ascending";
        return (
          <span
            key={title}
            role="columnheader"
            class={`cell cell-${key}`}
            aria-sort={active ? direction : "none"}
          >
            <button
              type="button"
              onClick={() => onSort({ key, descending: active ? !sort.descending : key === "since" })}
            >
              {title}
              <span aria-hidden="true">{active ? (sort.descending ? " ↓" : " ↑") : ""}</span>
            </button>
          </span>
        );
      })}
    </div>
  );
}

interface RowProps {
  readonly row: RunRow;
  readonly at: number;
  readonly top: number;
  readonly selected: boolean;
  readonly nowMs: number;
  readonly onSelect: (id: string) => void;
}

function Row({ row, at, top, selected, nowMs, onSelect }: RowProps) {
  const failed = hasEndedBadly(row);
  const overdue = row.deadlineMs !== null && row.outcome === null && nowMs > row.deadlineMs;
  return (
    <div
      id={`run-${row.id}`}
      class={selected ? "run selected" : "run"}
      role="row"
      aria-rowindex={at + 2}
      aria-selected={selected}
      style={{ transform: `translateY(${top}px)` }}
      onPointerDown={() => onSelect(row.id)}
    >
      <span role="gridcell" class="cell cell-state">
        <RunBadge row={row} />
      </span>
      <span role="gridcell" class="cell cell-name">
        <a href={printRoute({ page: "run", id: row.id, step: null })} title={row.id}>
          {row.name === "" ? row.id : row.name}
        </a>
      </span>
      <span role="gridcell" class="cell cell-flow" title={row.flow}>{row.flow}</span>
      <span role="gridcell" class="cell cell-since num">{age(nowMs - row.sinceMs)}</span>
      <span role="gridcell" class={row.attempt > 1 ? "cell cell-attempt num again" : "cell cell-attempt num"}>
        {row.attempt}
      </span>
      <span role="gridcell" class="cell cell-task mono" title={row.taskId ?? "No task yet"}>
        {row.taskId === null ? "" : shortTaskId(row.taskId)}
      </span>
      <span
        role="gridcell"
        class={failed ? "cell cell-waiting bad" : "cell cell-waiting"}
        title={sentence(row)}
      >
        {overdue ? <span class="overdue">overdue</span> : null}
        {sentence(row)}
      </span>
    </div>
  );
}

/** What a row says at its end: what it waits for, why it ended badly, or how long it took. */
function sentence(row: RunRow): string {
  if (row.outcome === null) return row.waitingFor ?? "";
  const spent = `after ${duration(row.sinceMs - row.adoptedMs)}`;
  if (row.outcome !== "completed") return row.failure?.message ?? spent;
  return row.end?.kind === "failure" ? `the flow itself ended as ${row.end.state} ${spent}` : spent;
}

/** Height of a row as the style sheet says it, which depends on the width of the window. */
function useRowHeight(list: RefObject<HTMLDivElement | null>): number {
  const [height, setHeight] = useState(34);
  useLayoutEffect(() => {
    const measure = (): void => {
      if (list.current === null) return;
      setHeight(Number.parseFloat(getComputedStyle(list.current).getPropertyValue("--row")) || 34);
    };
    measure();
    addEventListener("resize", measure);
    return () => removeEventListener("resize", measure);
  }, []);
  return height;
}

interface Lines {
  readonly box: RefObject<HTMLDivElement | null>;
  readonly list: RefObject<HTMLDivElement | null>;
  readonly rowHeight: number;
}

/** Rows in sight, whether the table or the whole window is scrolled. */
function useSight({ box, list, rowHeight, total }: Lines & { readonly total: number }): RowRange {
  const [range, setRange] = useState<RowRange>({ from: 0, to: 40 });
  useLayoutEffect(() => {
    const look = (): void => {
      if (box.current === null || list.current === null) return;
      const outer = box.current.getBoundingClientRect();
      const next = rowsInSight({
        listTop: list.current.getBoundingClientRect().top,
        clipTop: Math.max(0, outer.top),
        clipBottom: Math.min(innerHeight, outer.bottom),
        rowHeight,
        total,
      });
      setRange((old) => old.from === next.from && old.to === next.to ? old : next);
    };
    look();
    // Captured, because scrolling of an inner element does not bubble.
    addEventListener("scroll", look, { capture: true, passive: true });
    addEventListener("resize", look);
    return () => {
      removeEventListener("scroll", look, { capture: true });
      removeEventListener("resize", look);
    };
  }, [rowHeight, total]);
  return range;
}

/** Brings the selected row into sight when the selection moves, never when rows move under it. */
function useFollowSelection({ box, list, rowHeight, at }: Lines & { readonly at: number }): void {
  const last = useRef<string | null>(null);
  useLayoutEffect(() => {
    const id = at === -1 ? null : box.current?.getAttribute("aria-activedescendant") ?? null;
    if (id === last.current) return;
    last.current = id;
    if (id === null || box.current === null || list.current === null) return;
    const head = list.current.offsetTop;
    const top = at * rowHeight;
    const { scrollTop, clientHeight } = box.current;
    if (top < scrollTop) box.current.scrollTop = top;
    else if (top + rowHeight + head > scrollTop + clientHeight) {
      box.current.scrollTop = top + rowHeight + head - clientHeight;
    }
  });
}
