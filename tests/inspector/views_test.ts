import assert from "node:assert/strict";
import { beginHistory } from "../../inspector/model/run_history.ts";
import { makeRunModel } from "../../inspector/model/run_model.ts";
import { makeViews } from "../../inspector/views.ts";
import { makeRedactor } from "../../schemas/secrets/redact.ts";
import { SOME_PLATFORM } from "./support/platform_view.ts";

const SECRET = "hunter2-hunter2";
const OPTIONS = {
  redact: makeRedactor({ credentials: [SECRET] }),
  limiters: () => [],
  prefectUi: null,
  platform: SOME_PLATFORM,
};

/** The detail of a run whose header has this origin. */
function originShown(origin: unknown) {
  const model = makeRunModel();
  const run = beginHistory("run-1", "session", 0);
  run.context = { header: { origin } };
  model.runs.set(run.id, run);
  return makeViews(model, OPTIONS).detail("run-1")?.origin;
}

Deno.test("views: given a run with its pool, queue and deployment, when its detail is made, then they are shown in their order, without secrets", () => {
  const parts = [
    { name: "Work pool", value: "ecs-pool" },
    { name: "Work queue", value: "default" },
    { name: "Deployment", value: `of ${SECRET}` },
  ];

  const shown = originShown(parts);

  assert.deepEqual(shown?.map(({ name }) => name), ["Work pool", "Work queue", "Deployment"]);
  assert.equal(shown?.[0]?.value, "ecs-pool");
  assert.ok(!JSON.stringify(shown).includes(SECRET));
});

Deno.test("views: given a header without origin or with one of another kind, when its detail is made, then what is no pair of texts is left out", () => {
  for (const other of [undefined, null, "x", {}, [3, null, { name: "Work pool" }, { name: 1, value: 2 }]]) {
    assert.deepEqual(originShown(other), []);
  }
});

Deno.test("views: given counted calls, when overview and update are made, then both have them, and none where nobody counts", () => {
  const calls = [{ service: "ECS", operation: "RunTask", count: 2, failed: 1 }];
  const model = makeRunModel();

  const counted = makeViews(model, { ...OPTIONS, calls: () => calls });
  const uncounted = makeViews(model, OPTIONS);

  assert.deepEqual(counted.overview(0).calls, calls);
  assert.deepEqual(counted.since(0, 0)?.calls, calls);
  assert.deepEqual(uncounted.overview(0).calls, []);
});
