/**
 * Definitions that somebody else deregistered and that had to be replaced, and tokens with which a task may have been started
 * all the same. A request with another definition is another request, so it gets the next token of its run, but for a token in
 * doubt: only that one is sure to start no second task.
 *
 * @module
 */

import { forgetOldest } from "../../schemas/bounds/forget_oldest.ts";
import { toFailure } from "../../schemas/failure/failure.ts";

/** The replacements of one account. */
export interface ReplacedDefinitions {
  /** The definition that is sent instead of one that was replaced. */
  readonly present: (definition: string) => string;
  /** From now on the second one is sent for the first one. */
  readonly replace: (definition: string, by: string) => void;
  /** Waits for the answer to a request with a token, and keeps whether it leaves open if a task was started. */
  readonly noting: <T>(token: string, answer: Promise<T>) => Promise<T>;
  /** Whether a task may have been started with a token. */
  readonly isDoubtful: (token: string) => boolean;
}

/** More tokens and definitions than are in hand at a time. */
const MOST = 10_000;

/** Nothing is replaced yet. */
export function makeReplacedDefinitions(): ReplacedDefinitions {
  const names = makeBounded<string>();
  const doubtful = makeBounded<true>();
  return {
    present: (definition) => names.get(definition) ?? definition,
    replace: (definition, by) => names.put(definition, by),
    noting: async (token, answer) => {
      try {
        const launched = await answer;
        doubtful.drop(token);
        return launched;
      } catch (thrown) {
        const { tag } = toFailure(thrown);
        if (tag === "unknownOutcome") doubtful.put(token, true);
        else if (tag === "notPlaced") doubtful.drop(token);
        throw thrown;
      }
    },
    isDoubtful: (token) => doubtful.get(token) !== undefined,
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
      forgetOldest(kept, MOST);
    },
  };
}
