/** What the API and the health server push to the agent. @module */

import assert from "node:assert/strict";
import { NEVER, Subject } from "rxjs";
import { type CancelRequest, makePushes } from "../../agent/pushes.ts";
import type { Push } from "../../schemas/contracts/orchestrator.ts";

/** An API with a channel of its own. */
function channel() {
  const listeners = new Set<(push: Push) => void>();
  return {
    push: (push: Push) => listeners.forEach((tell) => tell(push)),
    listeners,
    orchestrator: {
      pushed: (tell: (push: Push) => void) => {
        listeners.add(tell);
        return () => void listeners.delete(tell);
      },
    },
  };
}

/** Wants no push. */
const NOBODY = {
  cancel: () => assert.fail("no run is to be cancelled"),
  stop: () => assert.fail("no task is to be stopped"),
};

Deno.test("pushes: given an API with a channel, when it pokes, then the next poll is due, as with a poke from outside", () => {
  const outside = new Subject<void>();
  const { push, orchestrator } = channel();
  const pushes = makePushes({ orchestrator, poke$: outside });
  let pokes = 0;
  const polling = pushes.poke$.subscribe(() => pokes++);
  pushes.listen(NOBODY);

  push({ type: "poke" });
  outside.next();

  assert.equal(pokes, 2);
  polling.unsubscribe();
});

Deno.test("pushes: given an API with a channel, when it wants a run cancelled, then that is handed on and no poll is due", () => {
  const { push, orchestrator } = channel();
  const pushes = makePushes({ orchestrator, poke$: NEVER });
  const cancelled: CancelRequest[] = [];
  const polling = pushes.poke$.subscribe(() => assert.fail("no poll is due"));
  pushes.listen({ ...NOBODY, cancel: (request) => cancelled.push(request) });

  push({ type: "cancel.requested", runId: "run-1" });

  assert.deepEqual(cancelled, [{ type: "cancel.requested", runId: "run-1" }]);
  polling.unsubscribe();
});

Deno.test("pushes: given an agent that ends, when it no longer listens, then the channel is closed", () => {
  const { push, listeners, orchestrator } = channel();
  const stop = makePushes({ orchestrator, poke$: NEVER }).listen({
    ...NOBODY,
    cancel: () => assert.fail("the agent has ended"),
  });

  stop();
  push({ type: "cancel.requested", runId: "run-1" });

  assert.equal(listeners.size, 0);
});
