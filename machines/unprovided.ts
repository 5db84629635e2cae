/**
 * Placeholder actors: a machine names what it needs, `agent/` provides it.
 *
 * @module
 */

import { fromPromise, type PromiseActorLogic } from "xstate";

/**
 * An actor that fails with a message saying that its implementation is missing.
 *
 * @param name the name the machine knows it by
 */
export function unprovided<Output, Input>(name: string): PromiseActorLogic<Output, Input> {
  return fromPromise<Output, Input>(() =>
    Promise.reject(new TypeError(`Cannot run actor ${name}: it was not provided`))
  );
}
