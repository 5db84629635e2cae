import assert from "node:assert/strict";
import { makeRunSpans, type OtelApi } from "../../../actors/observability/run_spans.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";
import { endOf } from "../../../schemas/prefect1/state.ts";
import { LAUNCHED, someChange } from "../../support/run_change.ts";

/** A span as the fake kept it. */
interface Kept {
  readonly name: string;
  readonly parent: string | null;
  readonly start: unknown;
  readonly attributes: Record<string, unknown>;
  readonly events: string[];
  status: { readonly code: number; readonly message?: string } | null;
  end: unknown;
}

/** The part of the OpenTelemetry API that is used, with a context that holds one span. */
function fakeOtel() {
  const spans: Kept[] = [];
  let active: { readonly span?: Kept } = {};
  const root = {};
  const within = <T>(context: { readonly span?: Kept }, work: () => T): T => {
    const before = active;
    active = context;
    try {
      return work();
    } finally {
      active = before;
    }
  };
  // deno-lint-ignore no-explicit-any -- the fake stands for interfaces of which it has a part
  const startSpan = (name: string, options: any = {}, context: any = active): any => {
    const kept: Kept = {
      name,
      parent: options.root ? null : context.span?.name ?? null,
      start: options.startTime,
      attributes: { ...options.attributes },
      events: [],
      status: null,
      end: null,
    };
    spans.push(kept);
    return Object.assign(kept, {
      setAttribute: (key: string, value: unknown) => (kept.attributes[key] = value),
      setStatus: (status: Kept["status"]) => (kept.status = status),
      addEvent: (event: string) => kept.events.push(event),
      end: (at: unknown = "now") => (kept.end = at),
    });
  };
  const tracer = {
    startSpan,
    // deno-lint-ignore no-explicit-any -- as above
    startActiveSpan: (name: string, options: any, work: (span: any) => unknown) => {
      const span = startSpan(name, options);
      return within({ span }, () => work(span));
    },
  };
  const api = {
    trace: { getTracer: () => tracer, setSpan: (_: unknown, span: Kept) => ({ span }) },
    context: { with: within },
    ROOT_CONTEXT: root,
    SpanStatusCode: { ERROR: 2 },
    SpanKind: { CLIENT: 2 },
  };
  return {
    api: api as unknown as OtelApi,
    spans,
    fields: () => spans.map(({ name, parent }) => [name, parent]),
  };
}

Deno.test("run spans: given a run on its way, when traced, then the states follow each other below one root, without gaps", () => {
  const { api, spans } = fakeOtel();
  LAUNCHED.forEach(makeRunSpans(api).onRun);

  const [root, ...stages] = spans;
  assert.deepEqual([root?.name, root?.parent, root?.start, root?.end], ["flow run", null, 1_200, 60_000]);
  assert.deepEqual(
    stages.map(({ name }) => name),
    LAUNCHED.slice(0, -1).filter((c) => c.from !== c.to).map((c) => c.to),
  );
  for (const [i, stage] of stages.entries()) {
    assert.equal(stage.parent, "flow run");
    assert.equal(stage.end, stages[i + 1]?.start ?? root?.end);
  }
  assert.deepEqual(root?.attributes, {
    "prefect.flow_run.id": "r1",
    "prefect.flow.id": "flow-1",
    "prefect.resumed": false,
    "prefect.outcome": "completed",
    "prefect.flow_run.state": "Success",
    "prefect.attempt": 2,
    "aws.ecs.task.arn": "task-1",
  });
  assert.equal(root?.status, null);
});

Deno.test("run spans: given a step that is tried again, when traced, then that step's span says why; the event of a state is kept in it", () => {
  const { api, spans } = fakeOtel();
  LAUNCHED.forEach(makeRunSpans(api).onRun);

  const launches = spans.filter(({ name }) => name === "runningTask");
  assert.deepEqual(launches.map(({ status }) => status), [{ code: 2, message: "notPlaced" }, null]);
  assert.equal(launches[0]?.attributes["error.type"], "notPlaced");
  assert.deepEqual(spans.find(({ name }) => name === "watching")?.events, ["task.started"]);
});

Deno.test("run spans: given a run that fails, when traced, then the root carries the kind of failure", () => {
  const { api, spans } = fakeOtel();
  const { onRun } = makeRunSpans(api);
  onRun(someChange({}));
  onRun(someChange({ from: "waitingForStart", to: "failed", ended: "failed", failure: "awsRefused" }));

  assert.deepEqual(spans[0]?.status, { code: 2, message: "awsRefused" });
});

Deno.test("run spans: given a flow that ended by itself, when traced, then the root has its state, and is an error where it failed", () => {
  for (const state of ["Success", "Failed", "TimedOut", "Cancelled"]) {
    const { api, spans } = fakeOtel();
    const { onRun } = makeRunSpans(api);
    onRun(someChange({}));
    onRun(someChange({ from: "watching", to: "completed", ended: "completed", end: endOf(state) }));

    const isBad = state === "Failed" || state === "TimedOut";
    assert.equal(spans[0]?.attributes["prefect.flow_run.state"], state);
    assert.deepEqual(spans[0]?.status, isBad ? { code: 2, message: state } : null);
  }
});

Deno.test("run spans: given a call made within a run, when traced, then it is a child of the present state; else of nothing", async () => {
  const { api, fields } = fakeOtel();
  const { onRun, within, observe } = makeRunSpans(api);
  const call = (operation: string) => observe({ service: "ECS", operation, work: () => Promise.resolve(1) });
  onRun(someChange({}));
  onRun(someChange({ from: "waitingForStart", to: "runningTask" }));

  assert.equal(await within("r1", () => call("RunTask")), 1);
  assert.equal(await within("unknown", () => call("ListTasks")), 1);

  assert.deepEqual(fields().slice(-2), [["ECS RunTask", "runningTask"], ["ECS ListTasks", null]]);
});

Deno.test("run spans: given calls that fail, when traced, then the span ends with the kind and never with a text", async () => {
  const { api, spans } = fakeOtel();
  const { observe } = makeRunSpans(api);
  const failure = { tag: "unknownOutcome", operation: "RunTask", message: "planted" } as const;

  await assert.rejects(
    observe({ service: "ECS", operation: "RunTask", work: () => Promise.reject(new FailureError(failure)) }),
    /planted/,
  );
  await observe({
    service: "ECS",
    operation: "RunTask",
    work: () => Promise.resolve(0),
    resultOf: () => "notPlaced",
  });

  assert.deepEqual(spans.map(({ status, end }) => [status?.message, end]), [["unknownOutcome", "now"], [
    undefined,
    "now",
  ]]);
  assert.equal(spans[1]?.attributes["prefect.result"], "notPlaced");
  assert.ok(!JSON.stringify(spans).includes("planted"));
});

Deno.test("run spans: given runs under way, when closed, then every span is ended", () => {
  const { api, spans } = fakeOtel();
  const { onRun, close } = makeRunSpans(api);
  LAUNCHED.slice(0, 5).forEach(onRun);
  close();

  assert.ok(spans.every(({ end }) => end !== null));
});
