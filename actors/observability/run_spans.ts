/**
 * One trace for each flow run: the root span is the run, its children are the states it goes through, theirs the calls to AWS
 * and to the Prefect API. Attributes are ids, names of states and kinds of failures: never a text that a flow or an answer
 * brought along.
 *
 * @module
 */

import type * as otel from "@opentelemetry/api";
import type { RunChange } from "../../schemas/flow_run/change.ts";
import { type CallObserver, resultOfThrown } from "./call_observer.ts";

/** The OpenTelemetry API as it is needed here; imported only when traces are on. */
export type OtelApi = Pick<typeof otel, "trace" | "context" | "ROOT_CONTEXT" | "SpanStatusCode" | "SpanKind">;

/** Traces of runs. */
export interface RunSpans {
  readonly onRun: (change: RunChange) => void;
  /** Has what a run does be part of its trace. */
  readonly within: <T>(runId: string, work: () => T) => T;
  /** Opens a span around each call. */
  readonly observe: CallObserver;
  /** Ends what is still open. */
  readonly close: () => void;
}

/** Name of the instrumentation, in every span. */
const TRACER = "prefect-ecs-agent";

/** The open spans of one run. */
interface Open {
  readonly root: otel.Span;
  readonly rootContext: otel.Context;
  stage: otel.Span;
  stageContext: otel.Context;
}

/** Starts to trace. */
export function makeRunSpans(api: OtelApi): RunSpans {
  const tracer = api.trace.getTracer(TRACER);
  const open = new Map<string, Open>();
  const begin = (change: RunChange): Open => {
    const { header, atMs } = change;
    const attributes = {
      "prefect.flow_run.id": header.id,
      "prefect.flow.id": header.flowId,
      "prefect.resumed": change.resumed,
    };
    const root = tracer.startSpan("flow run", { root: true, startTime: atMs, attributes }, api.ROOT_CONTEXT);
    const rootContext = api.trace.setSpan(api.ROOT_CONTEXT, root);
    return { root, rootContext, ...stageOf(change, rootContext) };
  };
  const stageOf = ({ to, atMs, attempt }: RunChange, rootContext: otel.Context) => {
    const attributes = { "prefect.attempt": attempt };
    const stage = tracer.startSpan(to, { startTime: atMs, attributes }, rootContext);
    return { stage, stageContext: api.trace.setSpan(rootContext, stage) };
  };
  const onRun = (change: RunChange): void => {
    const { header: { id }, from, to, atMs, ended } = change;
    const run = open.get(id);
    if (run === undefined) {
      if (ended === null) open.set(id, begin(change));
      return;
    }
    if (from === to && ended === null) return void run.stage.addEvent(change.event, atMs);
    markFailed(api, run.stage, to === "backingOff" ? change.failure : null);
    run.stage.end(atMs);
    if (ended === null) return void Object.assign(run, stageOf(change, run.rootContext));
    endRoot(api, run.root, change);
    open.delete(id);
  };
  return {
    onRun,
    within: (runId, work) => {
      const run = open.get(runId);
      return run === undefined ? work() : api.context.with(run.stageContext, work);
    },
    observe: makeCallSpans(api, tracer),
    close: () => {
      for (const { root, stage } of open.values()) [stage, root].forEach((span) => span.end());
      open.clear();
    },
  };
}

function endRoot(api: OtelApi, root: otel.Span, change: RunChange): void {
  const { ended, end, attempt, taskId, failure, atMs } = change;
  root.setAttribute("prefect.outcome", ended ?? "");
  if (end !== null) root.setAttribute("prefect.flow_run.state", end.state);
  root.setAttribute("prefect.attempt", attempt);
  if (taskId !== null) root.setAttribute("aws.ecs.task.arn", taskId);
  const flowFailed = end?.kind === "failure" ? end.state : null;
  markFailed(api, root, ended === "failed" ? failure ?? "unexpected" : flowFailed);
  root.end(atMs);
}

/** The kind of failure, not its message: that may quote what a flow brought along. */
function markFailed({ SpanStatusCode }: OtelApi, span: otel.Span, failure: string | null): void {
  if (failure === null) return;
  span.setAttribute("error.type", failure);
  span.setStatus({ code: SpanStatusCode.ERROR, message: failure });
}

function makeCallSpans(api: OtelApi, tracer: otel.Tracer): CallObserver {
  return ({ service, operation, work, resultOf }) => {
    const attributes = { "rpc.service": service, "rpc.method": operation };
    const options = { kind: api.SpanKind.CLIENT, attributes };
    return tracer.startActiveSpan(`${service} ${operation}`, options, async (span) => {
      try {
        const answer = await work();
        span.setAttribute("prefect.result", resultOf?.(answer) ?? "ok");
        return answer;
      } catch (thrown) {
        markFailed(api, span, resultOfThrown(thrown));
        throw thrown;
      } finally {
        span.end();
      }
    });
  };
}
