/**
 * CSRF tokens of the Prefect 3 API: got before the first write, and again once they expire or are refused.
 *
 * @module
 */

import * as v from "valibot";
import type { Judged } from "../../../schemas/prefect3/api_answer.ts";
import type { Clock } from "../../../schemas/time/clock.ts";
import { makeSingleFlight } from "../../time/single_flight.ts";

/** What tokens need. */
export interface CsrfDeps {
  /** False: no write carries a token. */
  readonly enabled: boolean;
  readonly clock: Pick<Clock, "now">;
  /** Names this client: a UUID. */
  readonly client: string;
  /** `GET /csrf-token?client=…`, tried once. A server without tokens answers 404, 405 or 422. */
  readonly ask: (client: string, signal: AbortSignal) => Promise<Judged>;
  /** Is told each token. */
  readonly learn: (token: string) => void;
}

/** The headers of a write, or why there are none now. */
export type CsrfHeaders = { readonly headers: Readonly<Record<string, string>> } | {
  readonly judged: Judged;
};

/** The tokens of one client. */
export interface Csrf {
  readonly headers: (signal: AbortSignal) => Promise<CsrfHeaders>;
  /** A write with these headers was refused. */
  readonly refused: (headers: Readonly<Record<string, string>>) => void;
}

const tokenAnswer = v.object({
  token: v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,1000}$/)),
  expiration: v.nullish(v.string()),
});

const NONE: Readonly<Record<string, string>> = {};

/** A token is renewed so long before it expires, in milliseconds. */
const AHEAD_MS = 30_000;

interface Known {
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds since 1970; Infinity: until it is refused. */
  readonly untilMs: number;
}

/** No token is known yet. */
export function makeCsrf({ enabled, clock, client, ask, learn }: CsrfDeps): Csrf {
  const flight = makeSingleFlight<CsrfHeaders>();
  let known: Known | null = enabled ? null : { headers: NONE, untilMs: Infinity };
  const fetchToken = async (signal: AbortSignal): Promise<CsrfHeaders> => {
    const judged = await ask(client, signal);
    if (judged.kind !== "answer") return { judged };
    const parsed = v.safeParse(tokenAnswer, judged.body);
    if (!parsed.success) {
      known = { headers: NONE, untilMs: Infinity };
      return { headers: NONE };
    }
    const { token, expiration } = parsed.output;
    learn(token);
    const headers = { "prefect-csrf-token": token, "prefect-csrf-client": client };
    known = { headers, untilMs: untilOf(expiration, clock.now()) };
    return { headers };
  };
  return {
    headers: (signal) => {
      if (known !== null && clock.now() < known.untilMs) return Promise.resolve({ headers: known.headers });
      return flight.share("token", signal, fetchToken);
    },
    refused: (headers) => {
      // Another write may have got a new one meanwhile.
      if (enabled && (known?.headers === headers || known === null)) known = null;
    },
  };
}

/** By a clock that runs ahead every token has expired: then it holds until it is refused. */
function untilOf(expiration: string | null | undefined, nowMs: number): number {
  const atMs = Date.parse(expiration ?? "") - AHEAD_MS;
  return atMs > nowMs ? atMs : Infinity;
}
