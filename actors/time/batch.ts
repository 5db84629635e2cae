/**
 * Gathers calls made at about the same time into one request. While all request slots are taken the next batch goes on
 * gathering, so batches grow with the load and a single call waits no longer than the window. A steady trickle of calls
 * can be gathered as well: then requests keep a minimum distance.
 *
 * @module
 */

import { makeOnAbort } from "./on_abort.ts";
import type { Clock } from "../../schemas/time/clock.ts";
import { within } from "./patience.ts";

/** Outcome of one item of a batch. */
export type Outcome<Answer> = { readonly value: Answer } | { readonly thrown: unknown };

/** How items are gathered and sent. */
export interface BatchOptions<Item, Answer> {
  /** Measures the window. */
  readonly clock: Clock;
  /** How long the first item of a batch waits for further items, in milliseconds. */
  readonly windowMs: number;
  /** Least time between two requests while fewer than {@link enough} items wait, in milliseconds. @default 0 */
  readonly apartMs?: number;
  /** Number of items that are sent without a further wait. @default maxItems */
  readonly enough?: number;
  /** Most items of one request; a function is asked before each. */
  readonly maxItems: number | (() => number);
  /** Most requests at a time. */
  readonly maxInFlight: number;
  /**
   * A request that is not answered for this long leaves its place to the next one, in milliseconds: it goes on, but holds back
   * nobody else. @default it keeps its place until it ends
   */
  readonly patienceMs?: number;
  /**
   * Sends one request; outcomes in the order of the items. What it throws is thrown to every asker. `signal` is aborted
   * when no caller waits for the answer any more.
   */
  readonly send: (items: readonly Item[], signal: AbortSignal) => Promise<readonly Outcome<Answer>[]>;
}

/** Asks for one item; throws the reason of `signal` when that is aborted first. */
export type Ask<Item, Answer> = (item: Item, signal: AbortSignal) => Promise<Answer>;

interface Waiting<Item, Answer> {
  /** Called when the asker has given up. */
  onLeft: () => void;
  readonly item: Item;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (thrown: unknown) => void;
  readonly signal: AbortSignal;
}

/**
 * Makes the asking function of one batched request.
 *
 * @example
 * const double = batch({ ..., send: async (numbers) => numbers.map((n) => ({ value: 2 * n })) });
 * const [two, four] = await Promise.all([double(1, signal), double(2, signal)]); // one request
 */
export function batch<Item, Answer>(options: BatchOptions<Item, Answer>): Ask<Item, Answer> {
  const { clock, windowMs, apartMs = 0, maxItems, maxInFlight, patienceMs = null } = options;
  const most = typeof maxItems === "number" ? () => maxItems : maxItems;
  const { enough = most() } = options;
  const queue = new Set<Waiting<Item, Answer>>();
  const onAbort = makeOnAbort();
  let inFlight = 0;
  let sentMs = -Infinity;
  let closeWindow: (() => void) | null = null;

  // A slot that becomes free takes what has gathered meanwhile, without a further window.
  const flush = () => {
    closeWindow?.();
    closeWindow = null;
    while (queue.size > 0 && inFlight < maxInFlight) {
      const group = takeFirst(queue, most());
      inFlight++;
      sentMs = clock.now();
      const isSent = sendGroup(group, options);
      const ended = patienceMs === null ? isSent : within(patienceMs, isSent, clock);
      ended.finally(() => {
        inFlight--;
        if (closeWindow === null) flush();
      });
    }
  };

  const openWindow = () => {
    if (inFlight >= maxInFlight) return;
    if (apartMs > 0 && queue.size >= enough) return flush();
    const waitMs = Math.max(windowMs, Math.min(apartMs, sentMs + apartMs - clock.now()));
    closeWindow ??= clock.after(waitMs, flush);
  };

  return (item, signal) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const leave = () => {
        queue.delete(waiting);
        reject(signal.reason);
        waiting.onLeft();
      };
      // A signal may outlive thousands of calls, so each call removes its callback.
      const stay = onAbort(signal, leave);
      const waiting: Waiting<Item, Answer> = {
        item,
        signal,
        onLeft: () => undefined,
        resolve: (answer) => (stay(), resolve(answer)),
        reject: (thrown) => (stay(), reject(thrown)),
      };
      queue.add(waiting);
      openWindow();
    });
}

function takeFirst<One>(queue: Set<One>, most: number): readonly One[] {
  const taken: One[] = [];
  for (const one of queue) {
    if (taken.length === most) break;
    queue.delete(one);
    taken.push(one);
  }
  return taken;
}

/** Never throws: callers get results and errors. */
async function sendGroup<Item, Answer>(
  group: readonly Waiting<Item, Answer>[],
  { send }: BatchOptions<Item, Answer>,
): Promise<void> {
  const abandoned = new AbortController();
  const look = () => {
    if (group.every((one) => one.signal.aborted)) abandoned.abort();
  };
  for (const one of group) one.onLeft = look;
  try {
    const outcomes = await send(group.map((one) => one.item), abandoned.signal);
    group.forEach((one, at) => hand(one, outcomes[at]));
  } catch (thrown) {
    for (const one of group) one.reject(thrown);
  }
}

function hand<Item, Answer>(one: Waiting<Item, Answer>, outcome: Outcome<Answer> | undefined): void {
  if (outcome === undefined) return one.reject(new RangeError("A batch answered fewer outcomes than items"));
  if ("value" in outcome) one.resolve(outcome.value);
  else one.reject(outcome.thrown);
}
