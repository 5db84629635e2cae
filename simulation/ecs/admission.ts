/**
 * What ECS refuses before it looks at a request: calls that IAM denies, and calls above a rate.
 *
 * @module
 */

import { refusalMessage } from "../../actors/aws/failure.ts";
import { DOCUMENTED_LIMITS } from "../../schemas/ecs/aws_limits.ts";
import { FailureError } from "../../schemas/failure/failure.ts";
import { fault, faultsAreOn, windowNow, type World } from "../world/world.ts";

/** A refusal as the client throws it. */
export function refusal(operation: string, code: string, text: string): FailureError {
  return new FailureError({
    tag: "refused",
    service: "ECS",
    code,
    operation,
    message: refusalMessage(code, operation, text),
  });
}

/** A ThrottlingException as the client throws it. */
export function throttled(operation: string): FailureError {
  const message = refusalMessage("ThrottlingException", operation, "Rate exceeded");
  return new FailureError({ tag: "throttled", retryAfterMs: 500, message });
}

type Bucket = keyof typeof DOCUMENTED_LIMITS;

interface Fill {
  tokens: number;
  atMs: number;
}

/** Lets a call pass, or throws its refusal. The buckets are those the operation draws from. */
export type Admit = (operation: string, buckets: readonly Bucket[]) => void;

/** The limits of one account. */
export function makeAdmit(world: World): Admit {
  const fills = new Map<string, Fill>();
  return (operation, buckets) => {
    const { denied, throttle } = world.scenario.ecs;
    if (faultsAreOn(world) && denied.includes(operation)) {
      fault(world, "denied", operation);
      throw refusal(
        operation,
        "AccessDeniedException",
        `User is not authorized to perform: ecs:${operation}`,
      );
    }
    const window = windowNow(world, throttle);
    if (window !== null && (window.how === "all" || window.how === operation)) {
      fault(world, "throttle", operation);
      throw throttled(operation);
    }
    if (buckets.some((bucket) => !draw(world, fills, bucket))) {
      fault(world, "limit", operation);
      throw throttled(operation);
    }
  };
}

function draw(world: World, fills: Map<string, Fill>, name: Bucket): boolean {
  const limit = DOCUMENTED_LIMITS[name];
  if (limit === null) return true;
  const share = faultsAreOn(world) ? world.scenario.ecs.limitShare : 1;
  const burst = Math.max(1, limit.burst * share);
  const now = world.time.now();
  const fill = fills.get(name) ?? { tokens: burst, atMs: now };
  fills.set(name, fill);
  fill.tokens = Math.min(burst, fill.tokens + (now - fill.atMs) / 1000 * limit.refillPerS * share);
  fill.atMs = now;
  if (fill.tokens < 1) return false;
  fill.tokens -= 1;
  return true;
}
