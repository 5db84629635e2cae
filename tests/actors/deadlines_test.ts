import assert from "node:assert/strict";
import { createActor, setup } from "xstate";
import { makeDeadlines } from "../../actors/deadlines.ts";
import type { DeadlineEvent, FlowRunEvent } from "../../schemas/events.ts";
import { typed } from "../../schemas/typed.ts";
import { fakeClock } from "../support/clock.ts";

/** The deadlines of one run; `passed` is what they say, with the time since the beginning. */
function deadlines() {
  const clock = fakeClock();
  const begun = clock.now();
  const passed: [string, number][] = [];
  const parent = setup({
    types: { events: typed<FlowRunEvent>() },
    actors: { deadlines: makeDeadlines(clock) },
    actions: { keep: (_, stage: string) => void passed.push([stage, clock.now() - begun]) },
  }).createMachine({
    invoke: { id: "deadlines", src: "deadlines" },
    on: { "deadline.passed": { actions: { type: "keep", params: ({ event }) => event.stage } } },
  });
  const actor = createActor(parent).start();
  const tell = (event: DeadlineEvent) => actor.getSnapshot().children.deadlines?.send(event);
  return { clock, passed, tell, stop: () => actor.stop() };
}

const LAUNCH = { type: "deadline.set", timer: "stage", stage: "launch", afterMs: 100 } as const;
const PLACEMENT = { type: "deadline.set", timer: "placement", stage: "placement", afterMs: 30 } as const;

Deno.test("deadlines: given one for each timer, when time goes by, then each passes once, in its time", async () => {
  const run = deadlines();
  run.tell(LAUNCH);
  run.tell(PLACEMENT);

  await run.clock.advance(1000);

  assert.deepEqual(run.passed, [["placement", 30], ["launch", 100]]);
});

Deno.test("deadlines: given a timer that is set again, when time goes by, then only the later one passes", async () => {
  const run = deadlines();
  run.tell(LAUNCH);
  await run.clock.advance(60);
  run.tell({ ...LAUNCH, stage: "report" });

  await run.clock.advance(1000);

  assert.deepEqual(run.passed, [["report", 160]]);
});

Deno.test("deadlines: given one is lifted or the run is over, when time goes by, then nothing passes", async () => {
  const lifted = deadlines();
  lifted.tell(LAUNCH);
  lifted.tell({ type: "deadline.lifted", timer: "stage" });
  const over = deadlines();
  over.tell(LAUNCH);
  over.stop();

  await lifted.clock.advance(1000);
  await over.clock.advance(1000);

  assert.deepEqual([lifted.passed, over.passed], [[], []]);
});
