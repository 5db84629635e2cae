/**
 * Sends lines of the logs of runs in batches that keep to both bounds of the API: bytes of a batch, and of a line.
 *
 * @module
 */

import { toFailure } from "../../schemas/failure/failure.ts";
import type { Log } from "../../schemas/contracts/log.ts";
import type { JsonObject } from "../../schemas/json/json.ts";
import type { LogLevel } from "../../schemas/observability/log_level.ts";
import type { LogSettings } from "../../schemas/prefect3/settings/worker_settings.ts";
import type { Clock } from "../../schemas/time/clock.ts";
import type { Api } from "./api.ts";
import type { RunLine, RunLogs } from "./run_logs.ts";

/** What it needs. */
export interface RunLogsDeps {
  readonly api: Pick<Api, "send">;
  readonly settings: LogSettings;
  readonly clock: Clock;
  readonly log: Log;
  /** This worker; its id is null where the API gives none, as a self-hosted server does. */
  readonly worker: { readonly name: string; readonly id: () => string | null };
}

/** Name of the logger that the original writes them under: the UI shows it. */
const LOGGER = "prefect.flow_runs.worker";

/** Numbers of Python's `logging`. */
const LEVELS: Readonly<Record<LogLevel, number>> = { DEBUG: 10, INFO: 20, WARNING: 30, ERROR: 40 };

/** Bytes that wait while the API is away; beyond it the oldest lines go. */
const MOST_WAITING = 8 * 1024 * 1024;

/** Around a line in the JSON of a batch, besides whose it is, in bytes, at most. */
const AROUND_LINE = 100;

const CUT = " … (cut)";

/** Nothing is sent before the first line. */
export function makeRunLogs(deps: RunLogsDeps): RunLogs {
  return new Batches(deps);
}

/** A line as it is sent. */
interface Ready {
  readonly row: JsonObject;
  /** Of the worker's own log. */
  readonly isOwn: boolean;
  readonly bytes: number;
}

class Batches implements RunLogs {
  readonly #deps: RunLogsDeps;
  readonly #life = new AbortController();
  #waiting: Ready[] = [];
  #bytes = 0;
  #dropped = 0;
  #sending: Promise<void> | null = null;
  #cancelTimer: (() => void) | null = null;

  constructor(deps: RunLogsDeps) {
    this.#deps = deps;
  }

  write = ({ runId, level, message }: RunLine): void =>
    this.#put(level, message, { name: LOGGER, flow_run_id: runId });

  /** @see Prefect 3.9.1, logging/handlers.py, WorkerAPILogHandler: lines without an id of the worker are not sent */
  writeOwn = (level: LogLevel, message: string): void => {
    const { name, id } = this.#deps.worker;
    const worker_id = id();
    if (worker_id === null) return;
    const logger = `prefect.workers.ecs.${name.toLowerCase()}`;
    this.#put(level, message, { name: logger, flow_run_id: null, worker_id });
  };

  #put(level: LogLevel, text: string, whose: JsonObject): void {
    const { settings, clock } = this.#deps;
    if (!settings.enabled || this.#life.signal.aborted) return;
    const aroundBytes = AROUND_LINE + byteLength(JSON.stringify(whose));
    const message = cutTo(text, settings.lineBytes - aroundBytes);
    const row = {
      ...whose,
      level: LEVELS[level],
      message,
      timestamp: new Date(clock.now()).toISOString(),
      task_run_id: null,
    };
    const bytes = byteLength(JSON.stringify(message)) + aroundBytes;
    this.#waiting.push({ row, isOwn: whose["flow_run_id"] === null, bytes });
    this.#bytes += bytes;
    this.#dropOldest();
    this.#cancelTimer ??= clock.after(settings.intervalMs, () => this.#flush());
  }

  end = async (signal: AbortSignal): Promise<void> => {
    const stop = (): void => this.#life.abort();
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
    this.#flush();
    while (this.#sending !== null) await this.#sending;
    signal.removeEventListener("abort", stop);
    stop();
  };

  #dropOldest(): void {
    while (this.#bytes > MOST_WAITING) {
      this.#bytes -= this.#waiting.shift()?.bytes ?? this.#bytes;
      this.#dropped += 1;
    }
  }

  #flush(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    if (this.#waiting.length === 0 || this.#sending !== null) return;
    this.#sending = this.#sendAll().finally(() => {
      this.#sending = null;
      if (this.#waiting.length > 0 && !this.#life.signal.aborted) this.#flush();
    });
  }

  async #sendAll(): Promise<void> {
    const rows = this.#takeBatch();
    const { api, log } = this.#deps;
    try {
      await api.send({
        method: "POST",
        path: ["logs", ""],
        route: "POST /logs/",
        body: rows.map(({ row }) => row),
        urgency: "last",
        tries: "held",
      }, this.#life.signal);
    } catch (thrown) {
      // A line about lines of the worker's own log would be one more of them.
      if (this.#life.signal.aborted || rows.every(({ isOwn }) => isOwn)) return;
      log(
        "WARNING",
        `${rows.length} lines of logs of runs were not taken by the API: ${toFailure(thrown).message}`,
      );
    }
    if (this.#dropped === 0) return;
    log("WARNING", `${this.#dropped} lines of logs of runs were dropped while the API did not take them`);
    this.#dropped = 0;
  }

  #takeBatch(): Ready[] {
    const taken: Ready[] = [];
    let bytes = 0;
    while (
      this.#waiting[0] !== undefined &&
      (taken.length === 0 || bytes + this.#waiting[0].bytes <= this.#deps.settings.batchBytes)
    ) {
      const first = this.#waiting.shift();
      if (first === undefined) break;
      bytes += first.bytes;
      taken.push(first);
    }
    this.#bytes -= bytes;
    return taken;
  }
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** Cuts a text to so many bytes of its JSON, on the border of a character. */
function cutTo(text: string, mostBytes: number): string {
  const most = Math.max(byteLength(JSON.stringify(CUT)), mostBytes);
  if (text.length * 6 <= most || byteLength(JSON.stringify(text)) <= most) return text;
  let low = 0;
  let high = text.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (byteLength(JSON.stringify(text.slice(0, middle) + CUT)) <= most) low = middle;
    else high = middle - 1;
  }
  return text.slice(0, low).replace(/[\uD800-\uDBFF]$/, "") + CUT;
}
