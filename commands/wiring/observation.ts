/**
 * Observes the agent from outside: metrics, health and traces. It wraps the agent's ports and reads the inspection
 * events, so that the agent does not know of it. What is not asked for is neither made nor imported.
 *
 * @module
 */

import type { InspectionEvent } from "xstate";
import project from "../../deno.json" with { type: "json" };
import { makeCallMetrics } from "../../actors/observability/call_metrics.ts";
import { type CallTallied, makeCallTally } from "../../actors/observability/call_tally.ts";
import { type CallObserver, resultOfThrown, unobserved } from "../../actors/observability/call_observer.ts";
import { type HealthWatch, makeHealthWatch } from "../../actors/observability/health_watch.ts";
import { type HttpCall, placeOf } from "../../actors/http/http.ts";
import type { Log } from "../../schemas/contracts/log.ts";
import { makeMetricRegistry, type MetricRegistry } from "../../actors/observability/metric_registry.ts";
import type { Orchestrator, Page } from "../../schemas/contracts/orchestrator.ts";
import type { LimiterView } from "../../actors/time/limiter.ts";
import { showProcess } from "../../actors/observability/process_metrics.ts";
import { makeRunMetrics } from "../../actors/observability/run_metrics.ts";
import { makeRunSpans, type RunSpans } from "../../actors/observability/run_spans.ts";
import { makeRunStages } from "../../actors/observability/run_stages.ts";
import { type ChangeListener, observeChanges } from "../../inspector/feed/run_changes.ts";
import type { TimerLag } from "../../actors/time/timer_lag.ts";
import type { StepTimes } from "../../actors/observability/step_times.ts";
import { elapsedMs } from "../../actors/time/elapsed.ts";
import { LOOP_STEPS } from "../../schemas/contracts/timed.ts";
import type { Clock } from "../../schemas/time/clock.ts";
import { type FailureTag, toFailure } from "../../schemas/failure/failure.ts";
import { type HealthStyle, STUCK_AFTER_MS, type Unhealthy } from "../../schemas/observability/health.ts";
import type { RunnerSettings } from "../../schemas/options/runner_settings.ts";

/** What {@link makeObservation} starts from. */
export interface ObservationOptions {
  /** Its name. */
  readonly flavour: string;
  readonly settings: Pick<RunnerSettings, "agentAddress" | "unhealthyAfterMs">;
  readonly health: Pick<HealthStyle, "silentAfterMs">;
  readonly env: Readonly<Record<string, string>>;
  readonly clock: Clock;
  /** Is told the stages of each run. @default absent: nobody is */
  readonly stages?: Log;
  /** Whether somebody looks at how often each kind of request is made. @default nobody does */
  readonly tallied?: boolean;
}

/** States of limiters, by name. */
export type LimitersView = () => Readonly<Record<string, LimiterView>>;

/** What watches one agent; disposing ends what is open. */
export interface Observation extends Disposable {
  /** For `AgentProgram`: both absent when nothing observes the agent. */
  readonly program: {
    readonly inspect?: (event: InspectionEvent) => void;
    readonly within?: <T>(runId: string, work: () => T) => T;
  };
  /** Makes the calls to the Prefect API and to the platform; {@link unobserved} when nothing observes them. */
  readonly observe: CallObserver;
  /** How often each kind of request was made; empty where nobody looks. */
  readonly calls: () => readonly CallTallied[];
  /** Warns of queries that traces show. */
  readonly http: (call: HttpCall, log: Log) => HttpCall;
  /** Receives from the platform's limiters how long a call waited for its permit, in milliseconds. */
  readonly onTurn: (limiter: string, waitedMs: number) => void;
  /** Shows the state of the platform's limiters with each scrape. */
  readonly limiters: (view: LimitersView) => void;
  /** Shows the longest steps of runs with each scrape. */
  readonly steps: (takeLongest: StepTimes["takeLongest"]) => void;
  /** Shows the longest delay of a timer with each scrape. */
  readonly lag: (takeWorstMs: TimerLag["takeWorstMs"]) => void;
  readonly poll: <Run>(poll: Orchestrator<Run>["poll"]) => Orchestrator<Run>["poll"];
  /** Whether the agent asks for runs: it does not while it has no room for one. */
  readonly asks: (isAsking: boolean) => void;
  /** The API asks to be waited for: no fault of the agent. */
  readonly excused: () => void;
  /** For the health server. Null: healthy. */
  readonly judge: () => Unhealthy | null;
  /** For the health server: the text of a scrape. */
  readonly scrape: () => string;
}

/** Makes the parts that are switched on: metrics and health with a health server, traces where Deno exports them. */
export async function makeObservation(options: ObservationOptions): Promise<Observation> {
  const counting = options.settings.agentAddress === null ? null : makeCounting(options);
  const spans = isTraced(options.env) ? makeRunSpans(await import("@opentelemetry/api")) : null;
  const counted = chain(counting?.observe ?? unobserved, spans);
  const tally = options.tallied === true ? makeCallTally(counted) : null;
  const observe = tally?.observe ?? counted;
  const listeners = [
    ...counting === null ? [] : [counting.listener],
    ...spans === null ? [] : [runListener(spans.onRun)],
    ...options.stages === undefined ? [] : [runListener(makeRunStages(options.stages))],
  ];
  const idle = listeners.length === 0;
  return {
    program: idle ? {} : {
      inspect: observeChanges(all(listeners), options.clock.now),
      ...(spans === null ? {} : { within: spans.within }),
    },
    observe,
    calls: () => tally?.counts() ?? [],
    http: (call, log) => spans === null ? call : warnOfQueries(call, log),
    onTurn: (bucket, waitedMs) =>
      counting?.registry.observe("prefect_agent_aws_limiter_wait_seconds", [bucket], waitedMs / 1000),
    limiters: (view) => counting?.registry.beforeScrape(() => showLimiters(counting.registry, view())),
    steps: (takeLongest) =>
      counting?.registry.beforeScrape(() => showSteps(counting.registry, takeLongest())),
    lag: (takeWorstMs) =>
      counting?.registry.beforeScrape(() =>
        counting.registry.set("prefect_agent_event_loop_lag_seconds", [], takeWorstMs() / 1000)
      ),
    poll: (poll) => counting === null ? poll : observedPoll(poll, counting, options.clock),
    asks: (isAsking) => counting?.health.asks(isAsking),
    excused: () => counting?.health.excused(),
    judge: () => counting?.health.judge() ?? null,
    scrape: () => counting?.registry.render() ?? "",
    [Symbol.dispose]: () => {
      spans?.close();
    },
  };
}

/** @see Deno, "OpenTelemetry": `OTEL_DENO=true`, in any case; other words than true and false are ignored */
function isTraced(env: Readonly<Record<string, string>>): boolean {
  return env["OTEL_DENO"]?.toLowerCase() === "true";
}

/** What the SDK appends to say which operation it calls. */
const SDK_QUERY = /^\?x-id=\w+$/;

/**
 * Deno's own span of a request shows the whole URL, and a query may be a signature. This cannot be kept from it, so it is said
 * once for each place.
 */
function warnOfQueries(call: HttpCall, log: Log): HttpCall {
  const told = new Set<string>();
  return (request) => {
    const place = placeOf(request.url);
    const query = URL.canParse(request.url) ? new URL(request.url).search : "";
    if (query !== "" && !SDK_QUERY.test(query) && !told.has(place)) {
      told.add(place);
      log(
        "WARNING",
        `The query of requests to ${place} is exported with the traces; where it is a secret, name a file or an S3 object instead`,
      );
    }
    return call(request);
  };
}

/** Keeps the span open while the call is measured. */
function chain(inner: CallObserver, spans: RunSpans | null): CallObserver {
  if (spans === null) return inner;
  return (call) => spans.observe({ ...call, work: () => inner(call) });
}

function runListener(onRun: ChangeListener["onRun"]): ChangeListener {
  return { onRun, onAgent: () => undefined };
}

function all(listeners: readonly ChangeListener[]): ChangeListener {
  return {
    onRun: (change) => listeners.forEach(({ onRun }) => onRun(change)),
    onAgent: (state) => listeners.forEach(({ onAgent }) => onAgent(state)),
  };
}

/** Metrics and health. */
interface Counting {
  readonly registry: MetricRegistry;
  readonly health: HealthWatch;
  readonly observe: CallObserver;
  readonly listener: ChangeListener;
}

function makeCounting({ flavour, settings, health: style, clock }: ObservationOptions): Counting {
  const registry = makeMetricRegistry();
  const health = makeHealthWatch(clock, {
    stuckAfterMs: STUCK_AFTER_MS,
    awayAfterMs: settings.unhealthyAfterMs,
    silentAfterMs: style.silentAfterMs,
  });
  const countRun = makeRunMetrics(registry);
  showProcess(registry);
  registry.set("prefect_agent_info", [flavour, project.version], 1);
  registry.beforeScrape(() => {
    registry.set("prefect_agent_healthy", [], health.judge() === null ? 1 : 0);
    const age = health.lastPollAgeS();
    if (age !== null) registry.set("prefect_agent_last_poll_age_seconds", [], age);
  });
  return {
    registry,
    health,
    observe: makeCallMetrics(registry, elapsedMs),
    listener: {
      onRun: (change) => {
        health.turned();
        countRun(change);
      },
      onAgent: makeAgentStates(registry, health),
    },
  };
}

function makeAgentStates(registry: MetricRegistry, health: HealthWatch): (state: string) => void {
  let last: string | null = null;
  return (state) => {
    if (last !== null) registry.set("prefect_agent_state", [last], 0);
    registry.set("prefect_agent_state", [state], 1);
    last = state;
    if (state === "polling") health.began();
    else health.finished();
  };
}

function showSteps(registry: MetricRegistry, longest: ReturnType<StepTimes["takeLongest"]>): void {
  for (const step of LOOP_STEPS) {
    registry.set("prefect_agent_loop_held_seconds_max", [step], (longest.get(step) ?? 0) / 1000);
  }
}

function showLimiters(registry: MetricRegistry, view: ReturnType<LimitersView>): void {
  for (const [bucket, { waiting, fill, ratePerS, slowed }] of Object.entries(view)) {
    registry.set("prefect_agent_aws_limiter_waiting", [bucket], waiting);
    registry.set("prefect_agent_aws_limiter_fill_ratio", [bucket], fill);
    registry.set("prefect_agent_aws_limiter_rate", [bucket], ratePerS);
    registry.set("prefect_agent_aws_limiter_slowed", [bucket], slowed ? 1 : 0);
  }
}

function observedPoll<Run>(
  poll: Orchestrator<Run>["poll"],
  { registry, health }: Counting,
  clock: Pick<Clock, "now">,
): Orchestrator<Run>["poll"] {
  return async (busy, signal) => {
    const began = elapsedMs();
    const end = (result: string, failure: FailureTag | null) => {
      registry.observe("prefect_agent_poll_seconds", [result], (elapsedMs() - began) / 1000);
      health.polled(failure);
    };
    try {
      const page = await poll(busy, signal);
      end("ok", null);
      countPage(registry, page, clock.now());
      return page;
    } catch (thrown) {
      // The call was aborted by its own deadline, or because the agent ends.
      if (signal.aborted) end("aborted", "timedOut");
      else end(resultOfThrown(thrown), toFailure(thrown).tag);
      throw thrown;
    }
  };
}

function countPage(registry: MetricRegistry, { runs, malformed }: Page<unknown>, nowMs: number): void {
  for (const { header: { dueAtMs } } of runs) {
    registry.count("prefect_agent_runs_found_total", []);
    registry.observe("prefect_agent_poll_lag_seconds", [], Math.max(0, nowMs - (dueAtMs ?? nowMs)) / 1000);
  }
  for (const _ of malformed) registry.count("prefect_agent_malformed_runs_total", []);
}
