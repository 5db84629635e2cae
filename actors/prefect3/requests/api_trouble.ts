/**
 * Tells in the worker's log that the API is in trouble: one line for each cause, at growing intervals while it lasts, and one
 * when it is over. Single tries are not told.
 *
 * @module
 */

import type { Log } from "../../../schemas/contracts/log.ts";
import { spokenTime } from "../../../schemas/flow_run/deadlines.ts";
import type { Cause } from "../../../schemas/prefect3/api_answer.ts";
import type { Clock } from "../../../schemas/time/clock.ts";
import { type Again, nextLine, WORTH_A_LINE_MS } from "../../../schemas/time/told_again.ts";

/** The trouble of one API. */
export interface ApiTrouble {
  /** A request is to be sent again. @param message hides secrets */
  readonly failed: (route: string, cause: Cause, message: string) => void;
  /** A request was answered: by what it shows, its route works again. */
  readonly answered: (route: string) => void;
}

interface Trouble {
  readonly sinceMs: number;
  tries: number;
  again: Again | null;
  /** Routes that are in this trouble, with the moment of the last failure. */
  readonly routes: Map<string, number>;
}

/** A route that was not asked for so long is forgotten, in milliseconds: nobody waits for it any more. */
const FORGOTTEN_MS = 120_000;

/** These concern every request, so that any answer ends them. */
const OF_ALL: ReadonlySet<Cause> = new Set<Cause>(["silent", "foreign", "maintenance"]);

const ADVICE: Readonly<Record<Cause, string>> = {
  silent: "check PREFECT_API_URL, the network and the server; it is tried again until it answers",
  failing: "the server's own log tells why; it is tried again",
  throttled: "fewer requests are sent until it takes them again",
  maintenance: "it is waited for",
  unreadable: "check what stands between this worker and the API; it is tried again",
  foreign: "it is tried again until the Prefect API answers",
};

/** No trouble yet. */
export function makeApiTrouble(
  { clock, log }: { readonly clock: Pick<Clock, "now">; readonly log: Log },
): ApiTrouble {
  const troubles = new Map<Cause, Trouble>();
  let hasAnswered = false;
  const end = (cause: Cause, { again, sinceMs }: Trouble) => {
    troubles.delete(cause);
    if (again === null) return;
    log("INFO", `The Prefect API answers again after ${spokenTime(clock.now() - sinceMs)}`);
  };
  return {
    failed: (route, cause, message) => {
      const nowMs = clock.now();
      const trouble = current(troubles, cause, nowMs);
      trouble.tries++;
      trouble.routes.set(route, nowMs);
      // At the start a person waits for the worker; what is no Prefect API never becomes one by itself.
      const isUrgent = !hasAnswered || cause === "foreign" || cause === "maintenance";
      const { again, sinceMs } = trouble;
      const isDue = again === null ? isUrgent || nowMs - sinceMs >= WORTH_A_LINE_MS : nowMs >= again.atMs;
      if (!isDue) return;
      trouble.again = nextLine(again, nowMs);
      log("WARNING", `${message}; ${lastedOf(trouble, route, nowMs)}${ADVICE[cause]}`);
    },
    answered: (route) => {
      hasAnswered = true;
      if (troubles.size === 0) return;
      for (const [cause, trouble] of troubles) {
        trouble.routes.delete(route);
        if (OF_ALL.has(cause) || trouble.routes.size === 0) end(cause, trouble);
      }
    },
  };
}

function lastedOf({ sinceMs, tries }: Trouble, route: string, nowMs: number): string {
  if (tries === 1) return "";
  return `${tries} tries in ${spokenTime(nowMs - sinceMs)}, the last one of ${route}; `;
}

/** The trouble that lasts, or a new one. */
function current(troubles: Map<Cause, Trouble>, cause: Cause, nowMs: number): Trouble {
  const known = troubles.get(cause);
  if (known !== undefined) {
    for (const [route, atMs] of known.routes) if (nowMs - atMs > FORGOTTEN_MS) known.routes.delete(route);
    if (known.routes.size > 0) return known;
  }
  const made: Trouble = { sinceMs: nowMs, tries: 0, again: null, routes: new Map() };
  troubles.set(cause, made);
  return made;
}
