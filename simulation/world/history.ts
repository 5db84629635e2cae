/**
 * What happened in a simulated world, as the checker reads it and as a person may.
 *
 * @module
 */

/** Who set a state. */
export type Author = "agent" | "run" | "person" | "server" | "foreign";

/** One thing that happened. `agent` names one process of an agent: `a1#2`. */
export type Fact =
  | { readonly what: "agent"; readonly agent: string; readonly happened: string }
  /** A fault, or something that people, the server or AWS did by themselves. */
  | { readonly what: "fault"; readonly kind: string; readonly text: string; readonly agent?: string }
  | { readonly what: "net"; readonly agent: string; readonly text: string }
  | {
    readonly what: "log";
    readonly agent: string;
    /** The run that the line is about, null where it names none. */
    readonly run: string | null;
    readonly text: string;
  }
  | {
    readonly what: "state";
    readonly run: string;
    readonly author: Author;
    readonly agent: string | null;
    readonly from: string;
    readonly to: string;
    /** Version after it. */
    readonly version: number;
    /** Version the author believed to replace, null: none was named. */
    readonly expected: number | null;
    readonly message: string;
    readonly claim: ClaimNote | null;
    /** When the request was sent that did it. */
    readonly sentMs: number;
    /** Prefect 3: the name of the state, and the right to launch that the run is at. */
    readonly name?: string;
    readonly right?: string;
  }
  /** A task run of a running flow run was claimed. */
  | {
    readonly what: "claimed";
    readonly run: string;
    readonly agent: string | null;
    readonly claim: ClaimNote;
  }
  /** An agent got the state of a run in an answer. */
  | {
    readonly what: "read";
    readonly agent: string;
    readonly run: string;
    readonly type: string;
    readonly version: number;
    /** When the server looked. */
    readonly executedMs: number;
  }
  | {
    readonly what: "task";
    readonly task: string;
    readonly run: string;
    readonly cluster: string;
    readonly token: string;
    readonly agent: string;
    readonly sentMs: number;
  }
  | { readonly what: "refused"; readonly run: string; readonly token: string; readonly reason: string }
  | {
    readonly what: "status";
    readonly task: string;
    readonly status: string;
    /** Whether it is on its way out. */
    readonly isStopping: boolean;
    readonly why: string;
  }
  | { readonly what: "stop"; readonly task: string; readonly agent: string; readonly reason: string }
  | {
    readonly what: "registered";
    readonly definition: string;
    readonly family: string;
    readonly digest: string;
    readonly agent: string;
    readonly sentMs: number;
    /** The network delivered the request for the second time. */
    readonly isRepeat: boolean;
    /** How long the newest revision had been just this one, null when it was not. */
    readonly alreadyMs: number | null;
  }
  | { readonly what: "deregistered"; readonly definition: string }
  /** The API was told the id of a run's task. */
  | {
    readonly what: "named";
    readonly run: string;
    readonly task: string;
    readonly agent: string;
    readonly sentMs: number;
  }
  /** Kubernetes: what became of a Job, or what a process was shown of it. */
  | {
    readonly what: "job";
    readonly task: string;
    readonly happened: JobNews;
    /** Null: the cluster did it by itself. */
    readonly agent: string | null;
    readonly sentMs: number;
  }
  /** Kubernetes: since now the cluster knows why a run's pod does not run; null: it does again. */
  | { readonly what: "trouble"; readonly task: string; readonly run: string; readonly text: string | null }
  /** A process has no more to do with a run. */
  | { readonly what: "left"; readonly run: string; readonly agent: string };

/** `done`, `failed`: it has ended; `removed`: deleted after its end; the others: so it was shown to a process. */
export type JobNews = "done" | "failed" | "gone" | "removed" | "shown" | "shownOver" | "shownGone";

/** Whose claim a Submitted state is. */
export interface ClaimNote {
  readonly agent: string;
  readonly cluster: string;
  readonly claim: string;
}

/** A fact and its moment. */
export type Entry = Fact & { readonly atMs: number };

/** The record of one world. */
export interface History {
  readonly entries: readonly Entry[];
  readonly add: (fact: Fact) => void;
}

/** @param now the clock of the world */
export function makeHistory(now: () => number): History {
  const entries: Entry[] = [];
  return { entries, add: (fact) => entries.push({ ...fact, atMs: now() }) };
}
