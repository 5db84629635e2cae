/**
 * Pages outside where more is known of a run.
 *
 * @module
 */

import type { Link, Platform } from "../schemas/contracts/platform.ts";

/** Where the outside is. */
export interface LinkBases {
  /** Address of the Prefect UI, null when unknown. */
  readonly prefectUi: string | null;
  readonly platform: Pick<Platform<unknown>, "links">;
}

/** Links for a run, and for its task where one is known. */
export function linksOf(
  runId: string,
  taskId: string | null,
  { prefectUi, platform }: LinkBases,
): readonly Link[] {
  const prefect = prefectUi === null ? [] : [{
    label: "Prefect run",
    url: `${prefectUi.replace(/\/+$/, "")}/flow-run/${encodeURIComponent(runId)}`,
  }];
  return [...prefect, ...(taskId === null ? [] : platform.links(taskId))];
}
