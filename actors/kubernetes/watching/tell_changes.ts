/**
 * Tells the agent of each Job about which something is new, and again where something is still to be done: a Job that has
 * ended is told until its run knows it, then it is removed.
 *
 * @module
 */

import type {
  ChangeDone,
  LiveTask,
  StoppedTask,
  TaskChange,
  TaskNote,
} from "../../../schemas/contracts/platform.ts";
import type { Log } from "../../../schemas/contracts/log.ts";
import { jobPlace } from "../../../schemas/kubernetes/place.ts";
import type { Clock } from "../../../schemas/time/clock.ts";
import { backoffMs } from "../../../schemas/time/backoff.ts";
import type { ClusterView } from "./cluster_view.ts";
import type { Sights } from "../sights.ts";

/** What telling needs. */
export interface TellDeps {
  readonly namespace: string;
  readonly view: Pick<ClusterView, "store" | "onChange">;
  readonly sights: Sights;
  /** The run of a Job that has ended knows it: the Job is removed, or stays as the options say. */
  readonly settled: (name: string, seen: StoppedTask) => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** Changes of a moment are told together, in milliseconds. */
const WINDOW_MS = 50;

/** A Job is told again after these times, in milliseconds. */
const AGAIN = { baseMs: 500, capMs: 30_000, random: () => 1 } as const;
const LIVE_AGAIN_MS = 60_000;
const LEFT_MS = 100;
const ALONE_MS = 600_000;

/** What was told of a Job. */
interface Told {
  /** Another Job of the same name is told anew. */
  uid: string;
  /** What stood in it. */
  text: string;
  /** How often it was told again. */
  times: number;
  isSettled: boolean;
  /** Ends the wait for the moment at which it may mean something else. */
  cancelJudging: () => void;
  /** Ends the wait for the moment at which it is told again. */
  cancelTelling: () => void;
}

/** What is told. */
export interface Telling {
  /** A run has left the agent: what is still to be done about its Jobs is told now. */
  readonly left: (names: readonly string[]) => void;
  readonly stop: () => void;
}

/** Tells until it is stopped. */
export function tellChanges(deps: TellDeps, tell: (changes: readonly TaskChange[]) => void): Telling {
  const { view: { store, onChange }, clock } = deps;
  const told = new Map<string, Told>();
  const due = new Set<string>();
  let cancelWindow: (() => void) | null = null;
  const flush = () => {
    cancelWindow = null;
    const names = [...due];
    due.clear();
    const changes = names.flatMap((name) => changeOf(name, deps, told, { again, mark }) ?? []);
    if (changes.length > 0) tell(changes);
  };
  const mark = (name: string) => {
    due.add(name);
    cancelWindow ??= clock.after(WINDOW_MS, flush);
  };
  const again: Again = (name, ms) => {
    const known = told.get(name);
    if (known === undefined || known.isSettled) return;
    known.cancelTelling();
    known.cancelTelling = clock.after(ms, () => {
      known.text = "";
      mark(name);
    });
  };
  const stop = onChange(mark);
  for (const name of store.names()) mark(name);
  return {
    left: (names) => names.forEach((name) => again(name, LEFT_MS)),
    stop: () => {
      stop();
      cancelWindow?.();
      told.forEach(cancelAll);
    },
  };
}

function cancelAll({ cancelJudging, cancelTelling }: Told): void {
  cancelJudging();
  cancelTelling();
}

/** Has a Job told again after a time in milliseconds. */
type Again = (name: string, ms: number) => void;

interface Hands {
  readonly again: Again;
  readonly mark: (name: string) => void;
}

const NOTHING_TOLD = {
  uid: "",
  text: "",
  times: 0,
  isSettled: false,
  cancelJudging: () => undefined,
  cancelTelling: () => undefined,
};

/** Null: nothing is new, or it is nobody's. */
function changeOf(
  name: string,
  deps: TellDeps,
  told: Map<string, Told>,
  { again, mark }: Hands,
): TaskChange | null {
  const { namespace, view: { store }, sights, clock, log } = deps;
  const picture = store.picture(name);
  if (picture === null) {
    const gone = told.get(name);
    if (gone !== undefined) cancelAll(gone);
    told.delete(name);
    return null;
  }
  const { runId, uid } = picture.job;
  const before = told.get(name);
  const known: Told = before?.uid === uid ? before : { ...NOTHING_TOLD, uid };
  if (before !== undefined && before !== known) cancelAll(before);
  told.set(name, known);
  if (runId === null) {
    if (known.text === "") log("WARNING", `Job ${name} has no label with a flow run: it is left alone`);
    known.text = "nobody's";
    return null;
  }
  const { seen, againMs } = sights.of(picture);
  const text = textOf(seen);
  known.cancelJudging();
  if (againMs !== null) {
    known.cancelJudging = clock.after(Math.max(1, againMs - clock.now()), () => mark(name));
  }
  if (known.text === text || known.isSettled) return null;
  known.text = text;
  const place = jobPlace(namespace);
  return {
    task: { id: name, place },
    seen,
    ownerOf: () => Promise.resolve({ runId, place }),
    done: (how) => done({ name, runId, seen, how }, known, deps, again),
  };
}

/** What makes one sight another one. */
function textOf({ notes = [], ...seen }: LiveTask | StoppedTask): string {
  const keys = notes.map(({ key }: TaskNote) => key);
  const end = seen.phase === "stopped" ? [seen.failed, seen.class] : [];
  return JSON.stringify([seen.phase, seen.status, end, keys]);
}

interface Done {
  readonly name: string;
  readonly runId: string;
  readonly seen: LiveTask | StoppedTask;
  readonly how: ChangeDone;
}

function done(
  { name, runId, seen, how }: Done,
  known: Told,
  { settled, log }: TellDeps,
  again: Again,
): void {
  if (how === "alone") {
    if (known.times === 0) {
      log("WARNING", `Job ${name} is of flow run ${runId}, which the API does not know: it is left alone`, {
        runId,
      });
    }
    known.times = 1;
    return again(name, ALONE_MS);
  }
  if (how === "handled") {
    if (seen.phase !== "stopped") return again(name, LIVE_AGAIN_MS);
    known.isSettled = true;
    cancelAll(known);
    return settled(name, seen);
  }
  // A live Job that is followed is told with its next change.
  if (how === "followed" && seen.phase !== "stopped") return;
  known.times++;
  again(name, backoffMs(known.times, AGAIN));
}
