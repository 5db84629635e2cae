/** A running agent over its own wiring: a Prefect API and an ECS in memory, on a clock that the test moves. @module */

import assert from "node:assert/strict";
import { Subject } from "rxjs";
import { runAgent } from "../../../agent/program.ts";
import { ecsAgent } from "../../../commands/wiring/ecs/agent.ts";
import { openConfigured } from "../../../commands/wiring/prefect1/on_ecs.ts";
import type { AgentOutput } from "../../../machines/agent.ts";
import type { Orchestrator, Push } from "../../../schemas/contracts/orchestrator.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";
import { defaultLaunchPolicy, type LaunchPolicy } from "../../../schemas/flow_run/launch_policy.ts";
import type { AgentEmitted } from "../../../schemas/flow_run/events.ts";
import type { Prefect1Settings } from "../../../schemas/prefect1/config/settings.ts";
import { fakeClock } from "../clock.ts";
import { fakeEcs } from "../fake_ecs.ts";
import { fakePrefect, type FakeRun, scheduledRun } from "../fake_prefect1.ts";
import { wiredEffects } from "../wired_effects.ts";
import { keySettings } from "../prefect1_agent.ts";
import type { EcsCalls } from "../../../actors/ecs/calls.ts";
import type { HttpCall } from "../../../actors/http/http.ts";

/** Id of the first run. */
export const RUN = "00000000-0000-4000-8000-000000000001";

/** A run that is due, of a flow in an image. */
export function dueRun(id = RUN): FakeRun {
  const run = scheduledRun(id);
  const storage = { type: "Docker", image_name: "flows", image_tag: "1", registry_url: "registry.example" };
  const flow = { id: "f1", name: "Flow", version: 1, environment: null, storage, core_version: "1.4.1" };
  return { ...run, row: { ...run.row, flow } };
}

/** What an agent starts with. */
export interface Given {
  readonly runs?: readonly FakeRun[];
  readonly maxPolls?: number | null;
  readonly settings?: Partial<Prefect1Settings>;
  /** Reads of the default network that fail before one succeeds. */
  readonly lostReads?: number;
  /** Stands between the agent and ECS. */
  readonly throughEcs?: (calls: EcsCalls) => EcsCalls;
  /** Stands between the agent and the Prefect API. */
  readonly throughApi?: (call: HttpCall) => HttpCall;
  /** Most tasks that live at a time; tasks that outlive their runs count. @default null, no limit */
  readonly maxTasks?: number | null;
  readonly policy?: LaunchPolicy;
  /** Options of the command line. */
  readonly words?: Readonly<Record<string, string>>;
}

/** Starts the ECS agent. */
export function startAgent(
  {
    runs = [],
    maxPolls = 1,
    settings: changes = {},
    lostReads = 0,
    throughEcs,
    throughApi,
    words = {},
    maxTasks = null,
    policy = defaultLaunchPolicy,
  }: Given = {},
) {
  const clock = fakeClock();
  const prefect = fakePrefect(runs);
  const ecs = fakeEcs();
  const logged: string[] = [];
  const ended: AgentEmitted[] = [];
  const channel: { push: (push: Push) => void; isOpen: boolean } = {
    push: () => assert.fail("the agent does not listen"),
    isOpen: false,
  };
  const pushed: Orchestrator["pushed"] = (tell) => {
    Object.assign(channel, { push: tell, isOpen: true });
    return () => void (channel.isOpen = false);
  };
  const stop$ = new Subject<{ type: "stop.requested" } | { type: "stop.forced" }>();
  const settings = { ...keySettings, ...changes };
  let reads = 0;
  const readSubnets = () =>
    reads++ < lostReads
      ? Promise.reject(new FailureError({ tag: "unreachable", message: "EC2 is away" }))
      : Promise.resolve(["subnet-1"]);
  const program = openConfigured(ecsAgent, { values: words, pairs: [] }, {
    settings,
    env: {},
    readText: () => null,
  }, (open) => {
    const { effects, scope } = wiredEffects({
      dialect: { ...open.dialect, followsLeftTasks: maxTasks !== null, maxTasks },
      log: (level, message) => logged.push(`${level} ${message}`),
      aws: {
        region: "us-east-1",
        ecs: throughEcs?.(ecs.calls) ?? ecs.calls,
        readDefaultSubnets: readSubnets,

        readVpcNetwork: () => Promise.resolve({ vpcId: "vpc-default", subnets: ["subnet-a"] }),
        readS3Object: () => Promise.resolve({ found: false, message: "there is no such bucket" }),
        readLogTail: () => Promise.resolve([]),
      },
      call: throughApi?.(prefect.call) ?? prefect.call,
      clock,
    });
    return runAgent({
      flavour: open.flavour,
      options: open.options,
      effects: { ...effects, orchestrator: { ...effects.orchestrator, pushed } },
      policy,
      maxPolls,
      graceMs: 25_000,
      pollTimeoutMs: 60_000,
      maxTasks,
      reconcileMs: 60_000,
      owner: { agent: "agent", scope },
      stop$,
      poke$: new Subject(),
      onEnded: (event) => ended.push(event),
    });
  });
  return { clock, prefect, ecs, logged, ended, channel, stop$, program };
}

/** An agent that was started. */
export type Agent = ReturnType<typeof startAgent>;

/** Lets time pass until the agent has ended. */
export async function outputOf({ clock, program }: Agent): Promise<AgentOutput> {
  let output: AgentOutput | null = null;
  program.then((ended) => (output = ended), () => undefined);
  for (let n = 0; n < 600 && output === null; n++) await clock.advance(1000);
  assert.notEqual(output, null, "the agent did not end within ten minutes");
  return await program;
}
