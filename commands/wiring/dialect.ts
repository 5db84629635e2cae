/**
 * What the commands ask of a dialect of the Prefect API: its settings, its orchestrator, single flow runs.
 *
 * @module
 */

import type { CallObserver } from "../../actors/observability/call_observer.ts";
import type { HttpCall } from "../../actors/http/http.ts";
import type { Log } from "../../schemas/contracts/log.ts";
import type { Timed } from "../../schemas/contracts/timed.ts";
import type { Json } from "../../schemas/json/json.ts";
import type { Orchestrator } from "../../schemas/contracts/orchestrator.ts";
import type { OptionValues } from "../../schemas/options/option.ts";
import type { RunnerSettings } from "../../schemas/options/runner_settings.ts";
import type { Locate } from "../../schemas/options/typed_path.ts";
import type { Reading, Source } from "../../schemas/plan/source.ts";
import type { LogLevel } from "../../schemas/observability/log_level.ts";
import type { HealthStyle } from "../../schemas/observability/health.ts";
import type { FieldSource } from "../../schemas/plan/field_source.ts";
import type { KnownTexts } from "../../schemas/secrets/known_secrets.ts";
import type { Redactor } from "../../schemas/secrets/redact.ts";
import type { Clock, Random } from "../../schemas/time/clock.ts";

/** What requests to the API are made with. */
export interface ApiPorts {
  readonly call: HttpCall;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Is told the credentials in use, and hides secrets in what runs are told. */
  readonly redact: Pick<Redactor, "text" | "learn">;
  /** Makes every request. @default requests are not observed */
  readonly observe?: CallObserver;
  /** Told whenever the API asks to be waited for, as in maintenance. @default nobody is told */
  readonly excused?: () => void;
  /** Measures how the rows of runs are read. @default nothing is measured */
  readonly timed?: Timed;
}

/** Reads a source of the API's own kinds; null: it is of another kind. */
export type ReadOwnSource = (source: Source, signal: AbortSignal) => Promise<Reading> | null;

/** Lines that are printed whatever the log's level is: programs wait for them. */
export interface PrintedLines {
  /** Once the agent polls. */
  readonly started: readonly string[];
  /** At its end, after it has started. */
  readonly stopped: readonly string[];
}

/** Which flow run is to be explained. */
export interface AskedRun {
  /** Options of `explain` as typed. */
  readonly values: OptionValues;
  /** Absolute path of what an option names. */
  readonly locate: Locate;
}

/** Reads one flow run, and what its plan needs of the API. Nothing is changed there. */
export interface RunReader<Run> {
  /** False: the run is read without the API. */
  readonly asksApi: boolean;
  /** @throws {FailureError} `configuration` that names the option and what is accepted, when there is no such run */
  readonly run: (signal: AbortSignal) => Promise<Run>;
  readonly readSource: ReadOwnSource;
  /** Ends its connections. */
  readonly close: () => void;
}

/** A dialect, with the settings of one agent. `Run` is a flow run as it gives it. */
export interface Dialect<Run> {
  readonly settings: RunnerSettings;
  /** Longest time of one poll, in milliseconds. */
  readonly pollTimeoutMs: number;
  /** Wait between two polls, after so many in a row that found nothing new, in milliseconds. */
  readonly pollPauseMs: (idle: number) => number;
  /** Most tasks of this agent that live at a time; null: no limit. */
  readonly maxTasks: number | null;
  /**
   * Whether a task is looked after that outlives its run: the run's log says so once, and it counts among the tasks that live.
   * With it, the task of a cancelled run that has not come up is stopped without a grace. Prefect 1's agents knew neither.
   */
  readonly followsLeftTasks: boolean;
  /** Part of the grace in which runs are given back and the API is told what it has not taken yet, in milliseconds. */
  readonly farewellMs: number;
  /** False: what becomes of runs that are or were cancelled is left to the API. */
  readonly cancels: boolean;
  /** Texts that must never be shown: keys, tokens, variables of runs. */
  readonly secrets: KnownTexts;
  /** What is to be said before anything is sent to the API. */
  readonly warnings: readonly string[];
  /** Lines of the agent's log after a good start. */
  readonly greeting: readonly string[];
  readonly printed: PrintedLines;
  /** Is told each line of the agent's own log, without secrets; the API may keep it. @default nobody is told */
  readonly ownLine?: (level: LogLevel, message: string) => void;
  /** How health is served. */
  readonly health: HealthStyle;
  /** Refuses to start without what the API asks for. @throws {FailureError} `configuration` */
  readonly requireCredential: () => void;
  /** @throws {FailureError} `configuration` for a credential that cannot be sent */
  readonly orchestrator: (ports: ApiPorts) => Orchestrator<Run>;
  /**
   * Reads what the API itself answers of what plans depend on; null for a source of another kind, which the platform reads.
   *
   * @param ports those of the orchestrator, with which it shares its client
   */
  readonly readSource: (ports: ApiPorts) => ReadOwnSource;
  /**
   * Opens what `explain` reads a flow run with; nothing is sent yet.
   *
   * @throws {FailureError} `usage` that names the options which say which run, `configuration` for a missing credential
   */
  readonly explained: (asked: AskedRun, ports: ApiPorts) => RunReader<Run>;
  /** How a run is called: its id, null for one that there is not yet, and the name of its flow. */
  readonly nameOf: (run: Run) => { readonly runId: string | null; readonly flowName: string };
  /** Message of a launch without a task. @param what a flow run @param reasons as the platform lists them */
  readonly unplacedText: (what: string, reasons: Json) => string;
  /** Where the settings that a run is told came from, by the variable that carries them. */
  readonly origins: () => ReadonlyMap<string, FieldSource>;
}
