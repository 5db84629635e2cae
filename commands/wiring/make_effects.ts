/**
 * The effects of an agent process: a dialect of Prefect, a platform that runs tasks, and what follows the tasks.
 *
 * @module
 */

import type { AwsClients } from "../../actors/ecs/clients.ts";
import { makeEcsPlatform } from "../../actors/ecs/platform.ts";
import type { PacedEcsCalls } from "../../actors/ecs/paced_calls.ts";
import { makeReadSource } from "../../actors/ecs/read_source.ts";
import type { HttpCall } from "../../actors/http/http.ts";
import { makeTaskEffects } from "../../actors/watch/task_effects.ts";
import type { AgentEffects } from "../../agent/effects.ts";
import { type ReadForRun, shareReads } from "../../agent/share_reads.ts";
import type { Log } from "../../schemas/contracts/log.ts";
import type { Platform } from "../../schemas/contracts/platform.ts";
import type { LaunchPlan } from "../../schemas/ecs/launch_plan.ts";
import type { PacingSettings } from "../../schemas/ecs/pacing_options.ts";
import type { LaunchSettings } from "../../schemas/options/launch_settings.ts";
import { unplacedText } from "../../schemas/prefect1/unplaced_text.ts";
import type { Clock, Random } from "../../schemas/time/clock.ts";
import type { Dialect } from "./dialect.ts";
import type { Io } from "./io.ts";
import type { Observation } from "./observation.ts";

/** What the effects are made from. */
export interface EffectsDeps {
  readonly dialect: Pick<Dialect<never>, "orchestrator">;
  /** Cluster of runs that were found again and cannot be planned. */
  readonly cluster: string;
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
  readonly effects: AgentEffects<LaunchPlan>;
  readonly paced: PacedEcsCalls;
}

/** Makes them; nothing is sent yet. */
export function makeEffects(deps: EffectsDeps): MadeEffects {
  const { dialect, launching, seen: { observe }, call, clock, random, log } = deps;
  const orchestrator = dialect.orchestrator({ call, clock, random, log, observe });
  const { platform, readSource, paced } = makePlatform(deps);
  const following = makeTaskEffects({ platform, orchestrator, clock, log, options: launching });
  return { effects: { orchestrator, platform, readSource, ...following, clock, random, log }, paced };
}

/** The platform, and the reader of what its plans depend on: both take their turns at AWS. */
interface MadePlatform {
  readonly platform: Platform<LaunchPlan>;
  readonly readSource: ReadForRun;
  readonly paced: PacedEcsCalls;
}

function makePlatform(
  { cluster, pacing, seen, aws, io, call, readFile, clock, random, log }: EffectsDeps,
): MadePlatform {
  const { platform, paced, waiting } = makeEcsPlatform({
    ecs: aws.ecs,
    readLogTail: aws.readLogTail,
    pacing,
    onTurn: seen.onTurn,
    cluster,
    unplacedText,
    clock,
    random,
    log,
  });
  seen.limiters(paced);
  const read = makeReadSource({
    aws: { ...aws, ecs: paced.calls },
    http: call,
    readFile,
    env: io.env,
  });
  return { platform, readSource: shareReads(read, waiting), paced };
}
