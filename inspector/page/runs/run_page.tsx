/**
 * One run: where it is and why, its chart, its timeline, what it knows; at the present or at any step of its history.
 *
 * @module
 */

import type { ChartLayout, RunDetail, RunRow } from "../../protocol/protocol.ts";
import { ChartPanel } from "../charts/chart_panel.tsx";
import { age, clockTime, duration, shortTaskId, words } from "../format.ts";
import { type Moment, momentOf } from "./history.ts";
import { adjust, go, useKeys, useTick } from "../hooks.ts";
import type { Model } from "../model.ts";
import { BackToRuns, Badge, Copyable, Empty, Panel, RunBadge } from "../parts.tsx";
import { HOME, printRoute, type RunRoute } from "../route.ts";
import { StepBar } from "../charts/step_bar.tsx";
import { Timeline } from "./timeline.tsx";
import { Tree } from "../tree.tsx";
import { Ways } from "../charts/ways.tsx";

/** What the view of a run is made of. */
export interface RunPageProps {
  readonly model: Model;
  readonly route: RunRoute;
  readonly charts: readonly ChartLayout[];
  readonly nowMs: number;
}

/** One run, or what is said while it is not known. */
export function RunPage({ model, route, charts, nowMs }: RunPageProps) {
  useKeys({ Escape: () => go(HOME) });
  const told = model.watched?.id === route.id ? model.watched : null;
  if (told === null) {
    return (
      <Empty title="Asking for this run">
        <span class="mono">{route.id}</span>
      </Empty>
    );
  }
  if (told.detail === null) {
    return (
      <Empty title="Nothing is known of this run">
        It was never seen here, or its history was dropped to keep the memory bounded.{" "}
        <a href={printRoute({ ...HOME, query: route.id })}>Look for it among all runs</a>
      </Empty>
    );
  }
  const provider = model.hello?.provider ?? "Service";
  return <Run detail={told.detail} route={route} charts={charts} nowMs={nowMs} provider={provider} />;
}

interface RunProps {
  readonly detail: RunDetail;
  readonly route: RunRoute;
  readonly charts: readonly ChartLayout[];
  readonly nowMs: number;
  readonly provider: string;
}

function Run({ detail, route, charts, nowMs, provider }: RunProps) {
  useTick(1000);
  const chart = charts.find(({ name }) => name === detail.chart) ?? null;
  const moment = momentOf(detail, route.step, chart);
  const goTo = (step: number | null): void => adjust({ ...route, step });
  return (
    <article class="run-page" aria-label={`Flow run ${detail.row.name || detail.row.id}`}>
      <Head detail={detail} />
      <Reason row={detail.row} />
      <StepBar steps={detail.steps} moment={moment} live={route.step === null} goTo={goTo} />
      <div class="run-grid">
        <div class="run-left">
          <Now detail={detail} moment={moment} nowMs={nowMs} />
          <section class="panel" aria-label="Timeline">
            <h2>Timeline</h2>
            <div class="timeline-box">
              <Timeline detail={detail} moment={moment} nowMs={nowMs} provider={provider} />
            </div>
          </section>
        </div>
        <div class="run-right">
          <ChartPanel chart={chart} moment={moment} />
          <div class="trees">
            <Panel title="Context" open aside={moment.present ? "now" : `after step ${moment.step?.n ?? 0}`}>
              <Members value={moment.context} />
            </Panel>
            <Panel title="Event" open aside={moment.step?.label ?? "none"}>
              <Members value={moment.step?.payload ?? null} />
            </Panel>
          </div>
        </div>
      </div>
    </article>
  );
}

/** The members of an object as trees of their own; the object itself would only be one more level. */
function Members({ value }: { readonly value: Moment["context"] }) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return (
      <div class="tree">
        {value === null ? <p class="dim">Nothing</p> : <Tree name="value" value={value} open={1} />}
      </div>
    );
  }
  return (
    <div class="tree">
      {Object.entries(value).map(([name, inner]) => (
        <Tree key={name} name={name} value={inner ?? null} open={1} />
      ))}
    </div>
  );
}

function Head({ detail }: { readonly detail: RunDetail }) {
  const { row, links } = detail;
  return (
    <header class="run-header">
      <BackToRuns />
      <h1>{row.name || row.id}</h1>
      <RunBadge row={row} />
      <dl class="run-facts">
        <Fact name="Flow">{row.flow}</Fact>
        {detail.origin.map(({ name, value }) => <Fact key={name} name={name}>{value}</Fact>)}
        <Fact name="Run">
          <Copyable text={row.id} />
        </Fact>
        <Fact name="Adopted">
          <span class="num">{clockTime(row.adoptedMs)}</span>
        </Fact>
        <Fact name="Attempt">{row.attempt}</Fact>
        {row.taskId === null ? null : (
          <Fact name="Task">
            <Copyable text={row.taskId} shown={shortTaskId(row.taskId)} />
          </Fact>
        )}
      </dl>
      <div class="links">
        {links.map(({ label, url }) => (
          <a key={label} class="button" href={url} target="_blank" rel="noreferrer noopener">{label} ↗</a>
        ))}
      </div>
    </header>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Why a run ended badly, or what it last stumbled over; said first, because it is what one came for. */
function Reason({ row }: { readonly row: RunRow }) {
  const { failure, outcome } = row;
  if (failure === null || outcome === "completed") return null;
  const fatal = outcome === "failed" || outcome === "released";
  return (
    <p class={fatal ? "reason bad" : "reason"} role={fatal ? "alert" : "note"}>
      <b>{fatal ? `Ended as ${words(outcome)}` : "Last failure"} · {words(failure.tag)}</b>
      <span>{failure.message}</span>
    </p>
  );
}

interface NowProps {
  readonly detail: RunDetail;
  readonly moment: Moment;
  readonly nowMs: number;
}

/** Where the run is, what it waits for, what can happen next. */
function Now({ detail, moment, nowMs }: NowProps) {
  const { row } = detail;
  const { present, state, followed, next } = moment;
  return (
    <section class="panel now" aria-label="What happens now">
      <h2>
        {present ? "Now" : `At step ${moment.step?.n ?? 0}`}{" "}
        {present ? <RunBadge row={row} /> : <Badge name={state} />}
        {present ? <span class="aside num">{since(nowMs - row.sinceMs)}</span> : null}
      </h2>
      {present && row.waitingFor !== null
        ? (
          <p class="waiting">
            Waits for {row.waitingFor}
            <Deadline row={row} nowMs={nowMs} />
          </p>
        )
        : null}
      {followed === null ? null : (
        <p class="waiting">
          Then came <b>{followed.label}</b> after {duration(followed.tookMs)} and led to {words(followed.to)}
        </p>
      )}
      <Ways
        ways={next}
        followed={followed}
        label={present ? "What can happen next" : "What could have happened"}
        none={present && row.outcome !== null ? "It has ended, nothing follows" : "Nothing can follow"}
      />
    </section>
  );
}

function since(ms: number): string {
  return ms < 1000 ? "just now" : `for ${age(ms)}`;
}

function Deadline({ row, nowMs }: { readonly row: RunRow; readonly nowMs: number }) {
  if (row.deadlineMs === null) return null;
  const left = row.deadlineMs - nowMs;
  return (
    <span class={left < 0 ? "overdue" : "dim"}>
      {left < 0 ? `overdue for ${age(-left)}` : `, ${age(left)} left`}
    </span>
  );
}
