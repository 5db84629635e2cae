/**
 * Work pools at which this worker can never work, with what to do instead.
 *
 * @module
 */

import { type Failure, FailureError, isRetriable } from "../../../schemas/failure/failure.ts";
import type { WorkPool } from "../../../schemas/prefect3/flow_run.ts";

/** The one type of pool that is served. */
const TYPE = "ecs";

/** @throws {FailureError} `configuration`: the pool is of another type, or takes no workers */
export function checkPool({ name, type }: WorkPool): void {
  if (type === TYPE) return;
  const why = /:(push|managed)$/.test(type)
    ? `has the type '${type}': the server starts its flow runs itself and takes no workers`
    : `has the type '${type}'`;
  throw refusal(
    `Work pool '${name}' ${why}. This worker serves pools of type '${TYPE}' only: name one with --pool` +
      (why.includes("itself") ? "." : `, or start a worker of type '${type}' for this pool.`),
  );
}

/**
 * @param mayCreate whether the worker creates the pool
 * @throws {FailureError} `configuration`: the pool does not exist and is not created
 */
export function checkAbsentPool(name: string, mayCreate: boolean): void {
  if (!mayCreate) {
    throw refusal(
      `Work pool '${name}' does not exist, and --no-create-pool-if-not-found is given. Create it with ` +
        `'prefect work-pool create --type ${TYPE} …', name another pool of type '${TYPE}' with --pool, or leave the option out.`,
    );
  }
  if (name.toLowerCase().startsWith("prefect")) {
    throw refusal(
      `Work pool '${name}' does not exist and cannot be created: names that begin with 'prefect' are the server's own. ` +
        `Name a pool of type '${TYPE}' with another name with --pool.`,
    );
  }
}

/** A refusal of the API, with the pool that was asked for; what may pass stays as it is. */
export function refusedFor(pool: string, failure: Failure): FailureError {
  if (isRetriable(failure)) return new FailureError(failure);
  if (failure.tag === "unauthorized") {
    return new FailureError({
      ...failure,
      message:
        `Work pool '${pool}' cannot be used: ${failure.message}. Set PREFECT_API_KEY to a key of this server, or ` +
        "PREFECT_API_AUTH_STRING to its user:password.",
    });
  }
  if (failure.tag !== "apiError") return new FailureError(failure);
  return new FailureError({
    ...failure,
    message:
      `Work pool '${pool}' cannot be used: ${failure.message}. Check PREFECT_API_URL; this worker speaks version ` +
      "0.8.4 of the API, which servers of Prefect 3 accept.",
  });
}

function refusal(message: string): FailureError {
  return new FailureError({ tag: "configuration", field: "--pool", message });
}
