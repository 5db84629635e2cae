import assert from "node:assert/strict";
import { makeTroubleReport } from "../../../actors/time/trouble_report.ts";
import { fakeClock } from "../../support/clock.ts";

function world() {
  const clock = fakeClock();
  const lines: string[] = [];
  const report = makeTroubleReport({
    clock,
    log: (level, line) => void lines.push(`${level} ${line}`),
    what: "read it",
    advice: "check the address",
  });
  const fail = async (times: number) => {
    for (let n = 0; n < times; n++) {
      report.failed({ tag: "unreachable", message: "reset" });
      await clock.advance(5000);
    }
  };
  return { lines, report, fail };
}

Deno.test("trouble: given reads that fail every 5 s, when they go on, then it is told after 10 s and again after a minute and two", async () => {
  const { lines, fail } = world();

  await fail(40);

  assert.equal(lines[0], "WARNING Cannot read it for 10 s by now, 3 tries: reset; check the address");
  assert.equal(lines.length, 3);
});

Deno.test("trouble: given an answer in between, when reads fail again, then the time begins anew", async () => {
  const { lines, report, fail } = world();

  await fail(2);
  report.over();
  await fail(2);

  assert.deepEqual(lines, []);
});
