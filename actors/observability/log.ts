/**
 * The agent's own log lines, in the form the Python agents print.
 *
 * @module
 */

import type { Log, LogSubject } from "../../schemas/contracts/log.ts";
import type { Clock } from "../../schemas/time/clock.ts";
import type { Redactor } from "../../schemas/secrets/redact.ts";
import { messageText, printableJson, printableLine } from "../../schemas/failure/message_text.ts";
import type { LogFormat, LogLevel } from "../../schemas/observability/log_level.ts";

/** Where and how log lines go. */
export interface LogOptions {
  readonly write: (line: string) => void;
  readonly redact: Pick<Redactor, "text">;
  readonly clock: Clock;
  /** Lines below are dropped. */
  readonly level: LogLevel;
  /** Name of the agent. */
  readonly name: string;
  /** @default "text" */
  readonly format?: LogFormat;
  /** Is told each line that is written, without secrets. @default nobody is told */
  readonly tell?: OwnLine;
}

/** A line of the agent's own log. */
export type OwnLine = (level: LogLevel, message: string) => void;

const NO_RUN: LogSubject = { runId: null };

const RANK: Readonly<Record<LogLevel, number>> = { DEBUG: 0, INFO: 1, WARNING: 2, ERROR: 3 };

/** One line that is written. */
interface Line {
  readonly atMs: number;
  readonly level: LogLevel;
  readonly name: string;
  readonly message: string;
  readonly subject: LogSubject;
}

/** A log that prints lines, each as {@link textLine} or {@link jsonLine} makes it. */
export function makeLog({ write, redact, clock, level, name, format = "text", tell }: LogOptions): Log {
  const lineOf = format === "json" ? jsonLine : textLine;
  return (at, message, subject = NO_RUN) => {
    if (RANK[at] < RANK[level]) return;
    const shown = messageText(redact.text(message));
    write(lineOf({ atMs: clock.now(), level: at, name, message: shown, subject }));
    tell?.(at, shown);
  };
}

/**
 * `[2023-01-02 03:04:05.678+0000] INFO - agent | text`; line breaks in a text become ` ⏎ `, other control
 * characters `�`, so that nothing a flow is named can forge a line.
 */
function textLine({ atMs, level, name, message }: Line): string {
  const when = new Date(atMs).toISOString().replace("T", " ").replace("Z", "+0000");
  return `[${when}] ${level} - ${name} | ${printableLine(message)}`;
}

/** `{"time":…,"level":…,"logger":…,"message":…,"flowRunId":…}`, the last one only for lines whose subject is a run. */
function jsonLine({ atMs, level, name, message, subject: { runId } }: Line): string {
  return printableJson(JSON.stringify({
    time: new Date(atMs).toISOString(),
    level,
    logger: name,
    message,
    ...(runId === null ? {} : { flowRunId: runId }),
  }));
}
