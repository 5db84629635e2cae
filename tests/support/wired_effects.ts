/**
 * The effects of an agent as its own wiring makes them, over the transports of a test.
 *
 * @module
 */

import { makeRedactor, type Redactor } from "../../schemas/secrets/redact.ts";
import type { AgentAws } from "../../actors/ecs/clients.ts";
import type { HttpCall } from "../../actors/http/http.ts";
import { unobserved } from "../../actors/observability/call_observer.ts";
import type { AgentEffects } from "../../agent/effects.ts";
import type { Dialect } from "../../commands/wiring/dialect.ts";
import { runEcs } from "../../commands/wiring/ecs/platform.ts";
import { makeEffects } from "../../commands/wiring/make_effects.ts";
import type { PlatformPorts } from "../../commands/wiring/platform.ts";
import type { Log } from "../../schemas/contracts/log.ts";
import type { LaunchPlan } from "../../schemas/ecs/launch_plan.ts";
import { defaultTemplateSettings } from "../../schemas/templates/template_options.ts";
import type { RunFiles } from "../../actors/files/read_regular_file.ts";
import { defaultPacingSettings, type PacingSettings } from "../../schemas/ecs/pacing_options.ts";
import { defaultLaunchSettings } from "../../schemas/options/launch_settings.ts";
import type { Clock, Random } from "../../schemas/time/clock.ts";

/** What a test gives. */
export interface Wired<Run> {
  readonly dialect:
    & Pick<Dialect<Run>, "orchestrator" | "readSource" | "unplacedText">
    & Partial<Pick<Dialect<Run>, "followsLeftTasks" | "maxTasks">>;
  readonly call: HttpCall;
  readonly aws: AgentAws;
  readonly clock: Clock;
  readonly log: Log;
  /** @default 0.5, always */
  readonly random?: Random;
  readonly pacing?: Partial<PacingSettings>;
  /** @default knows no secret */
  readonly redact?: Redactor;
  /** @default there is no file */
  readonly readFile?: (path: string) => Promise<string>;
  readonly seen?: Partial<PlatformPorts["seen"]>;
}

/** Makes the effects. @returns them, and the scope of the agent's claims */
export function wiredEffects<Run>(
  { dialect, aws, pacing = {}, readFile, seen = {}, random = () => 0.5, redact = makeRedactor(), ...rest }:
    Wired<Run>,
): { readonly effects: AgentEffects<Run, LaunchPlan>; readonly scope: string } {
  const ports = { ...rest, random, redact };
  const running = runEcs({
    ...ports,
    aws,
    cluster: "default",
    pacing: { ...defaultPacingSettings, ...pacing },
    env: {},
    seen: { observe: unobserved, onTurn: () => undefined, limiters: () => undefined, ...seen },
    readFile: async (path) => new TextEncoder().encode(await (readFile ?? noFile)(path)),
    locate: (typed) => typed,
    forRuns: { files: filesOf(readFile ?? noFile), lookup: () => Promise.resolve([]), caCerts: [] },
    templates: defaultTemplateSettings,
    unplacedText: dialect.unplacedText,
  });
  const effects = makeEffects({
    ...ports,
    dialect,
    running,
    launching: defaultLaunchSettings,
    observe: unobserved,
  });
  return { effects, scope: running.scope };
}

const noFile = () => Promise.reject(new Deno.errors.NotFound());

function filesOf(readFile: (path: string) => Promise<string>): RunFiles {
  return {
    read: async ({ path }) => {
      const text = await readFile(path).catch(() => null);
      if (text === null) return { outcome: "unreadable" };
      return { outcome: "read", bytes: new TextEncoder().encode(text) };
    },
    realPath: (path) => Promise.resolve(path),
  };
}
