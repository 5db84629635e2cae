import assert from "node:assert/strict";
import fc from "fast-check";
import type { ApiRequest } from "../../../actors/prefect3/api.ts";
import { makeRunLogs } from "../../../actors/prefect3/make_run_logs.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";
import { isJsonObject } from "../../../schemas/json/json.ts";
import type { LogSettings } from "../../../schemas/prefect3/settings/worker_settings.ts";
import { fakeClock } from "../../support/clock.ts";
import { answerOf } from "../../support/prefect3/world.ts";

const RUN = "00000000-0000-4000-8000-000000000001";
const SETTINGS: LogSettings = {
  enabled: true,
  intervalMs: 2000,
  batchBytes: 4_000_000,
  lineBytes: 1_000_000,
};

/** Logs over an API that takes each batch, unless the test says otherwise. */
function runLogs(
  settings: Partial<LogSettings> = {},
  take: (count: number) => Promise<unknown> = () => Promise.resolve(),
  workerId: string | null = null,
) {
  const clock = fakeClock(0);
  const bodies: string[] = [];
  const logged: string[] = [];
  const logs = makeRunLogs({
    api: {
      send: async ({ body }: ApiRequest, signal: AbortSignal) => {
        const gone = new Promise<never>((_, reject) =>
          signal.addEventListener("abort", () => reject(signal.reason), { once: true })
        );
        await Promise.race([take(bodies.length + 1), gone]);
        bodies.push(JSON.stringify(body));
        return answerOf(201, null);
      },
    },
    settings: { ...SETTINGS, ...settings },
    worker: { name: "My Worker", id: () => workerId },
    clock,
    log: (level, text) => void logged.push(`${level} ${text}`),
  });
  const write = (message: string) => logs.write({ runId: RUN, level: "INFO", message });
  const rows = () => bodies.flatMap((body) => JSON.parse(body).filter(isJsonObject));
  const messages = () => rows().map(({ message }) => String(message));
  return { logs, clock, bodies, logged, write, rows, messages };
}

const SIGNAL = new AbortController().signal;
const bytes = (text: string) => new TextEncoder().encode(text).length;

Deno.test("run logs: given lines of every level, when two seconds are over, then one batch has them as the API takes them", async () => {
  const { logs, clock, bodies, rows } = runLogs();
  for (const level of ["INFO", "WARNING", "ERROR"] as const) {
    logs.write({ runId: RUN, level, message: "text" });
  }

  await clock.advance(1999);
  const early = bodies.length;
  await clock.advance(1);

  assert.equal(early, 0);
  assert.equal(bodies.length, 1);
  assert.deepEqual(rows().map(({ level }) => level), [20, 30, 40]);
  assert.deepEqual(rows()[0], {
    name: "prefect.flow_runs.worker",
    level: 20,
    message: "text",
    timestamp: "1970-01-01T00:00:00.000Z",
    flow_run_id: RUN,
    task_run_id: null,
  });
});

Deno.test("run logs: given any lines and limits, when they are sent, then no batch and no line is longer than its limit, and none is lost or out of order", async () => {
  const line = fc.string({ unit: "binary", maxLength: 400 });
  const limits = fc.tuple(fc.integer({ min: 400, max: 3000 }), fc.integer({ min: 0, max: 3000 }));

  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 40 }), limits, async (lines, [lineBytes, more]) => {
      const batchBytes = lineBytes + more;
      const { logs, clock, bodies, write, messages, rows } = runLogs({ lineBytes, batchBytes });
      for (const message of lines) {
        write(message);
        if (message.length % 3 === 0) await clock.advance(700);
      }

      await logs.end(SIGNAL);

      const sent = messages();
      assert.ok(bodies.every((body) => bytes(body) <= batchBytes));
      assert.ok(rows().every((row) => bytes(JSON.stringify(row)) <= lineBytes));
      assert.equal(sent.length, lines.length);
      sent.forEach((message, at) => {
        const kept = message.endsWith(" … (cut)") ? message.slice(0, -" … (cut)".length) : message;
        assert.ok(
          (lines[at] ?? "").startsWith(kept) &&
            kept.isWellFormed() === (lines[at] ?? "").slice(0, kept.length).isWellFormed(),
        );
      });
    }),
    { numRuns: 60 },
  );
});

Deno.test("run logs: given a batch under way, when more lines come, then they are sent after it and in their order", async () => {
  const first = Promise.withResolvers<void>();
  const { clock, bodies, write, messages } = runLogs(
    {},
    (count) => count === 1 ? first.promise : Promise.resolve(),
  );
  write("1");
  await clock.advance(2000);
  write("2");
  await clock.advance(10_000);
  write("3");
  const during = bodies.length;

  first.resolve();
  await clock.advance(2000);

  assert.equal(during, 0);
  assert.deepEqual(messages(), ["1", "2", "3"]);
});

Deno.test("run logs: given the end of the process, when lines wait, then all are sent before it returns, and later ones are not", async () => {
  const { logs, clock, write, messages } = runLogs({ lineBytes: 400, batchBytes: 500 });
  for (let at = 0; at < 20; at++) write(`line ${at}`);

  await logs.end(SIGNAL);
  write("late");
  await clock.advance(60_000);

  assert.deepEqual(messages(), Array.from({ length: 20 }, (_, at) => `line ${at}`));
  assert.equal(clock.pending(), 0);
});

Deno.test("run logs: given an API that never answers, when the process may wait no longer, then the end returns without a line", async () => {
  const { logs, clock, write, logged } = runLogs({}, () => new Promise(() => undefined));
  write("1");
  const late = new AbortController();
  const end = logs.end(late.signal);

  late.abort();
  await end;

  assert.deepEqual([logged, clock.pending()], [[], 0]);
});

Deno.test("run logs: given a batch that the API refuses, when it is told, then one line says how many were lost, and the next batch is sent", async () => {
  const refused = new FailureError({ tag: "apiError", code: "422", message: "no" });
  const { clock, write, messages, logged } = runLogs(
    {},
    (count) => count === 1 && logged.length === 0 ? Promise.reject(refused) : Promise.resolve(),
  );
  write("1");
  write("2");
  await clock.advance(2000);
  write("3");
  await clock.advance(2000);

  assert.deepEqual(messages(), ["3"]);
  assert.deepEqual(logged, ["WARNING 2 lines of logs of runs were not taken by the API: no"]);
});

Deno.test("run logs: given an API that is away while 10 MB of lines come, when it is back, then the newest 8 MB are sent and one line says how many were dropped", async () => {
  const away = Promise.withResolvers<void>();
  const { clock, write, messages, logged } = runLogs({}, () => away.promise);
  write("first");
  await clock.advance(2000);
  for (let at = 0; at < 100; at++) write(String(at).padStart(100_000, "x"));

  away.resolve();
  await clock.advance(60_000);

  const sent = messages().slice(1).map((message) => Number(message.replace(/^x+/, "")));
  assert.deepEqual(sent, Array.from({ length: sent.length }, (_, at) => 100 - sent.length + at));
  assert.ok(sent.length >= 80 && sent.length < 100);
  assert.match(
    logged.join("\n"),
    new RegExp(`^WARNING ${100 - sent.length} lines of logs of runs were dropped`),
  );
});

Deno.test("run logs: given that they are switched off, when lines are written, then nothing is sent", async () => {
  const { logs, clock, write, bodies } = runLogs({ enabled: false });
  write("1");

  await clock.advance(60_000);
  await logs.end(SIGNAL);

  assert.deepEqual(bodies, []);
});

Deno.test("run logs: given an API that gave the worker an id, when its own log has lines, then they are sent under its name and id", async () => {
  const { logs, clock, rows } = runLogs({}, undefined, "worker-1");
  logs.writeOwn("DEBUG", "looking");
  await clock.advance(2000);

  assert.deepEqual(rows(), [{
    name: "prefect.workers.ecs.my worker",
    flow_run_id: null,
    worker_id: "worker-1",
    level: 10,
    message: "looking",
    timestamp: "1970-01-01T00:00:00.000Z",
    task_run_id: null,
  }]);
});

Deno.test("run logs: given a self-hosted server, which gives no id, when the worker's own log has lines, then they are not sent", async () => {
  const { logs, clock, bodies } = runLogs();
  logs.writeOwn("ERROR", "lost");
  await clock.advance(60_000);
  await logs.end(SIGNAL);

  assert.deepEqual(bodies, []);
});

Deno.test("run logs: given an API that refuses lines of the worker's own log, when they are sent, then no further line comes of it", async () => {
  const refused = new FailureError({ tag: "apiError", code: "422", message: "no" });
  const { logs, clock, logged } = runLogs({}, () => Promise.reject(refused), "worker-1");
  logs.writeOwn("INFO", "text");
  await clock.advance(60_000);

  assert.deepEqual(logged, []);
});
