/**
 * Counts of the requests that a server of the sandbox answered, and whom they served.
 *
 * @module
 */

/** One answered request. */
export interface CountedRequest {
  /** `ecs`, `ec2`, `sts`, `tagging`, `logs` or `api`. */
  readonly service: string;
  /** Operation, or root fields for the API. */
  readonly operation: string;
  readonly status: number;
  /** Text of the request: the ids in it say which runs it served. */
  readonly body: string;
  /** `User-Agent`, empty when there is none. */
  readonly client: string;
}

/** Requests for each run; a request that names several is divided among them. */
export type CallsPerRun = ReadonlyMap<string, number>;

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/**
 * Divides requests among runs.
 *
 * @param runIds the runs there are; other ids in a request count for nothing
 * @returns calls by run, and what named no run at all
 */
export function divideByRun(
  requests: readonly CountedRequest[],
  runIds: ReadonlySet<string>,
): { readonly perRun: CallsPerRun; readonly shared: number } {
  const perRun = new Map<string, number>();
  let shared = 0;
  for (const { body } of requests) {
    const named = new Set((body.match(UUID) ?? []).filter((id) => runIds.has(id)));
    if (named.size === 0) shared += 1;
    for (const id of named) perRun.set(id, (perRun.get(id) ?? 0) + 1 / named.size);
  }
  return { perRun, shared };
}
