/**
 * Proposes one state for many runs with a few requests. Runs of one request share a slot of a deployment's limit, so only
 * runs of deployments without a limit go this way.
 *
 * @see Prefect 3.9.1, `POST /flow_runs/bulk_set_state`; older servers do not have it
 * @module
 */

import { FailureError } from "../../schemas/failure/failure.ts";
import { isJsonObject, type Json } from "../../schemas/json/json.ts";
import { readProposal } from "../../schemas/prefect3/rows.ts";
import type { Clock } from "../../schemas/time/clock.ts";
import { batch } from "../time/batch.ts";
import type { Api } from "./api.ts";
import { makePortions } from "./portions.ts";
import {
  type Decision,
  decisionOf,
  type ProposalOptions,
  propose,
  type ProposedState,
  transitionTo,
} from "./propose.ts";

/** What it needs. */
export interface BulkDeps {
  readonly api: Pick<Api, "send">;
  readonly clock: Clock;
  /** The same for all runs. */
  readonly state: () => ProposedState;
  readonly options: ProposalOptions;
  /** How long the first run waits for others, in milliseconds. */
  readonly windowMs: number;
  /** Looks at a run before it is proposed, and before it is proposed again; null: go on. @default nothing is looked at */
  readonly look?: (runId: string, signal: AbortSignal) => Promise<Decision | null>;
  /** Proposes the state of one run alone. @default as it is proposed together */
  readonly alone?: ProposeTogether["propose"];
}

/** Proposes a state together with others. */
export interface ProposeTogether {
  /** Of one run. @throws {FailureError} of the API */
  readonly propose: (runId: string, signal: AbortSignal) => Promise<Decision>;
  /** Resolves once the request that is under way now is answered, or has failed. */
  readonly idle: () => Promise<void>;
}

const MOST_RUNS = 50;

/** Makes it. A server that does not know the request gets one for each run from then on. */
export function proposeTogether(deps: BulkDeps): ProposeTogether {
  const { api, clock, state, options, windowMs, look = NO_LOOK } = deps;
  const { alone = (runId, signal) => propose(api, runId, state(), options, signal) } = deps;
  const port: Port = { ...deps, look, portions: makePortions(MOST_RUNS), isKnown: true };
  let underWay: Promise<unknown> = Promise.resolve();
  const ask = batch<string, Decision | null>({
    clock,
    windowMs,
    maxItems: port.portions.size,
    maxInFlight: 1,
    send: (ids, signal) => {
      const sent = sendTogether(ids, port, signal);
      underWay = sent.catch(() => undefined);
      return sent.then((decisions) => ids.map((id) => ({ value: decisions.get(id) ?? null })));
    },
  });
  return {
    propose: async (runId, signal) => {
      const seen = await look(runId, signal);
      if (seen !== null) return seen;
      const together = port.isKnown ? await ask(runId, signal) : null;
      return together ?? await alone(runId, signal);
    },
    idle: async () => void await underWay,
  };
}

const NO_LOOK: Required<BulkDeps>["look"] = () => Promise.resolve(null);

interface Port extends Omit<BulkDeps, "alone"> {
  readonly look: Required<BulkDeps>["look"];
  readonly portions: ReturnType<typeof makePortions>;
  /** Whether the server knows the request, as far as it was asked. */
  isKnown: boolean;
}

/** By run, what was decided; the others are asked for alone. */
type Decisions = ReadonlyMap<string, Decision>;

async function sendTogether(ids: readonly string[], port: Port, signal: AbortSignal): Promise<Decisions> {
  const { api, clock, state, options, portions } = port;
  const { body } = transitionTo(state());
  const sentMs = clock.now();
  // They may have waited for their turn since they were looked at.
  let seen = await lookAtAll(ids, port, signal);
  if (seen.size > 0) return seen;
  const again = async (its: AbortSignal): Promise<void> => {
    seen = await lookAtAll(ids, port, its);
    if (seen.size > 0) throw new FailureError({ tag: "claimLost", message: "Runs have gone on" });
  };
  const answer = await api.send({
    method: "POST",
    path: ["flow_runs", "bulk_set_state"],
    route: "POST /flow_runs/bulk_set_state",
    body: { ...body, flow_runs: { id: { any_: [...ids] } }, limit: MOST_RUNS },
    accept: [404, 405],
    ...options,
    again,
  }, signal).catch((thrown: unknown) => {
    if (seen.size === 0) throw thrown;
    return null;
  });
  if (answer === null) return seen;
  portions.answered(ids.length, clock.now() - sentMs);
  if (answer.status < 400) return decisionsIn(answer.body);
  port.isKnown = false;
  return new Map();
}

/** What has been decided of some of them before they are sent, or sent again. */
async function lookAtAll(ids: readonly string[], { look }: Port, signal: AbortSignal): Promise<Decisions> {
  const looks = await Promise.all(ids.map(async (id) => [id, await look(id, signal)] as const));
  return new Map(looks.flatMap(([id, decision]) => decision === null ? [] : [[id, decision] as const]));
}

/** The details of the states in the answer are those of the last run: they are not read. */
function decisionsIn(body: Json): Decisions {
  const results = isJsonObject(body) && Array.isArray(body["results"]) ? body["results"] : [];
  return new Map(results.flatMap((value) => {
    const read = readProposal(value);
    return read === null || read.runId === null ? [] : [[read.runId, decisionOf(read, null)]];
  }));
}
