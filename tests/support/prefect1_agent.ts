/**
 * A Prefect 1 orchestrator on a fake clock, with what it logged.
 *
 * @module
 */

import { makeRedactor } from "../../schemas/secrets/redact.ts";
import type { HttpCall } from "../../actors/http/http.ts";
import type { Orchestrator } from "../../schemas/contracts/orchestrator.ts";
import { prefect1 } from "../../actors/prefect1/orchestrator.ts";
import type { Random } from "../../schemas/time/clock.ts";
import type { Claim } from "../../schemas/flow_run/flow_run.ts";
import type { FlowRun } from "../../schemas/prefect1/flow_run.ts";
import { claimOn as keyOf } from "../../schemas/prefect1/claim_key.ts";
import { Secret } from "../../schemas/secrets/secret.ts";
import type { Prefect1Settings } from "../../schemas/prefect1/config/settings.ts";
import { type FakeClock, fakeClock } from "./clock.ts";
import { someSettings } from "./settings.ts";

/** Settings with an API key and its tenant. */
export const keySettings: Prefect1Settings = someSettings({
  apiUrl: "https://api.example.com",
  credential: { kind: "key", key: new Secret("s3cret-key"), tenantId: "tenant-1" },
  labels: ["b", "a"],
});

/** The orchestrator and what surrounds it. */
export interface TestAgent {
  readonly orchestrator: Orchestrator<FlowRun>;
  readonly clock: FakeClock;
  /** `LEVEL message`. */
  readonly logged: string[];
  readonly signal: AbortSignal;
  /** Waits for an answer while time passes. */
  readonly during: <T>(answer: Promise<T>, ms?: number) => Promise<T>;
}

/** What may differ from an `ecs` agent with an API key. */
export interface TestAgentOptions {
  readonly settings?: Partial<Prefect1Settings>;
  readonly agentType?: string;
  readonly coreVersion?: string;
  readonly random?: Random;
  readonly clock?: FakeClock;
}

/** Makes one. */
export function testAgent(call: HttpCall, options: TestAgentOptions = {}): TestAgent {
  const clock = options.clock ?? fakeClock();
  const logged: string[] = [];
  const orchestrator = prefect1({
    settings: { ...keySettings, ...options.settings },
    agentType: options.agentType ?? "ECSAgent",
    coreVersion: options.coreVersion ?? "1.4.1",
    clock,
    random: options.random ?? (() => 0.5),
    call,
    redact: makeRedactor(),
    log: (level, message) => logged.push(`${level} ${message}`),
  });
  const during = async <T>(answer: Promise<T>, ms = 100): Promise<T> => {
    // An early rejection must not count as unhandled while time passes.
    answer.catch(() => undefined);
    await clock.advance(ms);
    return await answer;
  };
  return { orchestrator, clock, logged, signal: new AbortController().signal, during };
}

/** The claim that an agent of this name and place makes on a run. */
export function claimOn(run: FlowRun, agent = "agent"): Claim {
  const { key, isLate } = keyOf(run);
  return { key, isLate, marker: { agent, scope: "us-east-1/default", claim: key } };
}
