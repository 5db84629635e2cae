/**
 * Launches whose definition was deregistered by somebody else and had to be replaced. The request with the new definition is
 * another one, so it gets the next token of its run; whatever is sent again for the launch is that request.
 *
 * @module
 */

import { toFailure } from "../../schemas/failure/failure.ts";

/** What a launch is sent with. */
export interface SentWith {
  readonly definition: string;
  readonly token: string;
  /** Null: only {@link SentWith.token} is sure to start no second task. */
  readonly nextToken: string | null;
}

/** The replacements of one account. */
export interface ReplacedDefinitions {
  /** The same launch as it is to be sent now. */
  readonly asSent: <R extends SentWith>(launch: R) => R;
  /** The same launch with another definition. @param launch as {@link ReplacedDefinitions.asSent} gave it */
  readonly replaced: <R extends SentWith>(launch: R, definition: string) => R;
  /** Sends the request of a launch, and keeps what its answer leaves open. */
  readonly noting: <T>(launch: SentWith, answer: Promise<T>) => Promise<T>;
}

/** More launches and definitions than are in hand at a time. */
const MOST = 10_000;

/** Nothing is replaced yet. */
export function makeReplacedDefinitions(): ReplacedDefinitions {
  const names = makeBounded<string>();
  const requests = makeBounded<Pick<SentWith, "definition" | "token">>();
  const doubtful = makeBounded<true>();
  return {
    asSent: (launch) => {
      const { token, definition, nextToken } = launch;
      const sent = requests.get(token) ?? { token, definition: names.get(definition) ?? definition };
      return { ...launch, ...sent, nextToken: doubtful.get(token) === undefined ? nextToken : null };
    },
    replaced: (launch, definition) => {
      names.put(launch.definition, definition);
      const token = launch.nextToken ?? launch.token;
      requests.put(launch.token, { definition, token });
      return { ...launch, definition, token };
    },
    noting: async ({ token }, answer) => {
      try {
        const launched = await answer;
        doubtful.drop(token);
        requests.drop(token);
        return launched;
      } catch (thrown) {
        const { tag } = toFailure(thrown);
        if (tag === "unknownOutcome") doubtful.put(token, true);
        else if (tag === "notPlaced") {
          doubtful.drop(token);
          requests.drop(token);
        }
        throw thrown;
      }
    },
  };
}

/** A map that forgets its oldest entries. */
function makeBounded<V>() {
  const kept = new Map<string, V>();
  return {
    get: (key: string): V | undefined => kept.get(key),
    drop: (key: string): void => void kept.delete(key),
    put: (key: string, value: V): void => {
      kept.delete(key);
      kept.set(key, value);
      const [oldest] = kept.keys();
      if (kept.size > MOST && oldest !== undefined) kept.delete(oldest);
    },
  };
}
