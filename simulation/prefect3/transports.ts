/**
 * Requests of a worker to the simulated Prefect 3 API.
 *
 * @module
 */

import type { HttpAnswer, HttpCall } from "../../actors/http/http.ts";
import { FailureError } from "../../schemas/failure/failure.ts";
import type { JsonObject } from "../../schemas/json/json.ts";
import { send } from "../network.ts";
import type { TransportDeps } from "../transports.ts";
import { fault, windowNow } from "../world/world.ts";
import { bodyIn, operationOf, serve3 } from "./routes.ts";
import type { Store3, StoredRun } from "./store.ts";

const ENCODER = new TextEncoder();

/** An answer, and what it shows of flow runs. */
interface Served {
  readonly answer: HttpAnswer;
  readonly shown: readonly { readonly run: string; readonly type: string; readonly version: number }[];
  readonly executedMs: number;
}

/** HTTP to the API. @param template of the pool */
export function prefect3Http(
  { world, process, crashes }: TransportDeps,
  store: Store3,
  template: JsonObject,
): HttpCall {
  return async ({ method, url, body, timeoutMs = 60_000, signal }) => {
    const { pathname, searchParams: query } = new URL(url);
    const path = pathname.split("/").filter((part) => part !== "").slice(1).map(decodeURIComponent);
    const operation = operationOf({ method, path });
    const execute = (sentMs: number): Served => {
      const refused = outageAnswer(store, operation, process.id, "before");
      if (refused !== null) return refused;
      const by = { author: "agent", agent: process.id, sentMs } as const;
      const served = serve3(store, { method, path, query, body: bodyIn(String(body ?? "")), by }, template);
      world.history.add({ what: "net", agent: process.id, text: `${operation} ${served.status}` });
      const lost = outageAnswer(store, operation, process.id, "after");
      if (lost !== null) return lost;
      return {
        answer: answerOf(served.status, JSON.stringify(served.body)),
        shown: served.shown.map(shownOf),
        executedMs: world.time.now(),
      };
    };
    const exchange = { process, crashes, operation, timeoutMs, signal, lost };
    const served = await send<Served>(world, { ...exchange, execute: ({ sentMs }) => execute(sentMs) })
      .catch(serverError);
    for (const one of served.shown) {
      world.history.add({ what: "read", agent: process.id, ...one, executedMs: served.executedMs });
    }
    return served.answer;
  };
}

function shownOf({ due, state, states }: StoredRun) {
  return { run: due.id, type: state.type, version: states.length };
}

function answerOf(status: number, text: string): HttpAnswer {
  const body = ENCODER.encode(status === 204 ? "" : text);
  return { status, headers: { "content-type": "application/json" }, body };
}

function blind(status: number, text: string): Served {
  return { answer: answerOf(status, text), shown: [], executedMs: 0 };
}

/** What an outage makes of a request, before or after it is carried out; null: nothing. */
function outageAnswer(
  { world }: Store3,
  operation: string,
  agent: string,
  when: "before" | "after",
): Served | null {
  const outage = windowNow(world, world.scenario.outages);
  if (outage === null || (outage.how === "after") !== (when === "after")) return null;
  fault(world, `api ${outage.how}`, operation, agent);
  switch (outage.how) {
    case "down":
      throw lost("reset");
    case "hang":
      throw lost("timeout");
    case "html":
      return blind(200, "<html>Maintenance</html>");
    case "after":
      return blind(500, '{"exception_message":"Internal Server Error"}');
    default:
      return blind(503, '{"exception_message":"Service Unavailable"}');
  }
}

/** A server that answers with an error is an answer, not a lost one. */
const SERVER_ERROR = Symbol("server error");

function lost(how: "reset" | "timeout" | "serverError"): unknown {
  if (how === "timeout") return new FailureError({ tag: "timedOut", message: "No answer in time" });
  if (how === "reset") return new FailureError({ tag: "unreachable", message: "Connection reset" });
  return SERVER_ERROR;
}

function serverError(thrown: unknown): Served {
  if (thrown === SERVER_ERROR) return blind(502, "Bad Gateway");
  throw thrown;
}
