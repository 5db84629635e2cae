/**
 * Everything that can go wrong, as data. A failure survives JSON, is told apart by `tag` only, and carries a message
 * a person can act on: what happened, to which run or field, what to do next.
 *
 * @module
 */

import { messageText } from "./message_text.ts";

/** One reason why the platform placed no task. */
export interface PlacementFailure {
  /** Id of what could not take the task, such as one machine. */
  readonly resourceId?: string;
  readonly reason?: string;
  readonly detail?: string;
}

/** How to proceed after a refused placement. */
export type PlacementClass =
  /** There is no room at the moment: another attempt, with another token. */
  | "capacity"
  /** The account's limit is reached: all launches wait until other tasks end. */
  | "accountLimit"
  /** The task never fits: the run fails with the reason. */
  | "configuration";

/** Why a task is gone. */
export type StopClass =
  /** It did not start for a reason that passes: network interface, image pull timeout, no addresses. */
  | "transientStart"
  /** It did not start and never will: image not found, secret denied. */
  | "configuration"
  /** The platform took it back: spare capacity reclaimed, host fault, host retired. */
  | "infrastructure"
  /** Its container ended. */
  | "exited"
  /** Its container was killed, most likely for lack of memory. */
  | "outOfMemory"
  /** A user stopped it. */
  | "stoppedByUser"
  /** It was not up before the start deadline; it has been stopped. */
  | "tooSlow"
  /** The platform no longer knows it. */
  | "vanished"
  /** A code this program does not know. */
  | "unknown";

/** Why an answer that came whole, or as far as it was read, is of no use: something in it may be at fault. */
export type AnswerFault =
  /** It is longer than is read, in bytes. */
  | { readonly kind: "tooLong"; readonly mostBytes: number }
  /** It has more values than are parsed at once. */
  | { readonly kind: "tooMany"; readonly mostValues: number }
  /** It cannot be decoded; `atByte` counts from 0, null where that is not known. */
  | { readonly kind: "notText" | "notJson"; readonly atByte: number | null };

/** The closed union of failures. */
export type Failure =
  /** The command line is wrong; exit code 2. */
  | { readonly tag: "usage"; readonly message: string }
  /** An option, variable, file or template is wrong; exit code 1. `field` names it. */
  | { readonly tag: "configuration"; readonly field: string; readonly message: string }
  /** Prefect refused the credentials. */
  | { readonly tag: "unauthorized"; readonly message: string }
  /** No connection, connection dropped, name not resolved. `isUnsent`: it is certain that nothing of the request was sent. */
  | { readonly tag: "unreachable"; readonly message: string; readonly isUnsent?: true }
  /** No answer in time. */
  | { readonly tag: "timedOut"; readonly message: string }
  /** 5xx, or an answer that is not JSON. `fault`: a part of what was asked for may be what cannot be read. */
  | {
    readonly tag: "unavailable";
    readonly status: number;
    readonly message: string;
    readonly fault?: AnswerFault;
  }
  /**
   * Too many requests, or one that comes too early: nothing was executed. `isChanging`: what it is about is being changed just
   * now, the requests are not too many.
   */
  | {
    readonly tag: "throttled";
    readonly retryAfterMs: number;
    readonly message: string;
    readonly isChanging?: true;
  }
  /** The Prefect API refused the request. `code` is its own word for the error, empty when absent. */
  | { readonly tag: "apiError"; readonly code: string; readonly message: string }
  /** A service other than Prefect refused the call. `code` and `operation` are that service's own words. */
  | {
    readonly tag: "refused";
    /** The service that refused, by the name that messages show. */
    readonly service: string;
    readonly code: string;
    readonly operation: string;
    readonly message: string;
  }
  /** A write may or may not have happened: 5xx, reset, timeout. */
  | { readonly tag: "unknownOutcome"; readonly operation: string; readonly message: string }
  /** The token was used before, with other parameters: these tasks exist already. */
  | { readonly tag: "conflict"; readonly taskIds: readonly string[]; readonly message: string }
  /** The platform placed no task. `class` is set where its answer is read. */
  | {
    readonly tag: "notPlaced";
    readonly class: PlacementClass;
    /** The reasons it listed, which settle the token; empty: it refused the request before it looked for a place. */
    readonly failures: readonly PlacementFailure[];
    readonly message: string;
  }
  /**
   * A task ended, or never came up, without the run having reported an end. `class` decides whether it may be launched
   * again; `wasRunning`: the run had reported Running.
   */
  | {
    readonly tag: "taskStopped";
    readonly class: StopClass;
    readonly wasRunning: boolean;
    readonly taskId: string;
    readonly message: string;
  }
  /** Another process works on the run by now, or it is no longer to be launched: nothing more is done for it here. */
  | { readonly tag: "claimLost"; readonly message: string }
  /** No usable credentials for the platform, or no region. */
  | { readonly tag: "credentials"; readonly message: string }
  /** The flow run itself cannot be planned: bad run config, bad kwargs, bad storage. */
  | { readonly tag: "badFlowRun"; readonly field: string; readonly message: string }
  /** A stage took longer than its deadline. */
  | { readonly tag: "deadline"; readonly stage: string; readonly message: string }
  /** Anything else: a fault of this program. */
  | { readonly tag: "unexpected"; readonly message: string };

/** The word that tells failures apart. */
export type FailureTag = Failure["tag"];

/** Thrown by actors; `toFailure` takes it apart again. */
export class FailureError extends Error {
  /** What happened, as data. */
  readonly failure: Failure;

  /**
   * @param failure what happened; its message is made fit to print, since it may quote anything
   * @param options `cause`: what was thrown underneath, for debugging only
   */
  constructor(failure: Failure, options?: ErrorOptions) {
    const message = messageText(failure.message);
    super(message, options);
    this.name = "FailureError";
    this.failure = message === failure.message ? failure : { ...failure, message };
  }
}

/** Turns anything thrown into data; everything but a {@link FailureError} becomes `unexpected`. */
export function toFailure(thrown: unknown): Failure {
  if (thrown instanceof FailureError) return thrown.failure;
  return { tag: "unexpected", message: messageText(textOf(thrown)) };
}

/** Members of what is thrown may be of any kind, and some refuse to become text. */
function textOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  } catch {
    return "something that cannot be shown";
  }
}

const RETRIABLE: ReadonlySet<FailureTag> = new Set<FailureTag>([
  "unreachable",
  "timedOut",
  "unavailable",
  "throttled",
  "unknownOutcome",
]);

/** How to proceed after a refused placement; null for every other failure. */
export function placementClassOf(failure: Failure): PlacementClass | null {
  return failure.tag === "notPlaced" ? failure.class : null;
}

/** What is wrong with an answer that came; null for every other failure. */
export function answerFaultOf(failure: Failure): AnswerFault | null {
  return failure.tag === "unavailable" ? failure.fault ?? null : null;
}

/** Whether it is certain that nothing of the request has left this process, as the connection itself says. */
export function isUnsent(failure: Failure): boolean {
  return failure.tag === "unreachable" && failure.isUnsent === true;
}

/** How long the one who throttled asks to wait before the same request, in milliseconds; 0 for every other failure. */
export function retryAfterOf(failure: Failure): number {
  return failure.tag === "throttled" ? failure.retryAfterMs : 0;
}

/** Whether the same request, unchanged, may succeed later. */
export function isRetriable(failure: Failure): boolean {
  return RETRIABLE.has(failure.tag);
}
