/**
 * Counts of the requests that a server of the sandbox answered, and whom they served.
 *
 * @module
 */

/** One answered request. */
export interface CountedRequest {
  /** `ecs`, `ec2`, `sts`, `tagging` or `logs`; `api` and `prefect3` are the APIs of Prefect 1 and of Prefect 3. */
  readonly service: string;
  /** Operation; `graphql` for the API of Prefect 1, method and path of the route for that of Prefect 3. */
  readonly operation: string;
  /** HTTP status, 0 when the connection was dropped. */
  readonly status: number;
  /** Text of the request: the ids in it say which runs it served. */
  readonly body: string;
  /** `User-Agent`, empty when there is none. */
  readonly client: string;
}

/** Requests divided among runs. */
export interface DividedRequests {
  /** By run; a request that names several counts as a part for each. */
  readonly perRun: ReadonlyMap<string, number>;
  /** Requests that named no run. */
  readonly shared: number;
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

function runsNamed(body: string, names: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const known = (body.match(UUID) ?? []).map((id) => names.get(id) ?? []);
  // A request that names a run beside its flow serves that run only.
  const exact = known.filter((runs) => runs.length === 1);
  return new Set((exact.length > 0 ? exact : known).flat());
}

/**
 * Divides requests among runs.
 *
 * @param names ids that may occur in a request, and the runs each of them stands for
 */
export function divideByRun(
  requests: readonly CountedRequest[],
  names: ReadonlyMap<string, readonly string[]>,
): DividedRequests {
  const perRun = new Map<string, number>();
  let shared = 0;
  for (const { body } of requests) {
    const runs = runsNamed(body, names);
    if (runs.size === 0) shared += 1;
    for (const run of runs) perRun.set(run, (perRun.get(run) ?? 0) + 1 / runs.size);
  }
  return { perRun, shared };
}
