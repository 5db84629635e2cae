/**
 * Routes of the server itself, and of leases of limits.
 *
 * @module
 */

import * as v from "valibot";
import { PREFECT_RELEASE } from "../../../schemas/prefect3/release.ts";
import { renewLease } from "../runs/leases.ts";
import { DONE, ok, refusal } from "../wire/answer.ts";
import { reads, type Route, takes } from "../wire/route.ts";

const DAY = 86_400;

const renewal = v.optional(
  v.nullable(
    v.object({ lease_duration: v.optional(v.pipe(v.number(), v.minValue(60), v.maxValue(DAY)), 300) }),
  ),
);

/** The routes. */
export const SERVER_ROUTES: readonly Route[] = [
  reads("GET", "/health", () => ok(true)),
  reads("GET", "/ready", () => ok("OK")),
  reads("GET", "/hello", () => ok("👋")),
  reads("GET", "/version", () => ok(PREFECT_RELEASE)),
  reads("GET", "/admin/version", () => ok(PREFECT_RELEASE)),
  reads("GET", "/admin/storage", () => ok({ default_result_storage_block_id: null })),
  reads("GET", "/csrf-token", () => refusal(422, "CSRF protection is disabled.")),
  takes("POST", "/v2/concurrency_limits/leases/:id/renew", renewal, ({ store }, body, id) => {
    const isRenewed = store.transaction(() => renewLease(store, id, body?.lease_duration ?? 300));
    return isRenewed ? DONE : refusal(410, "Lease not found - it may have expired or been revoked");
  }),
];
