import assert from "node:assert/strict";
import { readInRounds } from "../../../agent/planning/source_rounds.ts";
import { toFailure } from "../../../schemas/failure/failure.ts";
import type { Readings, Source } from "../../../schemas/plan/source.ts";

const source = (key: string): Source => ({ kind: "block", key });

/** Sources that each name the next, read one round at a time. */
function chain(length: number) {
  const asked: string[][] = [];
  const ask = (readings: Readings) => {
    const known = Object.keys(readings).length;
    return Array.from({ length: Math.min(known + 1, length) }, (_, at) => source(`b${at}`));
  };
  const read = (sources: readonly Source[]): Promise<Readings> => {
    asked.push(sources.map(({ key }) => key));
    return Promise.resolve(Object.fromEntries(sources.map(({ key }) => [key, { kind: "text", text: key }])));
  };
  return { asked, all: () => readInRounds({ runId: "run-1", ask, read }) };
}

for (const length of [0, 1, 2, 6]) {
  Deno.test(`rounds: given a chain of ${length} sources, when read, then each is read once and in its own round`, async () => {
    const { asked, all } = chain(length);

    const readings = await all();

    assert.equal(Object.keys(readings).length, length);
    assert.deepEqual(asked, Array.from({ length }, (_, at) => [`b${at}`]));
  });
}

Deno.test("rounds: given a chain of seven sources, when read, then the run is refused after six rounds, with the source named", async () => {
  const { asked, all } = chain(7);

  const failure = await all().then(() => null, toFailure);

  assert.equal(asked.length, 6);
  assert.equal(failure?.tag, "badFlowRun");
  assert.match(failure?.message ?? "", /flow run run-1.*block b6.*6 rounds are accepted/);
});
