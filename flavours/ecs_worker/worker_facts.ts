/**
 * What planning needs to know of the worker itself.
 *
 * @module
 */

import type { WorkerSettings } from "../../schemas/prefect3/settings/worker_settings.ts";

/** The worker as planning sees it. */
export interface WorkerFacts {
  readonly name: string;
  /** The id that the API gave it; null: none, as on servers of one's own. */
  readonly workerId: string | null;
  readonly settings: Pick<WorkerSettings, "explicit" | "passWorkerSettings">;
  /** Variables of this process, for `{{ $NAME }}`. */
  readonly environment: Readonly<Record<string, string>>;
}
