import assert from "node:assert/strict";
import { Subject } from "rxjs";
import { type StopEvent, stopEvents } from "../../../actors/streams/stop_signals.ts";
import { fakeClock } from "../../support/clock.ts";

Deno.test("signals: given SIGINT twice within 2 ms and a third one after a second, when they come, then the first asks for a clean end and the third forces it", async () => {
  const clock = fakeClock();
  const signals = new Subject<void>();
  const types: StopEvent["type"][] = [];
  stopEvents(signals, clock).subscribe(({ type }) => types.push(type));

  signals.next();
  await clock.advance(2);
  signals.next();
  await clock.advance(998);
  signals.next();

  assert.deepEqual(types, ["stop.requested", "stop.forced"]);
});
