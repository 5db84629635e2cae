/**
 * What the settings of prefect-aws say about launching tasks and about the queue of their events.
 *
 * @see prefect-aws 0.7.12, "Settings reference"
 * @module
 */

import type { SettingReader } from "./setting_value.ts";
import type { Attempts, TaskSettings } from "./worker_settings.ts";

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
    queue: read.flag(`${OBSERVER}ENABLED`, true) ? queue : null,
    queueRegion: read.text(`${OBSERVER}SQS_QUEUE_REGION`),
    crashLogLines: read.flag(`${OBSERVER}FORWARD_CRASHED_RUN_LOGS`, true) ? most : 0,
  };
}

function launchAttempts(read: SettingReader): Attempts | null {
  const most = read.number(`${RUN}MAX_ATTEMPTS`, ATTEMPTS);
  const delay = secondsOf(read, `${RUN}MIN_DELAY_SECONDS`, 1);
  const least = secondsOf(read, `${RUN}MIN_DELAY_JITTER_SECONDS`, 0);
  const jitter = secondsOf(read, `${RUN}MAX_DELAY_JITTER_SECONDS`, 3);
  if (read.found(`${RUN}MAX_ATTEMPTS`) === null) return null;
  return {
    most,
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
  return { most, delayMs: initial * 1000, jitterMs: initial * 1000, mostDelayMs: longest * 1000 };
}

function secondsOf(read: SettingReader, name: string, otherwise: number): number {
  return read.number(name, { least: 0, most: ONE_DAY_S, otherwise });
}
