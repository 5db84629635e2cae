import assert from "node:assert/strict";
import { inTurn, ratioLines, ratiosOf } from "../../bench/against.ts";
import { type Figures, figuresOf } from "../../bench/figures.ts";

const FAKES = {
  runs: 2,
  flows: 1,
  awsMs: 1,
  awsJitterMs: 0,
  apiMs: 1,
  page: 25,
  limited: false,
  startsAfterMs: null,
  foreign: null,
};

/** Figures of two runs whose last task was accepted after `lastMs`. */
function figures(lastMs: number, cpu: number, rss: number): Figures {
  const stats = {
    apiCalls: {},
    platformCalls: {},
    throttled: 0,
    acceptedMs: [1, lastMs],
    twice: 0,
    failed: 0,
    deleted: 0,
    done: true,
  };
  return figuresOf({ fakes: FAKES, boundS: null }, stats, { cpu, rss });
}

Deno.test("ratios: given figures of both sides, when compared, then medians are, and each line names figure and ratio", () => {
  const ours = [figures(3000, 20, 100), figures(1500, 8, 90), figures(1000, 2, 80)];
  const other = [figures(500, 2, 60), figures(1000, 4, 45), figures(9000, 6, 30)];

  const ratios = ratiosOf(ours, other);

  assert.deepEqual(ratios.map(({ ratio }) => ratio), [1.5, 2, 2]);
  assert.equal(ratioLines(ratios, "floor")[0], "seconds to the last task: 1.50, floor 1.00, ratio 1.50");
});

Deno.test("in turn: given two sides, when measured, then they alternate, so that a slow moment of the machine meets both", async () => {
  const order: string[] = [];
  const measured = (name: string) => () => {
    order.push(name);
    return Promise.resolve(figures(1, 1, 1));
  };

  const { ours, other } = await inTurn(2, measured("ours"), measured("floor"));

  assert.deepEqual(order, ["ours", "floor", "ours", "floor"]);
  assert.deepEqual([ours.length, other.length], [2, 2]);
});
