/** How a later attempt's RunTask differs. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { NOTHING_LEARNT } from "../../../schemas/contracts/task.ts";
import { attemptRequest } from "../../../schemas/ecs/capacity_fallback.ts";

const spot = { capacityProvider: "FARGATE_SPOT", weight: 4 };
const onDemand = { capacityProvider: "FARGATE", weight: 1, base: 1 };
const with_ = (...capacityProviderStrategy: { capacityProvider: string; weight: number }[]) => ({
  cluster: "prod",
  capacityProviderStrategy,
});

Deno.test("attempt: given nothing was learnt, when shaped, then the request is the plan's own", () => {
  const planned = with_(spot, onDemand);

  assert.equal(attemptRequest(planned, NOTHING_LEARNT), planned);
});

Deno.test("attempt: given AWS took a Spot task back, when shaped, then the next one is On-Demand", () => {
  const learnt = { refusals: 0, wasReclaimed: true };

  assert.deepEqual(attemptRequest(with_(spot), learnt), with_({ capacityProvider: "FARGATE", weight: 1 }));
});

Deno.test("attempt: given AWS took a task that was not on Spot, when shaped, then nothing changes", () => {
  const planned = { launchType: "FARGATE", cluster: "prod" };
  const own = with_({ capacityProvider: "my-instances", weight: 1 });
  const learnt = { refusals: 0, wasReclaimed: true };

  assert.equal(attemptRequest(planned, learnt), planned);
  assert.equal(attemptRequest(own, learnt), own);
});

Deno.test("attempt: given refused placements and several providers, when shaped, then they take turns", () => {
  const planned = with_(onDemand, spot);
  const providers = [1, 2, 3].map((refusals) =>
    attemptRequest(planned, { refusals, wasReclaimed: false })["capacityProviderStrategy"]
  );

  assert.deepEqual(providers, [
    [{ capacityProvider: "FARGATE_SPOT", weight: 1 }],
    [{ capacityProvider: "FARGATE", weight: 1 }],
    [{ capacityProvider: "FARGATE_SPOT", weight: 1 }],
  ]);
});

Deno.test("attempt: given one provider, when placements are refused, then there is no other to turn to", () => {
  const planned = with_(spot);

  assert.equal(attemptRequest(planned, { refusals: 2, wasReclaimed: false }), planned);
});

Deno.test("attempt: given the same plan and knowledge, when shaped twice, then the bytes are the same", () => {
  fc.assert(
    fc.property(
      fc.nat(9),
      fc.boolean(),
      fc.subarray([spot, onDemand]),
      (refusals, wasReclaimed, strategy) => {
        const shape = () => JSON.stringify(attemptRequest(with_(...strategy), { refusals, wasReclaimed }));

        assert.equal(shape(), shape());
      },
    ),
    { numRuns: 50 },
  );
});
