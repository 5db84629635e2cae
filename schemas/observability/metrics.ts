/**
 * Every metric of the agent: its name, kind, unit and labels. The registry, the page `docs/metrics.md` and the checks of
 * the examples are all made from these rows. No label ever holds a run, a flow or a name: their number has no bound.
 *
 * @module
 */

/** What is known of one metric. */
export interface MetricSpec {
  readonly kind: "counter" | "gauge" | "histogram";
  /** One sentence. */
  readonly help: string;
  /** Names of its labels, in the order in which values are given. */
  readonly labels: readonly string[];
  /** Upper bounds of a histogram's buckets, rising; +Inf is added. */
  readonly buckets?: readonly number[];
}

/** Seconds of one call: AWS and the API answer within tens of milliseconds, time out within a minute. */
const CALL_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] as const;

/** Seconds of one step of a run: a claim takes milliseconds, the start of a task minutes. */
const STEP_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800] as const;

/** All metrics by name. */
export const METRICS = {
  prefect_agent_info: {
    kind: "gauge",
    help: "1, with the version of the agent and its flavour",
    labels: ["flavour", "version"],
  },
  prefect_agent_state: {
    kind: "gauge",
    help: "1 for the current state of the agent's machine, 0 for states it has left",
    labels: ["state"],
  },
  prefect_agent_healthy: {
    kind: "gauge",
    help: "1 when /api/health answers 200, else 0",
    labels: [],
  },
  prefect_agent_runs: {
    kind: "gauge",
    help: "Flow runs in the agent, by the state of their machine",
    labels: ["state"],
  },
  prefect_agent_runs_found_total: {
    kind: "counter",
    help: "Flow runs that polls returned, those already adopted included",
    labels: [],
  },
  prefect_agent_malformed_runs_total: {
    kind: "counter",
    help: "Rows of polls that could not be read",
    labels: [],
  },
  prefect_agent_runs_ended_total: {
    kind: "counter",
    help: "Flow runs that have left the agent, by outcome and kind of failure (none: no failure)",
    labels: ["outcome", "failure"],
  },
  prefect_agent_flow_runs_finished_total: {
    kind: "counter",
    help:
      "Flow runs whose end this agent saw, by the state that they ended in (Success, Failed, Cancelled, TimedOut, …)",
    labels: ["state"],
  },
  prefect_agent_run_step_seconds: {
    kind: "histogram",
    help: "Seconds from the step before (for claimed: from the moment the run was due) to this one",
    labels: ["step"],
    buckets: STEP_SECONDS,
  },
  prefect_agent_run_since_due_seconds: {
    kind: "histogram",
    help: "Seconds from the moment the run was due to this step",
    labels: ["step"],
    buckets: STEP_SECONDS,
  },
  prefect_agent_run_retries_total: {
    kind: "counter",
    help: "Waits of runs before a step was tried again, by step and kind of failure",
    labels: ["step", "failure"],
  },
  prefect_agent_aws_call_seconds: {
    kind: "histogram",
    help:
      "Duration of AWS calls in seconds, without the wait for the limiter; the count is the number of calls",
    labels: ["service", "operation", "result"],
    buckets: CALL_SECONDS,
  },
  prefect_agent_aws_limiter_wait_seconds: {
    kind: "histogram",
    help: "Seconds that AWS calls waited for the limiter",
    labels: ["bucket"],
    buckets: STEP_SECONDS,
  },
  prefect_agent_aws_limiter_waiting: {
    kind: "gauge",
    help: "AWS calls that wait for the limiter",
    labels: ["bucket"],
  },
  prefect_agent_aws_limiter_fill_ratio: {
    kind: "gauge",
    help: "Part of the bucket that is available now, from 0 to 1; 1 when the bucket has no limit",
    labels: ["bucket"],
  },
  prefect_agent_aws_limiter_rate: {
    kind: "gauge",
    help: "Calls per second that the bucket allows now; +Inf when it has no limit",
    labels: ["bucket"],
  },
  prefect_agent_aws_limiter_slowed: {
    kind: "gauge",
    help: "1 while the bucket is slowed because AWS throttled",
    labels: ["bucket"],
  },
  prefect_agent_api_call_seconds: {
    kind: "histogram",
    help: "Duration of requests to the Prefect API, in seconds; the count is the number of requests",
    labels: ["operation", "result"],
    buckets: CALL_SECONDS,
  },
  prefect_agent_poll_seconds: {
    kind: "histogram",
    help: "Duration of polls, in seconds; the count is the number of polls",
    labels: ["result"],
    buckets: CALL_SECONDS,
  },
  prefect_agent_poll_lag_seconds: {
    kind: "histogram",
    help:
      "Seconds from the moment a run was due to the poll that returned it; 0 for a run that is not due yet",
    labels: [],
    buckets: STEP_SECONDS,
  },
  prefect_agent_last_poll_age_seconds: {
    kind: "gauge",
    help: "Seconds since a poll ended, whatever its result",
    labels: [],
  },
  prefect_agent_event_loop_lag_seconds: {
    kind: "gauge",
    help: "Longest delay of a timer since the last scrape",
    labels: [],
  },
  prefect_agent_loop_held_seconds_max: {
    kind: "gauge",
    help:
      "Longest time since the last scrape for which one step of a run (read, parse, plan, check, redact, show) held the event loop",
    labels: ["step"],
  },
  process_resident_memory_bytes: {
    kind: "gauge",
    help: "Resident memory",
    labels: [],
  },
  process_heap_bytes: {
    kind: "gauge",
    help: "JavaScript heap in use",
    labels: [],
  },
  process_start_time_seconds: {
    kind: "gauge",
    help: "Start time of the process, in seconds since 1970",
    labels: [],
  },
} as const satisfies Readonly<Record<string, MetricSpec>>;

/** Name of a metric. */
export type MetricName = keyof typeof METRICS;

/** Names of metrics of one kind. */
export type MetricOf<Kind extends MetricSpec["kind"]> = {
  [Name in MetricName]: (typeof METRICS)[Name]["kind"] extends Kind ? Name : never;
}[MetricName];

/** A value for each label of a metric, in order. */
export type LabelsOf<Name extends MetricName> =
  & Texts<(typeof METRICS)[Name]["labels"]>
  & readonly string[];

type Texts<Labels extends readonly string[]> = { readonly [Index in keyof Labels]: string };

/** Names as they stand in a scrape: a histogram is three series. */
export function seriesOf(name: MetricName): readonly string[] {
  return METRICS[name].kind === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
}

/** Every metric with what is known of it. */
export const METRIC_ROWS: readonly (readonly [name: MetricName, spec: MetricSpec])[] = namesOf(METRICS).map(
  (name) => [name, METRICS[name]],
);

function namesOf<Row extends object>(rows: Row): readonly (keyof Row)[] {
  // The literal has no keys besides those of its type, because no code extends it.
  return Object.keys(rows) as (keyof Row)[];
}
