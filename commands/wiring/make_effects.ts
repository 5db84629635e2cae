/**
 * The effects of an agent process: AWS at its pace, the Prefect API, files.
 *
 * @module
 */

import { checkPlan } from "../../actors/ecs/check_plan.ts";
import type { AwsClients } from "../../actors/ecs/clients.ts";
import { makeSweepFamily } from "../../actors/ecs/sweep_family.ts";
import { makeDeregister } from "../../actors/ecs/deregister_task_definition.ts";
import { makeTaskDefinitions, type TaskDefinitions } from "../../actors/ecs/ensure_task_definition.ts";
import { type HeldLaunches, holdLaunches } from "../../actors/ecs/hold_launches.ts";
import type { HttpCall } from "../../actors/http/http.ts";
import { makeLastLines } from "../../actors/ecs/last_lines.ts";
import type { Log } from "../../schemas/contracts/log.ts";
import { type PacedEcsCalls, pacedEcsCalls } from "../../actors/ecs/paced_calls.ts";
import { makeReadSource } from "../../actors/ecs/read_source.ts";
import { shareReads } from "../../agent/share_reads.ts";
import { unplacedText } from "../../schemas/prefect1/unplaced_text.ts";
import { makeRunTask } from "../../actors/ecs/run_task.ts";
import { makeTaskEffects } from "../../actors/watch/task_effects.ts";
import { makeWaitingRuns, type WaitingRuns } from "../../actors/time/waiting_runs.ts";
import type { Clock, Random } from "../../schemas/time/clock.ts";
import type { PacingSettings } from "../../schemas/ecs/pacing_options.ts";
import type { LaunchSettings } from "../../schemas/options/launch_settings.ts";
import type { AgentEffects } from "../../agent/effects.ts";
import type { Dialect } from "./dialect.ts";
import type { Io } from "./io.ts";
import type { Observation } from "./observation.ts";

/** What the effects are made from. */
export interface EffectsDeps {
  readonly dialect: Pick<Dialect<never>, "orchestrator">;
  readonly launching: LaunchSettings;
  readonly pacing: PacingSettings;
  readonly log: Log;
  readonly io: Pick<Io, "env">;
  readonly seen: Pick<Observation, "observe" | "onTurn" | "limiters">;
  readonly aws: Omit<AwsClients, "checkCredentials" | "close" | "describeFullTaskDefinition">;
  readonly call: HttpCall;
  /** Text of a file. Rejects with `Deno.errors.NotFound` when there is none. */
  readonly readFile: (path: string) => Promise<string>;
  readonly clock: Clock;
  readonly random: Random;
}

/** The effects, and the pace of AWS that can be looked at. */
export interface MadeEffects {
  readonly effects: AgentEffects;
  readonly paced: PacedEcsCalls;
}

/** Makes them. */
export function makeEffects(
  { dialect, launching, pacing, log, io, seen, aws, call, readFile, clock, random }: EffectsDeps,
): MadeEffects {
  const paced = pacedEcsCalls(aws.ecs, {
    limits: pacing.limits,
    share: pacing.quotaShare,
    clock,
    onTurn: seen.onTurn,
  });
  seen.limiters(paced);
  const ecs = paced.calls;
  const definitions = makeTaskDefinitions({ ecs, clock, log });
  const orchestrator = dialect.orchestrator({ call, clock, random, log, observe: seen.observe });
  const lines = pacing.failureLogLines;
  const lastLines = makeLastLines({ read: aws.readLogTail, lines, clock, log });
  const deregister = makeDeregister({ ecs, clock, random, log });
  const held = holdLaunches(makeRunTask({ ecs, definitions, unplacedText }), { clock, log });
  const waiting = makeWaitingRuns({
    waitsFor: (waiter) => paced.waitsFor(waiter) ?? held.waitsFor(waiter) ?? definitions.waitsFor(waiter),
    clock,
    log,
  });
  const readSource = makeReadSource({
    aws: { ...aws, ecs },
    http: call,
    readFile,
    env: io.env,
  });
  const effects: AgentEffects = {
    orchestrator,
    readSource: shareReads(readSource, waiting),
    checkPlan,
    ...inTurn({ definitions, launching: held, waiting }),
    deregisterTaskDefinition: async (arn, signal) => void await deregister(arn, signal),
    sweepTaskDefinitions: makeSweepFamily({ ecs, deregister, log }),
    ...makeTaskEffects({
      ecs,
      orchestrator,
      clock,
      log,
      options: launching,
      ...(lines === 0 ? {} : { lastLines }),
    }),
    clock,
    random,
    log,
  };
  return { effects, paced };
}

interface TurnDeps {
  readonly definitions: TaskDefinitions;
  readonly launching: HeldLaunches;
  readonly waiting: WaitingRuns;
}

/** What takes its turn at AWS, and can say what it waits for. */
function inTurn(
  { definitions, launching, waiting }: TurnDeps,
): Pick<AgentEffects, "ensureTaskDefinition" | "runTask" | "waitsFor"> {
  return {
    ensureTaskDefinition: (request, signal) =>
      waiting.during({
        runId: request.runId,
        name: definitions.waiterOf(request),
        work: () => definitions.ensure(request, signal),
      }),
    runTask: (request, signal) =>
      waiting.during({
        runId: request.runId,
        name: request.runId,
        work: () => launching.launch(request, signal),
      }),
    waitsFor: waiting.waitsFor,
  };
}
