/**
 * The timeline of a run: each step with the actor calls that led to it.
 *
 * @module
 */

import { useLayoutEffect, useRef } from "preact/hooks";
import type { ActorCall, RunDetail, Step } from "../../protocol/protocol.ts";
import { clockTime, duration, words } from "../format.ts";
import { callsAtWork, callsOfStep, type Moment } from "./history.ts";
import { Copyable } from "../parts.tsx";
import { printRoute } from "../route.ts";
import { toneOf } from "../tones.ts";

/** What the timeline shows. */
export interface TimelineProps {
  readonly detail: RunDetail;
  readonly moment: Moment;
  readonly nowMs: number;
  /** Whose requests have ids. */
  readonly provider: string;
}

/** The timeline, oldest first; the step looked at is marked, later ones are dimmed. */
export function Timeline({ detail, moment, nowMs, provider }: TimelineProps) {
  const { steps, calls, row, dropped } = detail;
  const working = callsAtWork(calls);
  return (
    <ol class="timeline">
      {dropped > 0 ? <li class="dim">{dropped} earlier steps are no longer kept</li> : null}
      {steps.map((step, i) => (
        <StepItem
          key={step.n}
          runId={row.id}
          step={step}
          calls={callsOfStep(calls, step.n)}
          offsetMs={step.atMs - row.adoptedMs}
          provider={provider}
          place={i === moment.index ? "current" : i > moment.index ? "later" : "earlier"}
        />
      ))}
      {working.map((call) => (
        <li key={`${call.name}${call.startedMs}`} class="step working">
          <CallLine call={call} nowMs={nowMs} provider={provider} />
        </li>
      ))}
    </ol>
  );
}

interface StepItemProps {
  readonly runId: string;
  readonly step: Step;
  readonly calls: readonly ActorCall[];
  readonly offsetMs: number;
  readonly provider: string;
  readonly place: "current" | "earlier" | "later";
}

function StepItem({ runId, step, calls, offsetMs, provider, place }: StepItemProps) {
  const item = useRef<HTMLLIElement>(null);
  useLayoutEffect(() => {
    if (place === "current") keepInSight(item.current);
  }, [place]);
  const moved = step.path.length > 1 || step.from !== step.to;
  const failed = calls.some((call) => call.result === "failed") || step.to === "failed";
  return (
    <li
      ref={item}
      class={`step ${place}${failed ? " failed" : ""}`}
      data-step={step.n}
      aria-current={place === "current" ? "step" : undefined}
    >
      <a class="step-head" href={printRoute({ page: "run", id: runId, step: step.n })}>
        <span class="step-n num">{step.n}</span>
        <span class="step-label">{step.label}</span>
        <time class="step-at num" title={clockTime(step.atMs)}>+{duration(offsetMs)}</time>
      </a>
      <div class="step-path">
        {moved ? <Path step={step} /> : <span class="dim">stays in {words(step.to)}</span>}
        {step.tookMs > 0 ? <Took ms={step.tookMs} /> : null}
      </div>
      {calls.map((call) => (
        <CallLine
          key={`${call.name}${call.startedMs}`}
          call={call}
          nowMs={call.endedMs ?? 0}
          provider={provider}
        />
      ))}
    </li>
  );
}

/** Scrolls the list and not the page. */
function keepInSight(item: HTMLElement | null): void {
  const list = item?.closest(".timeline-box");
  if (item === null || !(list instanceof HTMLElement)) return;
  const inner = item.getBoundingClientRect();
  const outer = list.getBoundingClientRect();
  if (inner.top < outer.top) list.scrollTop -= outer.top - inner.top + 8;
  else if (inner.bottom > outer.bottom) list.scrollTop += inner.bottom - outer.bottom + 8;
}

function Path({ step }: { readonly step: Step }) {
  const states = step.path.length > 1 ? step.path : [step.from, step.to];
  return (
    <span class="path">
      {states.map((state, i) => (
        <span key={`${i}${state}`}>
          {i === 0 ? null : <span class="arrow dim">→</span>}
          <span class={i === states.length - 1 ? `tone-text tone-${toneOf(state)}` : "dim"}>
            {words(state)}
          </span>
        </span>
      ))}
    </span>
  );
}

/** Time spent before a step, with a bar: each tenfold is as long as the one before, since steps last from 1 ms to days. */
function Took({ ms }: { readonly ms: number }) {
  const percent = Math.min(100, (Math.log10(Math.max(1, ms)) / 7) * 100);
  return (
    <span class="took" title="Time in the state before">
      <span class="took-bar" aria-hidden="true">
        <span style={{ width: `${percent}%` }} />
      </span>
      <span class="num">{duration(ms)}</span>
    </span>
  );
}

const RESULTS: Readonly<Record<ActorCall["result"], string>> = {
  running: "at work",
  done: "done",
  failed: "failed",
  stopped: "stopped before it answered",
};

interface CallLineProps {
  readonly call: ActorCall;
  readonly nowMs: number;
  readonly provider: string;
}

function CallLine({ call, nowMs, provider }: CallLineProps) {
  const { name, result, retry, attempt, startedMs, failure, requestIds } = call;
  return (
    <div class={`call ${result}`}>
      <span class="call-name mono">{name}</span>
      <span class="call-result">{RESULTS[result]}</span>
      <span class="num">{duration((call.endedMs ?? nowMs) - startedMs)}</span>
      {attempt > 1 ? <span class="tag">attempt {attempt}</span> : null}
      {retry > 0 ? <span class="tag">retry {retry}</span> : null}
      {requestIds.map((id) => (
        <span key={id} class="request">
          {provider} request <Copyable text={id} />
        </span>
      ))}
      {failure === null ? null : (
        <div class="call-failure">
          <b>{words(failure.tag)}</b> {failure.message}
        </div>
      )}
    </div>
  );
}
