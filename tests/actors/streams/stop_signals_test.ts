import assert from "node:assert/strict";
import { Subject } from "rxjs";
import { type StopEvent, stopWishes } from "../../../actors/streams/stop_signals.ts";
import { fakeClock } from "../../support/clock.ts";

Deno.test("signals: given a doubled SIGINT and a late third, when they come, then one drains and the third ends at once", async () => {
  const clock = fakeClock();
  const signals = new Subject<void>();
  const wishes: StopEvent["type"][] = [];
  stopWishes(signals, clock).subscribe(({ type }) => wishes.push(type));

  signals.next();
  await clock.advance(2);
  signals.next();
  await clock.advance(998);
  signals.next();

  assert.deepEqual(wishes, ["stop.requested", "stop.forced"]);
});
