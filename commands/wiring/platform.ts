/**
 * What the commands ask of a platform that runs tasks: to open it for an agent, and to explain a plan.
 *
 * @module
 */

import type { HttpCall } from "../../actors/http/http.ts";
import type { Lookup } from "../../actors/http/pinned_http.ts";
import type { RunFiles } from "../../actors/files/read_regular_file.ts";
import type { ReadForRun } from "../../agent/share_reads.ts";
import type { LimiterFill } from "../../inspector/protocol/protocol.ts";
import type { Log } from "../../schemas/contracts/log.ts";
import type { Json } from "../../schemas/json/json.ts";
import type { Platform } from "../../schemas/contracts/platform.ts";
import type { LaunchSettings } from "../../schemas/options/launch_settings.ts";
import type { OptionSources } from "../../schemas/options/read_options.ts";
import type { Locate } from "../../schemas/options/typed_path.ts";
import type { FieldSource } from "../../schemas/plan/field_source.ts";
import type { ReadSource } from "../../schemas/plan/source.ts";
import type { Redactor } from "../../schemas/secrets/redact.ts";
import type { Clock, Random } from "../../schemas/time/clock.ts";
import type { Observation } from "./observation.ts";

/** What questions to a platform are asked with. */
export interface AskPorts {
  readonly env: Readonly<Record<string, string>>;
  /** Every request goes through it. */
  readonly call: HttpCall;
  /** Bytes of a file. Rejects with `Deno.errors.NotFound` when there is none. */
  readonly readFile: (path: string) => Promise<Uint8Array>;
  /** Absolute path of what an option names. */
  readonly locate: Locate;
  /** What runs name is read by these. */
  readonly forRuns: RunReaders;
  readonly clock: Clock;
  /** Is told the credentials in use, and hides what answers quote. */
  readonly redact: Redactor;
}

/** Files and names of this machine, for sources that runs name. */
export interface RunReaders {
  readonly files: RunFiles;
  readonly lookup: Lookup;
  /** PEM texts of authorities that are trusted besides the built-in ones. */
  readonly caCerts: readonly string[];
}

/** What a platform is opened with for an agent. */
export interface PlatformPorts extends AskPorts {
  readonly random: Random;
  readonly log: Log;
  readonly seen: Pick<Observation, "observe" | "onTurn" | "limiters">;
  /** Message of a launch without a task, in the words of the agent that is stood in for. @param what a flow run */
  readonly unplacedText: (what: string, reasons: Json) => string;
  /** Told the id that the platform gave to each request it answered. @default ids are not kept */
  readonly onAnswer?: (requestId: string) => void;
}

/** A platform that an agent launches on. */
export interface RunningPlatform<Plan> {
  readonly platform: Platform<Plan>;
  /** Reads what plans depend on. */
  readonly readSource: ReadForRun;
  /** Where the tasks of this agent's claims are, as claims name it. */
  readonly scope: string;
  /** How its requests are paced now. */
  readonly limiters: () => readonly LimiterFill[];
  /** Ends its clients. */
  readonly close: () => void;
}

/** A planned run, before it is shown. */
export interface PlannedRun<Plan> {
  readonly flavour: string;
  /** Null: a flow run that there is not yet. */
  readonly runId: string | null;
  readonly flowName: string;
  readonly plan: Plan;
  /** Where settings came from, by the variable that carries them into a run. */
  readonly origins: ReadonlyMap<string, FieldSource>;
  readonly warnings: readonly string[];
  /** Why the platform would refuse the plan; empty: it is not known to. */
  readonly problems: readonly string[];
}

/** A plan as it may be shown: secrets by name only. */
export interface ShownPlan {
  /** For `--json`. */
  readonly json: object;
  /** For people. */
  readonly lines: readonly string[];
}

/** Reads sources for one question; what it could not read and put a placeholder for is a warning. */
export interface SourceReader {
  readonly read: ReadSource;
  readonly warnings: () => readonly string[];
}

/** Explains plans without an agent. */
export interface Explainer<Plan> {
  /** Asks the platform for nothing but what plans name. */
  readonly readSources: (ports: AskPorts) => SourceReader;
  readonly show: (planned: PlannedRun<Plan>, redact: Redactor) => ShownPlan;
}

/** A platform, with what one agent's options say about it. */
export interface PlatformWiring<Plan> {
  /** Reads the options of launching and watching, as this platform describes them. @throws {FailureError} `configuration` */
  readonly launching: (sources: OptionSources) => LaunchSettings;
  /** Opens it for an agent; nothing is sent yet. @throws {FailureError} `configuration` and `credentials` */
  readonly open: (ports: PlatformPorts) => Promise<RunningPlatform<Plan>>;
  /** {@link Platform.check} */
  readonly check: (plan: Plan) => void;
  /** Loads what only explanations need. */
  readonly explainer: () => Promise<Explainer<Plan>>;
}
