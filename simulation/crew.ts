/**
 * Those who play: this thread alone, or several.
 *
 * @module
 */

import { type Batch, playBatch, type Summary } from "./play_batch.ts";

/** Players of batches, each one batch at a time. */
export interface Crew {
  readonly players: readonly ((batch: Batch) => Promise<Summary>)[];
  readonly dismiss: () => void;
}

/** @param workers 1: no other thread than this */
export function hire(workers: number): Crew {
  if (workers <= 1) return { players: [playBatch], dismiss: () => undefined };
  const threads = Array.from(
    { length: workers },
    () => new Worker(new URL("./worker.ts", import.meta.url), { type: "module" }),
  );
  return {
    players: threads.map((thread) => (batch: Batch) => ask(thread, batch)),
    dismiss: () => threads.forEach((thread) => thread.terminate()),
  };
}

function ask(thread: Worker, batch: Batch): Promise<Summary> {
  return new Promise((resolve, reject) => {
    thread.onmessage = ({ data }: MessageEvent<Summary>) => resolve(data);
    thread.onerror = (event) => reject(new Error(event.message));
    thread.postMessage(batch);
  });
}

/** Hands batches out until there are none, or `isEnough`. */
export async function playAll(
  crew: Crew,
  batches: Iterator<Batch>,
  { take, isEnough }: { readonly take: (summary: Summary) => void; readonly isEnough: () => boolean },
): Promise<void> {
  await Promise.all(crew.players.map(async (play) => {
    while (!isEnough()) {
      const next = batches.next();
      if (next.done) return;
      take(await play(next.value));
    }
  }));
}
