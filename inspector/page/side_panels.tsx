/**
 * Beside the table: the agent's own machine, how full its request limiters are, and the last errors.
 *
 * @module
 */

import { Fragment } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { AgentView, CallCount, ErrorLine, LimiterFill } from "../protocol/protocol.ts";
import { age, clockTime, count, rate, words } from "./format.ts";
import type { Model } from "./model.ts";
import { Badge, Panel } from "./parts.tsx";
import { AGENT, printRoute } from "./route.ts";

/** What is beside the table. */
export function SidePanels({ model, nowMs }: { readonly model: Model; readonly nowMs: number }) {
  const wide = useWide();
  const { agent, limiters, errors, calls } = model;
  const provider = model.hello?.provider ?? "Service";
  const waiting = limiters.reduce((sum, limiter) => sum + limiter.waiting, 0);
  return (
    <aside class="side-column" aria-label="Agent">
      <Panel title="Agent" open={wide} aside={agent === null ? null : <Badge name={agent.state} />}>
        {agent === null ? <p class="dim">Not heard from yet</p> : (
          <>
            <Agent agent={agent} nowMs={nowMs} />
            <a href={printRoute(AGENT)}>Its chart, with the present state lit</a>
          </>
        )}
      </Panel>
      <Panel
        title={`${provider} limiters`}
        open={wide}
        aside={limiters.length === 0 ? "none" : waiting === 0 ? "nothing waits" : `${count(waiting)} wait`}
      >
        {limiters.length === 0
          ? <p class="dim">None are known here</p>
          : <Limiters limiters={limiters} provider={provider} />}
      </Panel>
      {calls.length === 0
        ? null
        : (
          <Panel title="Calls" open={false} aside={count(calls.reduce((sum, call) => sum + call.count, 0))}>
            <Calls calls={calls} />
          </Panel>
        )}
      <Panel title="Last errors" open={wide} aside={errors.length === 0 ? "none" : count(errors.length)}>
        {errors.length === 0 ? <p class="dim">Nothing has gone wrong so far</p> : (
          <ol class="errors">
            {errors.map((line) => <ErrorItem key={line.n} line={line} nowMs={nowMs} />)}
          </ol>
        )}
      </Panel>
    </aside>
  );
}

/** How often each kind of request was made, most frequent first. */
function Calls({ calls }: { readonly calls: readonly CallCount[] }) {
  return (
    <dl class="facts calls">
      {calls.map(({ service, operation, count: made, failed }) => (
        <Fragment key={`${service} ${operation}`}>
          <dt>{`${service} ${operation}`}</dt>
          <dd class="num">{failed === 0 ? count(made) : `${count(made)}, ${count(failed)} failed`}</dd>
        </Fragment>
      ))}
    </dl>
  );
}

/** Whether there is room for two columns; the same width as in the style sheet. */
function useWide(): boolean {
  const [wide, setWide] = useState(() => matchMedia("(min-width: 900px)").matches);
  useEffect(() => {
    const query = matchMedia("(min-width: 900px)");
    const read = (): void => setWide(query.matches);
    query.addEventListener("change", read);
    return () => query.removeEventListener("change", read);
  }, []);
  return wide;
}

/** How the agent itself stands. */
export function Agent({ agent, nowMs }: { readonly agent: AgentView; readonly nowMs: number }) {
  return (
    <>
      <dl class="facts">
        <dt>In this state for</dt>
        <dd class="num">{age(nowMs - agent.sinceMs)}</dd>
        <dt>Adopted, not yet reported</dt>
        <dd class="num">{count(agent.inFlight)}</dd>
      </dl>
      {agent.failure === null ? null : (
        <p class="failure">
          <b>{words(agent.failure.tag)}</b> {agent.failure.message}
        </p>
      )}
    </>
  );
}

/** Who limits. */
interface Provided {
  /** Whose service it is. */
  readonly provider: string;
}

function Limiters({ limiters, provider }: Provided & { readonly limiters: readonly LimiterFill[] }) {
  return (
    <ul class="limiters">
      {limiters.map((limiter) => (
        <li key={limiter.name} class={limiter.slowed ? "limiter slowed" : "limiter"}>
          <span class="limiter-name" title={limiter.description}>{limiter.description || limiter.name}</span>
          <span class="limiter-rate num">
            {limiter.ratePerS === null ? "no limit" : `${rate(limiter.ratePerS)}/s`}
          </span>
          <Fill {...limiter} />
          <LimiterNote {...limiter} provider={provider} />
        </li>
      ))}
    </ul>
  );
}

/** Said only where there is something to say: limiters with nothing to do should be read past. */
function LimiterNote({ waiting, slowed, provider }: LimiterFill & Provided) {
  const notes = [waiting === 0 ? "" : `${count(waiting)} wait`, slowed ? `slowed by ${provider}` : ""];
  const said = notes.filter((note) => note !== "").join(" · ");
  return said === "" ? null : <span class="limiter-note">{said}</span>;
}

/** How long what waits will take at the present rate: full at ten seconds. */
function Fill({ waiting, ratePerS, description }: LimiterFill) {
  const seconds = ratePerS === null || ratePerS === 0 ? 0 : waiting / ratePerS;
  const percent = Math.min(100, seconds * 10);
  return (
    <span
      class="fill"
      role="meter"
      aria-label={`Backlog of ${description}`}
      aria-valuemin={0}
      aria-valuemax={10}
      aria-valuenow={Math.min(10, Math.round(seconds * 10) / 10)}
      aria-valuetext={`${Math.round(seconds)} seconds of backlog`}
    >
      <span style={{ width: `${percent}%` }} />
    </span>
  );
}

function ErrorItem({ line, nowMs }: { readonly line: ErrorLine; readonly nowMs: number }) {
  const { runId, name, state, failure, atMs } = line;
  return (
    <li class="error">
      <div class="error-head">
        {runId === null
          ? <b>{name}</b>
          : <a href={printRoute({ page: "run", id: runId, step: null })}>{name || runId}</a>}
        <time title={clockTime(atMs)} class="dim num">{age(nowMs - atMs)}</time>
      </div>
      <div class="dim">{words(state)} · {words(failure.tag)}</div>
      <div class="error-text">{failure.message}</div>
    </li>
  );
}
