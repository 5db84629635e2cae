/**
 * Keeps AWS credentials that expire: all clients share them, they are renewed in time, and a short failure of the metadata
 * service does not stop any call.
 *
 * @module
 */

import type { AwsCredentialIdentity } from "@smithy/types";
import type { Clock } from "../../schemas/time/clock.ts";
import { type Failure, FailureError, toFailure } from "../../schemas/failure/failure.ts";
import type { CredentialProvider } from "./credentials.ts";

/** Credentials are renewed when this much of their life is left; AWS offers new ones about that early. Short ones: half of it. */
const RENEW_BEFORE_MS = 5 * 60_000;

/** Pause before a failed source is asked again while the last credentials are still valid. */
const ASK_AGAIN_MS = 10_000;

/** Is told whether the source answers. */
export interface RenewalReport {
  readonly failed: (failure: Failure) => void;
  readonly over: () => void;
}

/**
 * Shares one set of credentials among all clients: asked once at a time, renewed before it expires, and kept to its very end
 * when the source does not answer.
 *
 * @param report is told of renewals that fail while the last credentials are still used
 */
export function keepCredentials(
  ask: CredentialProvider,
  clock: Pick<Clock, "now">,
  report?: RenewalReport,
): CredentialProvider {
  let last: AwsCredentialIdentity | null = null;
  let renewAt = 0;
  let asking: Promise<AwsCredentialIdentity> | null = null;

  const renew = async (args: Parameters<CredentialProvider>[0]): Promise<AwsCredentialIdentity> => {
    try {
      last = await ask(args);
      const lifeMs = endOf(last) - clock.now();
      renewAt = endOf(last) - Math.min(RENEW_BEFORE_MS, lifeMs / 2);
      report?.over();
      return last;
    } catch (error) {
      renewAt = clock.now() + ASK_AGAIN_MS;
      if (last === null) throw error;
      const failure = toFailure(error);
      report?.failed(failure);
      if (endOf(last) > clock.now()) return last;
      throw new FailureError({ tag: "unavailable", status: 0, message: failure.message }, { cause: error });
    }
  };
  return (args) => {
    if (last !== null && clock.now() < renewAt && clock.now() < endOf(last)) return Promise.resolve(last);
    asking ??= renew(args).finally(() => asking = null);
    return asking;
  };
}

function endOf({ expiration }: AwsCredentialIdentity): number {
  return expiration === undefined ? Infinity : expiration.getTime();
}
