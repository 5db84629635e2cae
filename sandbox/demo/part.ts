/**
 * One part of the demo: an agent, and the runs that it is given.
 *
 * @module
 */

import type { Sandbox } from "../sandbox.ts";

/** Runs that go the same way. */
export interface DemoGroup {
  readonly name: string;
  /** What it shows, in a few words. */
  readonly shows: string;
  readonly runs: number;
  /** Whether the demo cancels its runs once they run. */
  readonly isCancelled: boolean;
  /** Whether the demo resumes its runs once they are suspended. */
  readonly isResumed?: boolean;
  /** What is right. */
  readonly expected: {
    /** The final state. */
    readonly state: string;
    /** A text that its message must contain. */
    readonly message: string;
    /** States that must come before it. @default none */
    readonly through?: readonly string[];
  };
}

/** A run that the demo scheduled. */
export interface ScheduledRun {
  readonly id: string;
  /** Id of what its runs have in common: requests name it in their place. */
  readonly flowId: string;
  readonly flow: DemoGroup;
}

/** A state that a run was in. */
export interface SeenState {
  readonly type: string;
  readonly message: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** A run as the API tells it. */
export interface SeenRun {
  readonly id: string;
  readonly name: string;
  /** Oldest first. */
  readonly states: readonly SeenState[];
}

/** What the demo asks of the API of a part, as any client would. */
export interface DemoClient {
  /** Whether the agent has made itself known. */
  readonly isReady: () => Promise<boolean>;
  /** Makes the flows known and schedules all their runs. */
  readonly schedule: () => Promise<readonly ScheduledRun[]>;
  readonly read: (ids: readonly string[]) => Promise<readonly SeenRun[]>;
  readonly cancel: (id: string) => Promise<void>;
  readonly resume: (id: string) => Promise<void>;
}

/** A part. */
export interface DemoPart {
  readonly flavour: "ecs" | "worker" | "kubernetes";
  /** What runs the flows: in front of a column's title, and in a sentence. */
  readonly platform: { readonly short: string; readonly name: string };
  /** One line that says what starts. */
  readonly title: string;
  readonly groups: readonly DemoGroup[];
  /** The words of the agent's command line. */
  readonly words: readonly string[];
  /** File for what the agent prints, in the folder of the demo. */
  readonly logName: string;
  /** Requests to its API, by `service` of a counted request. */
  readonly service: string;
  /** Variables that point the agent at the API and at what runs the flows. */
  readonly variables: (sandbox: Sandbox) => Promise<Readonly<Record<string, string>>>;
  readonly open: (sandbox: Sandbox) => DemoClient;
}

/** The demo's own requests are not the agent's: what they say in `User-Agent`. */
export const DEMO_CLIENT = "demo";

/** The same of the flows' containers. */
export const FLOW_CLIENT = "demo-flow";
