import assert from "node:assert/strict";
import { makeRunsInFlight } from "../../agent/runs_in_flight.ts";

function counted() {
  const runs = makeRunsInFlight();
  let now = -1;
  runs.count$.subscribe((count) => now = count);
  return { runs, now: () => now };
}

const ids = (count: number) => Array.from({ length: count }, (_, index) => `run ${index}`);

Deno.test("runs in flight: given runs that wait for what they name, when counted, then they take no place until they go on", () => {
  const { runs, now } = counted();

  runs.are(ids(120));
  const all = now();
  ids(120).forEach(runs.waits);
  const waiting = now();
  runs.goesOn("run 3");
  runs.goesOn("run 3");

  assert.deepEqual([all, waiting, now()], [120, 0, 1]);
});

Deno.test("runs in flight: given a run that is only watched, when it waits, then no place of another run is given away", () => {
  const { runs, now } = counted();
  runs.are(["a", "b"]);

  runs.waits("watched");

  assert.equal(now(), 2);
});

Deno.test("runs in flight: given more waiting runs than are kept, when counted, then the rest takes places", () => {
  const { runs, now } = counted();

  runs.are(ids(560));
  ids(560).forEach(runs.waits);

  assert.equal(now(), 60);
});
