/**
 * The narrow interface to a Kubernetes API server: what the agent asks of it. `client.ts` makes the real one, tests and the
 * simulation make others. Every call throws `FailureError`; "not found" is a result.
 *
 * @module
 */

import type { JsonObject } from "../../../schemas/json/json.ts";
import type { ListPage, WatchLine } from "../../../schemas/kubernetes/objects/list.ts";
import type { Job } from "../../../schemas/kubernetes/objects/job.ts";

/** What is listed and watched. */
export type KubeResource = "jobs" | "pods" | "events";

/** Which objects. */
export interface KubeQuery {
  readonly resource: KubeResource;
  readonly namespace: string;
  /** Null: all. */
  readonly labelSelector: string | null;
}

/** A page of a list. */
export interface PageQuery extends KubeQuery {
  readonly limit: number;
  /** From the page before; null: the first page. */
  readonly next: string | null;
}

/** A watch from a version on. */
export interface WatchQuery extends KubeQuery {
  readonly version: string;
  /** The server ends the watch after this time, in seconds. */
  readonly timeoutS: number;
}

/** Where a Job is. */
export interface JobName {
  readonly namespace: string;
  readonly name: string;
}

/** Outcome of a creation. */
export type Created =
  | { readonly outcome: "created"; readonly job: Job }
  /** A Job has this name already. */
  | { readonly outcome: "taken" };

/** Listens to a watch. */
export interface WatchHearing {
  /** The server has taken it up: what changes from its version on is told by lines. */
  readonly onOpen: () => void;
  readonly onLine: (line: WatchLine) => void;
}

/** The calls. */
export interface KubeCalls {
  /**
   * @param isQuiet the answer may quote what nobody is to see: its text is not told
   * @throws {FailureError} `refused`, `throttled`, `unknownOutcome`
   */
  readonly createJob: (
    namespace: string,
    job: JsonObject,
    options: { readonly isQuiet: boolean },
    signal: AbortSignal,
  ) => Promise<Created>;
  /** Null: there is none. */
  readonly readJob: (job: JobName, signal: AbortSignal) => Promise<Job | null>;
  /** Deletes a Job with its pods. @param uid only this very Job. @returns whether it was there */
  readonly deleteJob: (job: JobName, uid: string, signal: AbortSignal) => Promise<boolean>;
  readonly list: (query: PageQuery, signal: AbortSignal) => Promise<ListPage>;
  /** Watches until the server ends it. @throws {FailureError} also when it is silent for too long */
  readonly watch: (query: WatchQuery, hearing: WatchHearing, signal: AbortSignal) => Promise<void>;
  /** The last lines of a container's log. */
  readonly readLog: (
    pod: { readonly namespace: string; readonly name: string; readonly container: string },
    lines: number,
    signal: AbortSignal,
  ) => Promise<readonly string[]>;
}
