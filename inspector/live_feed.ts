/**
 * Tells each open page what it needs: the whole overview at first, then what changed, in batches. Time and sockets come in from
 * outside; while no page is open, nothing is made and no timer runs.
 *
 * @module
 */

import * as v from "valibot";
import type { Clock } from "../schemas/time/clock.ts";
import { AGENT_VERSION } from "../schemas/observability/version.ts";
import { clientMessageSchema, type Hello, PROTOCOL, type ServerMessage } from "./protocol/protocol.ts";
import type { RunModel } from "./model/run_model.ts";
import type { Views } from "./views.ts";

/** Shortest time between two updates, in milliseconds. */
export const BATCH_MS = 100;

/** A page rests so long for each row that it was told, so that a crowd of runs is told of less often; in milliseconds. */
const REST_PER_ROW_MS = 2;

/** Limiters and rates change by themselves: they are sent this often. */
const HEARTBEAT_MS = 1000;

/** A page, as the feed sees it. */
export interface Page {
  readonly send: (text: string) => void;
  /** Whether it has taken what it was sent; a slow page gets fewer, larger updates. */
  readonly isReady: () => boolean;
}

/** What a page that comes back knows. */
export interface Resume {
  readonly session: string | null;
  readonly since: number | null;
}

/** The feed's end of one page. */
export interface Connection {
  readonly receive: (text: string) => void;
  readonly close: () => void;
}

/** What {@link makeLiveFeed} needs. */
export interface LiveFeedOptions {
  readonly model: RunModel;
  readonly views: Views;
  readonly clock: Clock;
  readonly about: Pick<Hello, "name" | "source" | "provider" | "startedMs" | "note"> & {
    /** Differs between processes, so that a page knows whether `since` still means anything. */
    readonly session: string;
  };
}

/** Talks to pages. */
export interface LiveFeed {
  readonly connect: (page: Page, resume: Resume) => Connection;
  /** Ends the timer. */
  readonly close: () => void;
}

interface Watcher {
  readonly page: Page;
  /** What it has been told, in the model's own counting. */
  known: number;
  toldMs: number;
  /** Rests so long before the next update. */
  restMs: number;
  watched: string | null;
  /** When it was last answered at once; what it asks sooner is told with the next batch. */
  answeredMs: number;
  /** Last change of the watched run that was told; -1: tell it anyway. */
  watchedKnown: number;
}

/** A feed without pages. */
export function makeLiveFeed(options: LiveFeedOptions): LiveFeed {
  const { clock } = options;
  const watchers = new Set<Watcher>();
  let cancel: (() => void) | null = null;
  const tick = (): void => {
    cancel = watchers.size === 0 ? null : clock.after(BATCH_MS, tick);
    for (const watcher of watchers) if (watcher.page.isReady()) tellNews(watcher, options);
  };
  return {
    connect: (page, resume) => {
      const watcher: Watcher = {
        page,
        known: 0,
        toldMs: 0,
        restMs: 0,
        watched: null,
        answeredMs: -Infinity,
        watchedKnown: -1,
      };
      tell(watcher, helloOf(options));
      welcome(watcher, resume, options);
      watchers.add(watcher);
      cancel ??= clock.after(BATCH_MS, tick);
      return {
        receive: (text) => listen(watcher, text, options),
        close: () => void watchers.delete(watcher),
      };
    },
    close: () => {
      cancel?.();
      cancel = null;
      // What happened at the very end is told as well.
      for (const watcher of watchers) {
        watcher.restMs = 0;
        if (watcher.page.isReady()) tellNews(watcher, options);
      }
      watchers.clear();
    },
  };
}

function tell({ page }: Watcher, message: ServerMessage): void {
  page.send(JSON.stringify(message));
}

function helloOf({ about, clock }: LiveFeedOptions): Hello {
  return { type: "hello", protocol: PROTOCOL, version: AGENT_VERSION, nowMs: clock.now(), ...about };
}

function welcome(watcher: Watcher, { session, since }: Resume, options: LiveFeedOptions): void {
  const { views, clock, about, model } = options;
  const now = clock.now();
  const missed = session === about.session && since !== null ? views.since(since, now) : null;
  tell(watcher, missed ?? views.overview(now));
  watcher.known = model.changed;
  watcher.toldMs = now;
}

function tellNews(watcher: Watcher, options: LiveFeedOptions): void {
  const { model, views, clock } = options;
  const now = clock.now();
  const sinceMs = now - watcher.toldMs;
  const isNews = model.changed > watcher.known && sinceMs >= watcher.restMs;
  if (isNews || sinceMs >= HEARTBEAT_MS) {
    const news = views.since(watcher.known, now) ?? views.overview(now);
    tell(watcher, news);
    watcher.known = model.changed;
    watcher.toldMs = now;
    watcher.restMs = news.runs.length * REST_PER_ROW_MS;
  }
  tellRun(watcher, options);
}

function tellRun(watcher: Watcher, { model, views, clock }: LiveFeedOptions): void {
  const { watched } = watcher;
  if (watched === null) return;
  const changed = model.runs.get(watched)?.changed ?? 0;
  if (changed === watcher.watchedKnown) return;
  watcher.watchedKnown = changed;
  tell(watcher, { type: "run", nowMs: clock.now(), id: watched, detail: views.detail(watched) });
}

/** Longest message a page may send. */
const LONGEST = 1000;

function listen(watcher: Watcher, text: string, options: LiveFeedOptions): void {
  const message = text.length > LONGEST ? null : v.safeParse(clientMessageSchema, parsed(text));
  if (message === null || !message.success) return;
  watcher.watched = message.output.id;
  watcher.watchedKnown = -1;
  const now = options.clock.now();
  if (now - watcher.answeredMs < BATCH_MS || !watcher.page.isReady()) return;
  watcher.answeredMs = now;
  tellRun(watcher, options);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
