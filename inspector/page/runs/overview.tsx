/**
 * The overview: runs by state, the table of runs, and beside it the agent, its request limiters and what went wrong.
 *
 * @module
 */

import { useMemo, useRef, useState } from "preact/hooks";
import type { Counts, RunRow } from "../../protocol/protocol.ts";
import { count, rate } from "../format.ts";
import { adjust, go, useKeys } from "../hooks.ts";
import type { Model, RateSample } from "../model.ts";
import { Empty } from "../parts.tsx";
import { HOME, type OverviewRoute } from "../route.ts";
import { RunsTable } from "./runs_table.tsx";
import { selectRows } from "./select_rows.ts";
import { SidePanels } from "../side_panels.tsx";
import { type Shown, shownAs, signOf, standingRank } from "../tones.ts";

/** What the overview is made of. */
export interface OverviewProps {
  readonly model: Model;
  readonly route: OverviewRoute;
  /** Time of the server. */
  readonly nowMs: number;
}

/** The overview. */
export function Overview({ model, route, nowMs }: OverviewProps) {
  const [selected, setSelected] = useState<string | null>(null);
  const search = useRef<HTMLInputElement>(null);
  const { query, states, sort } = route;
  const rows = useMemo(
    () => selectRows(model.runs, route),
    [model.runsVersion, query, states.join(), sort.key, sort.descending],
  );
  useTableKeys({ rows, selected, setSelected, route, focusSearch: () => search.current?.select() });
  return (
    <div class="overview">
      <section class="main-column" aria-label="Flow runs">
        <CountsBar counts={model.counts} route={route} />
        <div class="toolbar">
          <label class="search">
            <span class="visually-hidden">Filter runs</span>
            <input
              ref={search}
              type="search"
              placeholder="Filter by run, flow, state, task or reason"
              value={query}
              spellcheck={false}
              autocomplete="off"
              onInput={(event) => adjust({ ...route, query: event.currentTarget.value })}
              onKeyDown={(event) => leaveSearch(event, route)}
            />
            <kbd aria-hidden="true">/</kbd>
          </label>
          <span class="found" role="status">
            {rows.length === model.runs.size
              ? `${count(rows.length)} runs`
              : `${count(rows.length)} of ${count(model.runs.size)} runs`}
          </span>
          <Rates counts={model.counts} samples={model.samples} />
        </div>
        {rows.length === 0 ? <NoRows model={model} /> : (
          <RunsTable
            rows={rows}
            sort={sort}
            selected={selected}
            nowMs={nowMs}
            onSort={(next) => adjust({ ...route, sort: next })}
            onSelect={setSelected}
          />
        )}
      </section>
      <SidePanels model={model} nowMs={nowMs} />
    </div>
  );
}

/** Escape clears the words first and leaves the field next; Enter goes to the table. */
function leaveSearch(event: KeyboardEvent, route: OverviewRoute): void {
  if (event.key !== "Escape" && event.key !== "Enter") return;
  event.preventDefault();
  if (event.key === "Escape" && route.query !== "") return adjust({ ...route, query: "" });
  if (event.target instanceof HTMLElement) event.target.blur();
}

function NoRows({ model }: { readonly model: Model }) {
  if (model.counts === null) return <Empty title="Waiting for the agent to answer" />;
  if (model.runs.size > 0) {
    return (
      <Empty title="No run matches this filter">
        <button type="button" class="button" onClick={() => adjust(HOME)}>Show all runs</button>
      </Empty>
    );
  }
  const live = model.hello?.source === "live";
  return (
    <Empty title={live ? "No flow runs yet" : "This recording holds no flow runs"}>
      {live
        ? "The agent asks Prefect for work. Runs appear here by themselves as soon as one is due"
        : undefined}
    </Empty>
  );
}

interface TableKeys {
  readonly rows: readonly RunRow[];
  readonly selected: string | null;
  readonly setSelected: (id: string | null) => void;
  readonly route: OverviewRoute;
  readonly focusSearch: () => void;
}

function useTableKeys({ rows, selected, setSelected, route, focusSearch }: TableKeys): void {
  const move = (by: number): void => {
    const at = rows.findIndex((row) => row.id === selected);
    const next = at === -1 ? 0 : Math.min(rows.length - 1, Math.max(0, at + by));
    setSelected(rows[next]?.id ?? null);
  };
  const open = (): void => {
    if (selected !== null) go({ page: "run", id: selected, step: null });
  };
  useKeys({
    "/": focusSearch,
    j: () => move(1),
    k: () => move(-1),
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    PageDown: () => move(20),
    PageUp: () => move(-20),
    Home: () => setSelected(rows[0]?.id ?? null),
    End: () => setSelected(rows.at(-1)?.id ?? null),
    Enter: open,
    Escape: () => selected === null ? adjust({ ...HOME, sort: route.sort }) : setSelected(null),
  });
}

interface CountsBarProps {
  readonly counts: Counts | null;
  readonly route: OverviewRoute;
}

/** Every state and outcome with its count; each is a switch that filters the table. */
function CountsBar({ counts, route }: CountsBarProps) {
  return (
    <div class="counts">
      <CountGroup title="Under way" entries={sorted(statesOf(counts))} route={route} />
      <CountGroup title="Ended" entries={sorted(counts?.ends ?? [])} route={route} />
    </div>
  );
}

interface RatesProps {
  readonly counts: Counts | null;
  readonly samples: readonly RateSample[];
}

function Rates({ counts, samples }: RatesProps) {
  return (
    <div class="rates" role="group" aria-label="Runs per second over the last 10 seconds">
      <Rate title="adopted/s" value={counts?.adoptedPerS ?? 0} past={samples.map((s) => s.adopted)} />
      <Rate title="launched/s" value={counts?.launchedPerS ?? 0} past={samples.map((s) => s.launched)} />
      <Rate title="ended/s" value={counts?.endedPerS ?? 0} past={samples.map((s) => s.ended)} />
    </div>
  );
}

/** A count that filters the table by its name. */
interface Entry extends Shown {
  readonly name: string;
  readonly n: number;
}

function statesOf(counts: Counts | null): Counts["ends"] {
  return Object.entries(counts?.states ?? {}).map(([name, n]) => ({ name, kind: null, count: n }));
}

function sorted(counts: Counts["ends"]): readonly Entry[] {
  return counts.filter(({ count: n }) => n > 0)
    .map(({ name, kind, count: n }) => ({ name, n, ...shownAs(name, kind) }))
    .sort((a, b) => standingRank(a.name) - standingRank(b.name));
}

interface CountGroupProps {
  readonly title: string;
  readonly entries: readonly Entry[];
  readonly route: OverviewRoute;
}

function CountGroup({ title, entries, route }: CountGroupProps) {
  const total = entries.reduce((sum, { n }) => sum + n, 0);
  const toggle = (name: string): void => {
    const others = route.states.filter((state) => state !== name);
    adjust({ ...route, states: others.length < route.states.length ? others : [...others, name] });
  };
  return (
    <div class="count-group" role="group" aria-label={title}>
      <span class="count-title">
        {title} <b class="num">{count(total)}</b>
      </span>
      <div class="count-list">
        {entries.map(({ name, n, text, tone }) => (
          <button
            key={name}
            type="button"
            class={`count tone-${tone}`}
            aria-pressed={route.states.includes(name)}
            onClick={() => toggle(name)}
          >
            <span class="sign" aria-hidden="true">{signOf(tone)}</span>
            {text} <b class="num">{count(n)}</b>
          </button>
        ))}
      </div>
    </div>
  );
}

interface RateProps {
  readonly title: string;
  readonly value: number;
  /** The last minute, oldest first. */
  readonly past: readonly number[];
}

function Rate({ title, value, past }: RateProps) {
  const top = Math.max(...past, 0.001);
  const points = past.map((n, i) => `${60 - (past.length - 1 - i)},${17 - (n / top) * 15}`).join(" ");
  return (
    <div class="rate">
      <span class="rate-value num">{rate(value)}</span>
      <span class="rate-title">{title}</span>
      <svg viewBox="0 0 60 18" width="60" height="18" aria-hidden="true">
        {past.length < 3 ? null : <polyline points={points} />}
      </svg>
    </div>
  );
}
