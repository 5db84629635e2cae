/**
 * What the settings of prefect-aws say about launching tasks and about the queue of their events.
 *
 * @see prefect-aws 0.7.12, "Settings reference"
 * @module
 */

import type { SettingReader } from "./setting_value.ts";
import type { Attempts } from "../../time/attempts.ts";
import type { TaskSettings } from "./worker_settings.ts";

const ECS = "PREFECT_INTEGRATIONS_AWS_ECS_";
const RUN = `${ECS}WORKER_CREATE_TASK_RUN_`;
const REGISTER = `${ECS}WORKER_REGISTER_TASK_DEFINITION_`;
const OBSERVER = `${ECS}OBSERVER_`;

const ATTEMPTS = { least: 1, most: 10_000, otherwise: 3, isWhole: true };
const ONE_DAY_S = 86_400;

/**
 * Reads them.
 *
 * @throws {FailureError} `usage`
 */
export function taskSettings(read: SettingReader): TaskSettings {
  const lines = { least: 1, most: 10_000, otherwise: 500, isWhole: true };
  const most = read.number(`${OBSERVER}FORWARD_CRASHED_RUN_LOGS_MAX_EVENTS`, lines);
  const queue = read.text(`${OBSERVER}SQS_QUEUE_NAME`) ?? "prefect-ecs-tasks-events";
  return {
    launchAttempts: launchAttempts(read),
    registerAttempts: registerAttempts(read),
    withoutEffect: idleDelays(read),
    queue: read.flag(`${OBSERVER}ENABLED`, true) ? queue : null,
    queueRegion: read.text(`${OBSERVER}SQS_QUEUE_REGION`),
    crashLogLines: read.flag(`${OBSERVER}FORWARD_CRASHED_RUN_LOGS`, true) ? most : 0,
  };
}

const MOST = "MAX_ATTEMPTS";

/** Waits between requests for one task. */
const DELAYS = ["MIN_DELAY_SECONDS", "MIN_DELAY_JITTER_SECONDS", "MAX_DELAY_JITTER_SECONDS"] as const;

/** What chance adds to the waits between registrations, in milliseconds. @see tenacity, `wait_exponential_jitter` */
const REGISTER_JITTER_MS = 1000;

function launchAttempts(read: SettingReader): Attempts | null {
  const most = read.number(`${RUN}MAX_ATTEMPTS`, ATTEMPTS);
  const delay = secondsOf(read, `${RUN}MIN_DELAY_SECONDS`, 1);
  const least = secondsOf(read, `${RUN}MIN_DELAY_JITTER_SECONDS`, 0);
  const jitter = secondsOf(read, `${RUN}MAX_DELAY_JITTER_SECONDS`, 3);
  const isSet = (name: string) => read.found(`${RUN}${name}`) !== null;
  if (![...DELAYS, MOST].some(isSet)) return null;
  return {
    most: isSet(MOST) ? most : null,
    delayMs: (delay + least) * 1000,
    jitterMs: Math.max(0, jitter - least) * 1000,
    mostDelayMs: null,
  };
}

function registerAttempts(read: SettingReader): Attempts | null {
  const most = read.number(`${REGISTER}MAX_ATTEMPTS`, ATTEMPTS);
  const initial = secondsOf(read, `${REGISTER}INITIAL_DELAY_SECONDS`, 1);
  const longest = secondsOf(read, `${REGISTER}MAX_DELAY_SECONDS`, 10);
  if (read.found(`${REGISTER}MAX_ATTEMPTS`) === null) return null;
  return { most, delayMs: initial * 1000, jitterMs: REGISTER_JITTER_MS, mostDelayMs: longest * 1000 };
}

/** Without a number of attempts a refused registration is final: there is no wait between two of them. */
function idleDelays(read: SettingReader): readonly string[] {
  if (read.found(`${REGISTER}MAX_ATTEMPTS`) !== null) return [];
  return [`${REGISTER}INITIAL_DELAY_SECONDS`, `${REGISTER}MAX_DELAY_SECONDS`].filter((name) =>
    read.found(name) !== null
  );
}

function secondsOf(read: SettingReader, name: string, otherwise: number): number {
  return read.number(name, { least: 0, most: ONE_DAY_S, otherwise });
}
