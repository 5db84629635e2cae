/**
 * The effects of an agent process: a dialect of Prefect, a platform that runs tasks, and the watcher of those tasks.
 *
 * @module
 */

import type { CallObserver } from "../../actors/observability/call_observer.ts";
import type { HttpCall } from "../../actors/http/http.ts";
import { makeTaskEffects } from "../../actors/watch/task_effects.ts";
import type { AgentEffects } from "../../agent/effects.ts";
import type { ReadForRun } from "../../agent/share_reads.ts";
import type { Log } from "../../schemas/contracts/log.ts";
import type { LaunchSettings } from "../../schemas/options/launch_settings.ts";
import type { Orchestrator } from "../../schemas/contracts/orchestrator.ts";
import type { Redactor } from "../../schemas/secrets/redact.ts";
import { type Timed, untimed } from "../../schemas/contracts/timed.ts";
import type { ParseMapping } from "../../schemas/json/mapping_text.ts";
import type { Clock, Random } from "../../schemas/time/clock.ts";
import type { ApiPorts, Dialect, ReadOwnSource } from "./dialect.ts";
import type { RunningPlatform } from "./platform.ts";

/** What the effects are made from. */
export interface EffectsDeps<Run, Plan> {
  readonly dialect:
    & Pick<Dialect<Run>, "orchestrator" | "readSource">
    & Partial<Pick<Dialect<Run>, "followsLeftTasks" | "cancels" | "maxTasks">>;
  readonly running: Pick<RunningPlatform<Plan>, "platform" | "readSource">;
  readonly launching: LaunchSettings;
  /** Makes every request to the Prefect API. */
  readonly observe: CallObserver;
  readonly call: HttpCall;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly redact: Redactor;
  /** Told whenever the API asks to be waited for. @default nobody is told */
  readonly excused?: () => void;
  /** Parses the templates that runs name. @default the flavour parses them while it plans */
  readonly parse?: ParseMapping;
  /** Measures the synchronous steps of runs. @default nothing is measured */
  readonly timed?: Timed;
}

/** Makes them; nothing is sent yet. */
export function makeEffects<Run, Plan>(
  { dialect, running, launching, observe, call, clock, random, log, redact, excused, ...planning }:
    EffectsDeps<
      Run,
      Plan
    >,
): AgentEffects<Run, Plan> {
  const { platform } = running;
  const { timed = untimed } = planning;
  const ports: ApiPorts = {
    ...{ call, clock, random, log, redact, observe, timed },
    ...(excused === undefined ? {} : { excused }),
  };
  const orchestrator = timedTelling(dialect.orchestrator(ports), timed);
  const readSource = eitherReader(dialect.readSource(ports), running.readSource);
  const { followsLeftTasks = false, cancels = true, maxTasks = null } = dialect;
  const following = makeTaskEffects({
    ...{ platform, orchestrator, clock, log, options: launching },
    followsLeftTasks,
    countsTasks: maxTasks !== null,
    cancels,
  });
  return { orchestrator, platform, readSource, ...following, clock, random, log, ...planning };
}

/** The API reads what it answers itself, the platform everything else. */
function eitherReader(ofApi: ReadOwnSource, ofPlatform: ReadForRun): ReadForRun {
  return (source, signal, runId) => ofApi(source, signal) ?? ofPlatform(source, signal, runId);
}

/** Measures what is done at once when a run is told something: its message is redacted. */
function timedTelling<Run>(orchestrator: Orchestrator<Run>, timed: Timed): Orchestrator<Run> {
  return {
    ...orchestrator,
    log: (runId, ...rest) => timed("redact", runId, () => orchestrator.log(runId, ...rest)),
    fail: (run, ...rest) => timed("redact", run.id, () => orchestrator.fail(run, ...rest)),
    cancel: (run, ...rest) => timed("redact", run.id, () => orchestrator.cancel(run, ...rest)),
  };
}
