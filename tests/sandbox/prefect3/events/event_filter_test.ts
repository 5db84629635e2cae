import assert from "node:assert/strict";
import { isWanted, readEventFilter } from "../../../../sandbox/prefect3/events/event_filter.ts";
import type { JsonObject } from "../../../../schemas/json/json.ts";

const EVENT: JsonObject = {
  id: "11111111-1111-4111-8111-111111111111",
  occurred: "2026-12-01T05:00:00.000000Z",
  event: "prefect.flow-run.Running",
  resource: { "prefect.resource.id": "prefect.flow-run.a", "prefect.resource.name": "amber-otter" },
  related: [{ "prefect.resource.id": "prefect.work-pool.p", "prefect.resource.role": "work-pool" }],
};

const FILTERS: readonly (readonly [filter: JsonObject, isWanted: boolean])[] = [
  [{}, true],
  [{ event: { name: ["prefect.flow-run.Running"] } }, true],
  [{ event: { name: ["prefect.flow-run.Late"] } }, false],
  [{ event: { name: [] } }, true],
  [{ event: { prefix: ["prefect.flow-run."] } }, true],
  [{ event: { prefix: ["prefect.worker."] } }, false],
  [{ event: { exclude_prefix: ["prefect."] } }, false],
  [{ event: { exclude_name: ["prefect.flow-run.Running"] } }, false],
  [{ occurred: { since: "2026-12-01T05:00:00Z" } }, true],
  [{ occurred: { since: "2026-12-01T05:00:01Z" } }, false],
  [{ occurred: { until: "2026-12-01T07:00:00+02:00" } }, true],
  [{ occurred: { until: "2026-12-01T04:59:59Z" } }, false],
  [{ resource: { id: ["prefect.flow-run.a"] } }, true],
  [{ resource: { id: ["prefect.work-pool.p"] } }, false],
  [{ any_resource: { id: ["prefect.work-pool.p"] } }, true],
  [{ any_resource: [{ id: ["prefect.work-pool.p"] }, { id_prefix: ["prefect.flow-run."] }] }, true],
  [{ any_resource: [{ id: ["prefect.work-pool.p"] }, { id_prefix: ["prefect.flow."] }] }, false],
  [{ resource: { labels: { "prefect.resource.name": "amber-*" } } }, true],
  [{ resource: { labels: { "prefect.resource.name": ["x", "!amber-otter"] } } }, false],
  [{ id: { id: ["11111111-1111-4111-8111-111111111111"] } }, true],
  [{ id: { id: ["22222222-2222-4222-8222-222222222222"] } }, false],
  // The live stream of a real server leaves these out of account.
  [{ related: { id: ["prefect.work-pool.other"] } }, true],
];

for (const [given, wanted] of FILTERS) {
  Deno.test(`events of the sandbox: given the filter ${JSON.stringify(given)}, then the event is ${wanted ? "" : "not "}wanted`, () => {
    const filter = readEventFilter(given);

    assert.ok(typeof filter !== "string", String(filter));
    assert.equal(isWanted(EVENT, filter), wanted);
  });
}
