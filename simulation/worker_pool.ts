/**
 * Plays batches of seeds in this thread, or in several.
 *
 * @module
 */

import { type Batch, playBatch, type Summary } from "./play_batch.ts";

/** Workers, each of which plays one batch at a time. */
export interface WorkerPool {
  readonly players: readonly ((batch: Batch) => Promise<Summary>)[];
  readonly close: () => void;
}

/** Makes the pool. @param workers 1: batches are played in this thread */
export function makeWorkerPool(workers: number): WorkerPool {
  if (workers <= 1) return { players: [playBatch], close: () => undefined };
  const threads = Array.from(
    { length: workers },
    () => new Worker(new URL("./worker.ts", import.meta.url), { type: "module" }),
  );
  return {
    players: threads.map((thread) => (batch: Batch) => ask(thread, batch)),
    close: () => threads.forEach((thread) => thread.terminate()),
  };
}

function ask(thread: Worker, batch: Batch): Promise<Summary> {
  return new Promise((resolve, reject) => {
    thread.onmessage = ({ data }: MessageEvent<Summary>) => resolve(data);
    thread.onerror = (event) => reject(new Error(event.message));
    thread.postMessage(batch);
  });
}

/** Plays batches until there are none left or `isEnough` says so. */
export async function playAll(
  pool: WorkerPool,
  batches: Iterator<Batch>,
  { take, isEnough }: { readonly take: (summary: Summary) => void; readonly isEnough: () => boolean },
): Promise<void> {
  await Promise.all(pool.players.map(async (play) => {
    while (!isEnough()) {
      const next = batches.next();
      if (next.done) return;
      take(await play(next.value));
    }
  }));
}
