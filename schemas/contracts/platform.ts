/**
 * The contract with what runs tasks: one implementation per platform, in a room of its own below `actors/`. The agent, the
 * watcher and the inspector work on it alone. "Task definition", "task" and "placement" are this program's words; a platform
 * translates.
 *
 * Everything that returns a promise throws `FailureError`; "not found" and "not allowed to read" are results.
 *
 * @module
 */

import type { Failure, StopClass } from "../failure/failure.ts";
import type { Json } from "../json/json.ts";
import type { ClaimKey } from "../flow_run/flow_run.ts";
import type { RunLogLevel } from "./orchestrator.ts";
import type { EnsuredDefinition, LaunchedTask, Learnt, StopReason, StopWish } from "./task.ts";

/** A page outside where more is known of a task or a run. */
export interface Link {
  /** What is to be found there: `Log stream`. */
  readonly label: string;
  readonly url: string;
}

/** What is to be registered, or has been, for the launch of one run. */
export interface DefinitionRequest<Plan> {
  readonly runId: string;
  readonly plan: Plan;
}

/** A definition that is not needed any more: the launch it was made for is decided. */
export interface ReleaseRequest<Plan> extends DefinitionRequest<Plan> {
  /** {@link EnsuredDefinition.releaseId} */
  readonly id: string;
  /** The claim of the run was found again: an earlier process may have registered a definition as well. */
  readonly isTakenUp: boolean;
}

/** One attempt to launch a run. */
export interface LaunchRequest<Plan> {
  readonly runId: string;
  readonly plan: Plan;
  /** {@link EnsuredDefinition.name} */
  readonly definition: string;
  /** The same for every request of one attempt: the platform starts one task for it, however often it is asked. */
  readonly token: string;
  /**
   * Gives up {@link token} for one that was never used. It is called before a request is sent that differs from all that were
   * sent with {@link token}, because what the task is started from had to be replaced. Every process that goes on with the
   * claim gives it up as well. Null: {@link token} stays the only safe one, because a task may have been started with it, or
   * because the claim cannot say that it is given up. Rejects as {@link confirm} does.
   */
  readonly nextToken: () => Promise<string | null>;
  /** What earlier attempts of the claim have shown. */
  readonly learnt: Learnt;
  /** Called immediately before the request is sent; if it throws, the request is not sent. */
  readonly confirm: () => Promise<void>;
}

/** Where the tasks of one run are: kept for as long as the run is followed. */
export interface TaskPlace {
  /** Tasks of the run can be told from those of other runs, so that {@link Platform.list} finds them. */
  readonly canList: boolean;
  /** What stands before the id of a task in a line for people: `Task`. */
  readonly label: string;
  /** Where the tasks are, as the run's own configuration names it: an API may keep it with the id. Null: it names no place. */
  readonly scope?: string | null;
  /** Only the platform reads this. */
  readonly detail: Json;
}

/** A task that exists or existed, and where. */
export interface TaskRef {
  readonly id: string;
  readonly place: TaskPlace;
}

/** The tasks of a run, as far as they are known. */
export interface TasksOfRun {
  readonly runId: string;
  /** Null: no task is known. */
  readonly taskId: string | null;
  readonly place: TaskPlace;
}

/** A run with a claim on it, and its tasks. */
export interface ClaimedTasks extends TasksOfRun {
  readonly claim: ClaimKey;
}

/** A run and its task, to be followed. */
export interface WatchedTask extends ClaimedTasks {
  /** The task only starts the flow elsewhere, and may then end well before it does. */
  readonly delegatesToOtherJob: boolean;
}

/** A run whose tasks are to be stopped. */
export interface StoppableTask extends ClaimedTasks, StopWish {}

/** Something about a task that its run's log is told, once for each key. */
export interface TaskNote {
  /** Two notes of one task with the same key say the same. */
  readonly key: string;
  readonly level: RunLogLevel;
  readonly text: string;
}

/** What a task says of itself besides its state. */
export interface TellingTask {
  /** What is to be told of it, all that is known each time. @default nothing */
  readonly notes?: readonly TaskNote[];
}

/** A task that has not stopped. */
export interface LiveTask extends TellingTask {
  /** `stopping`: it was asked to end, or is being taken apart. */
  readonly phase: "pending" | "running" | "stopping";
  /** The platform's own word for it, for messages. */
  readonly status: string;
}

/** A task that has stopped. */
export interface StoppedTask extends TellingTask {
  readonly phase: "stopped";
  readonly status: string;
  /** It did not end well: a container left with an error, or none ever ran. */
  readonly failed: boolean;
  /** None of its containers ever ran. */
  readonly neverRan: boolean;
  /** An earlier process has most likely told its end: a run that has ended is not told it again. @default false */
  readonly wasTold?: boolean;
  /** It ended before any stop request; false where the platform does not tell. */
  readonly endedByItself: boolean;
  readonly class: StopClass;
  /** What {@link Platform.explain} needs; only the platform reads it. */
  readonly evidence: Json;
}

/** A task as the platform shows it. */
export type SeenTask = LiveTask | StoppedTask;

/** The run that a task was started for, by what the task says of itself. */
export interface TaskOwner {
  readonly runId: string;
  /** Where the task is, as far as it says so itself. */
  readonly place: TaskPlace;
}

/** A task of which the platform's queue says that it has changed. */
export interface TaskChange {
  readonly task: TaskRef;
  /** As the message shows it. */
  readonly seen: SeenTask;
  /**
   * The run that the task was started for, by what the task says of itself; asked only for a task that is not followed. Null:
   * it says nothing.
   */
  readonly ownerOf: (signal: AbortSignal) => Promise<TaskOwner | null>;
  /** Called once. */
  readonly done: (how: ChangeDone) => void;
}

/**
 * What became of a change. `handled`: there is nothing more to be done about it, and what is left of a stopped task may be
 * removed; `followed`: its run is followed here, which may take time; `alone`: its run is not known, and the task is left
 * alone; `later`: the queue is to tell it again.
 */
export type ChangeDone = "handled" | "followed" | "alone" | "later";

/** Result of reading one task. */
export type TaskSight =
  | SeenTask
  /** The platform does not show it: not yet, not now, or not any more. */
  | { readonly phase: "missing" }
  /** This agent may not read it. */
  | { readonly phase: "denied"; readonly failure: Failure };

/** Result of listing the tasks of a run. */
export type TaskList =
  | { readonly outcome: "listed"; readonly ids: readonly string[] }
  /** This agent may not list them. */
  | { readonly outcome: "denied"; readonly failure: Failure };

/** The log of one task. */
export interface TaskLog {
  /** Where it is, as a person finds it. */
  readonly places: readonly string[];
  /** Its end; empty where it is not to be read, or cannot be. */
  readonly lastLines: readonly string[];
}

/** A task that is gone without its run having reported an end. */
export interface LostTask {
  readonly runId: string;
  /** Null: the run was found without any task. */
  readonly taskId: string | null;
  /** As it was last seen; null: the platform does not show it any more. */
  readonly seen: StoppedTask | null;
  /** The run had reported Running. */
  readonly wasRunning: boolean;
  /** Null: the log was not looked for. */
  readonly log: TaskLog | null;
}

/** A task that this agent stopped because it did not start in time. */
export interface SlowStart {
  readonly runId: string;
  /** Null: the run was found without any task. */
  readonly taskId: string | null;
  /** The run reported Running when it was read after the stop. */
  readonly wasRunning: boolean;
  /** Time that the task had to start, in milliseconds. */
  readonly startMs: number;
}

/** A failure that explains a lost task. */
export type TaskStopped = Extract<Failure, { tag: "taskStopped" }>;

/** How quickly a platform's tasks are followed, where not as the watcher does by itself. All times in milliseconds. */
export interface WatchPace {
  /** Time between two looks at the tasks. */
  readonly periodMs: number;
  /** How long a task may be missing before it is taken for gone. */
  readonly missingGraceMs: number;
  /** Time that a run has for its own report once its task has stopped. */
  readonly reportGraceMs: number;
  /** The same for a task of whose end the platform's queue tells. */
  readonly toldGraceMs: number;
}

/** Names for messages. */
export interface PlatformWords {
  /** Name of the service that runs tasks. */
  readonly name: string;
  /** Provider of the service: whom to ask when the service fails. */
  readonly provider: string;
  /** Name of the request that launches a task. */
  readonly launch: string;
  /** Permission to read tasks, as an administrator knows it. */
  readonly lookPermission: string;
  /** Permission to list tasks, as an administrator knows it. */
  readonly listPermission: string;
}

/** What runs tasks, as the agent needs it. `Plan` is what a flavour made of a flow run for this platform. */
export interface Platform<Plan> {
  /**
   * Refuses what the platform is certain to refuse, before anything is sent.
   *
   * @throws {FailureError} `badFlowRun` that names every wrong member, never a value
   */
  readonly check: (plan: Plan) => void;
  /** Finds or registers what a task is started from. */
  readonly ensure: (request: DefinitionRequest<Plan>, signal: AbortSignal) => Promise<EnsuredDefinition>;
  /** Removes a definition that was made for one run; a definition that stays behind is a warning, never a failure. */
  readonly release: (request: ReleaseRequest<Plan>, signal: AbortSignal) => Promise<void>;
  /** The launch of a run that was found again is decided: what earlier processes registered for it is removed. */
  readonly decided: (request: DefinitionRequest<Plan>) => void;
  /**
   * The run has left the agent: what may still be registered for it is removed, as soon as no request of it can be under way.
   *
   * @param isBack whether the agent has the run again by then: if so, nothing is removed
   */
  readonly left: (runId: string, isBack: () => boolean) => void;
  /**
   * Starts the task of a run, exactly one for each token.
   *
   * @throws {FailureError} `notPlaced` (another attempt needs another token), `unknownOutcome` (the same token again),
   * `conflict`, and what the platform refused
   */
  readonly run: (request: LaunchRequest<Plan>, signal: AbortSignal) => Promise<LaunchedTask>;
  /** Where the tasks of a run are. @param plan null: the run was found again and cannot be planned */
  readonly place: (plan: Plan | null, runId: string) => TaskPlace;
  /**
   * Names the zone of a run's tasks: tasks of one zone share requests and permissions. Reads well after "Tasks of "; empty for
   * a zone without a name.
   */
  readonly zone: (tasks: TasksOfRun) => string;
  /** Reads tasks, many with each request. @returns by id; a task that could not be read now is absent */
  readonly look: (tasks: readonly TaskRef[], signal: AbortSignal) => Promise<ReadonlyMap<string, TaskSight>>;
  /**
   * Listens to the platform's own queue of changes, from the agent's start to its end. Of several changes of one task only the
   * newest is told, in the order of their making; what is told is found by {@link Platform.look} as well, only later. A platform
   * without a queue tells nothing.
   *
   * @returns ends it
   */
  readonly changes: (tell: (changes: readonly TaskChange[]) => void) => () => void;
  /** Live tasks of a run, see {@link TaskPlace.canList}. */
  readonly list: (tasks: TasksOfRun, signal: AbortSignal) => Promise<TaskList>;
  /**
   * Asks a task to stop; one that is long gone is no failure.
   *
   * @param why `isSure`: the place is known for certain, so that a place which does not exist is a failure
   */
  readonly stop: (
    task: TaskRef,
    why: { readonly runId: string; readonly reason: StopReason; readonly isSure?: boolean },
    signal: AbortSignal,
  ) => Promise<void>;
  /** Where a task wrote its log, and its last lines where they are to be read. */
  readonly log: (task: TaskRef, signal: AbortSignal) => Promise<TaskLog>;
  /** What happened to a task, in one sentence with the evidence and a remedy. */
  readonly explain: (lost: LostTask) => TaskStopped;
  /** The same for a task that this agent stopped because it did not start in time. */
  readonly explainSlowStart: (slow: SlowStart) => TaskStopped;
  /** What the launch of a run waits for before it is sent, as a sentence without its subject; null when it does not wait. */
  readonly waitsFor: (runId: string) => string | null;
  /**
   * Until when someone held the start of a task back on purpose, in milliseconds since 1970, as far as is known without asking:
   * the present moment while that goes on, since it may take any time. Null: nobody did.
   */
  readonly heldBackMs: (task: TaskRef) => number | null;
  /**
   * A launch request of a process that has lost its claim is executed within this time, or finds that its task was started
   * before; in milliseconds. Null: within a search period and a little.
   */
  readonly inFlightMs: number | null;
  /** Null: the watcher's own pace. */
  readonly pace: WatchPace | null;
  /** Pages about a task. */
  readonly links: (taskId: string) => readonly Link[];
  readonly words: PlatformWords;
}

/** For a platform that starts a task as soon as it can, and is followed as the watcher does by itself. */
export const NO_PACE: Pick<Platform<never>, "heldBackMs" | "inFlightMs" | "pace"> = {
  heldBackMs: () => null,
  inFlightMs: null,
  pace: null,
};
