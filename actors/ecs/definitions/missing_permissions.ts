/**
 * Permissions that turned out to be missing: what needs them is left out for a while, since an administrator may grant them
 * while the agent runs.
 *
 * @module
 */

import type { Clock } from "../../../schemas/time/clock.ts";

/** What may not be allowed: tags on registrations, describing definitions, searching by tags. */
export type Permission = "tag" | "describe" | "search";

/** The permissions of one account. */
export interface MissingPermissions {
  /** Whether it was denied within the last ten minutes. */
  readonly has: (permission: Permission) => boolean;
  /** It was denied just now. */
  readonly add: (permission: Permission) => void;
}

/** How long what was denied is not tried again, in milliseconds. */
const OFF_MS = 600_000;

/** None is known to be missing. */
export function makeMissingPermissions(clock: Pick<Clock, "now">): MissingPermissions {
  const deniedMs = new Map<Permission, number>();
  return {
    has: (permission) => clock.now() - (deniedMs.get(permission) ?? -Infinity) < OFF_MS,
    add: (permission) => void deniedMs.set(permission, clock.now()),
  };
}
