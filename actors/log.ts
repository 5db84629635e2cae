/**
 * The agent's own log lines, in the form the Python agents print.
 *
 * @module
 */

import type { Clock } from "../schemas/clock.ts";
import type { LogLevel } from "../schemas/settings.ts";

/** Writes one line at a level. Never pass a secret. */
export type Log = (level: LogLevel, message: string) => void;

/** Where and how log lines go. */
export interface LogOptions {
  readonly write: (line: string) => void;
  readonly clock: Clock;
  /** Lines below are dropped. */
  readonly level: LogLevel;
  /** Name of the agent. */
  readonly name: string;
}

const RANK: Readonly<Record<LogLevel, number>> = { DEBUG: 0, INFO: 1, WARNING: 2, ERROR: 3 };

/**
 * A log that prints `[2023-01-02 03:04:05.678+0000] INFO - agent | text`; line breaks in a text become ` ⏎ `, so that
 * nothing a flow is named can forge a line.
 */
export function makeLog({ write, clock, level, name }: LogOptions): Log {
  return (at, message) => {
    if (RANK[at] < RANK[level]) return;
    const when = new Date(clock.now()).toISOString().replace("T", " ").replace("Z", "+0000");
    write(`[${when}] ${at} - ${name} | ${oneLine(message)}`);
  };
}

function oneLine(text: string): string {
  // deno-lint-ignore no-control-regex -- control characters are what must not reach a terminal
  return text.replace(/\r?\n/g, " ⏎ ").replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "�");
}
