/**
 * A thread that plays batches.
 *
 * @module
 */

/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />

import { type Batch, playBatch } from "./play_batch.ts";

self.onmessage = ({ data }: MessageEvent<Batch>) => {
  playBatch(data).then(
    (summary) => self.postMessage(summary),
    (thrown) => reportError(thrown),
  );
};
