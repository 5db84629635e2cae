/**
 * The demo: a sandbox and, one part after the other, an agent and a handful of flows, from start to end.
 *
 * @module
 */

import type { Clock, Random } from "../../schemas/time/clock.ts";
import type { CountedRequest } from "../http/request_counts.ts";
import { type Sandbox, startSandbox } from "../sandbox.ts";
import { ecsPart } from "./ecs_part.ts";
import { kubernetesPart } from "./kubernetes_part.ts";
import type { DemoPart } from "./part.ts";
import { type DemoResult, type PlayedDemo, playPart, type Stage, startStage } from "./play_part.ts";
import { workerPart } from "./prefect3/part.ts";
import type { DemoRun } from "./progress.ts";

/** How the demo is run. */
export interface DemoOptions {
  /** Folder for the state of the sandbox and the agents' logs; exists. */
  readonly folder: string;
  /** Which parts, in their order. */
  readonly parts: readonly DemoPart[];
  /** Path of this very Deno. */
  readonly deno: string;
  readonly env: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly random: Random;
  /** Called before anything of a part is done. */
  readonly onPart: (part: DemoPart) => void;
  /** Told of the address of the inspector's page, with its token, before the first look. */
  readonly onPage: (url: string) => void;
  /** Ends the demo early. */
  readonly signal: AbortSignal;
  /** Told of the runs at each look, with the milliseconds since they were scheduled. */
  readonly onLook: (runs: readonly DemoRun[], elapsedMs: number) => void;
  /** Called once the runs of a part have ended, with its page still there. */
  readonly onPlayed: (played: PlayedDemo, part: DemoPart) => void;
  /** Called once all parts were played: agents and sandbox go on until it resolves, or an agent has ended by itself. */
  readonly stay: (played: readonly PlayedDemo[]) => Promise<void>;
  readonly log: (line: string) => void;
}

/** Every part of the demo, in the order in which they are shown. */
const PARTS: readonly DemoPart[] = [ecsPart, workerPart, kubernetesPart];

/** The parts that are shown: one by its name; null: those on ECS, one after the other. */
export function demoParts(flavour: DemoPart["flavour"] | null): readonly DemoPart[] {
  return PARTS.filter((part) => flavour === null ? part !== kubernetesPart : part.flavour === flavour);
}

/** Plays the demo; nothing of it runs any more when this resolves, well or not. */
export async function playDemo(options: DemoOptions): Promise<readonly DemoResult[]> {
  const requests: CountedRequest[] = [];
  const { folder, parts, deno, env, clock, random, log } = options;
  const sandbox = await startSandbox({
    ...{ apiPort: 0, prefect3Port: 0, ecsPort: 0, kubernetesPort: parts.includes(kubernetesPart) ? 0 : null },
    ...{ dataDir: folder, imageExec: [], limits: "documented" },
    ...{ deno, env, clock, random, log },
    onRequest: (request) => void requests.push(request),
  });
  try {
    return await playParts(options, sandbox, requests);
  } finally {
    await sandbox.close();
  }
}

/** The agent of a part goes on while the next one is played, so that its page is there at the end. */
async function playParts(
  options: DemoOptions,
  sandbox: Sandbox,
  requests: CountedRequest[],
): Promise<readonly DemoResult[]> {
  const stages: Stage[] = [];
  const results: PlayedDemo[] = [];
  try {
    for (const part of options.parts) {
      options.onPart(part);
      requests.length = 0;
      const stage = await startStage(part, options, sandbox);
      stages.push(stage);
      const played = await playPart(stage, requests);
      results.push(played);
      options.onPlayed(played, part);
      if (played.trouble !== null) break;
    }
    await Promise.race([options.stay(results), ...stages.map(({ ended }) => ended)]);
    return results;
  } finally {
    await Promise.all(stages.map(({ agent }) => agent.stop()));
    await Promise.all(stages.map(({ ended }) => ended));
  }
}
