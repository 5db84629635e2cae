import assert from "node:assert/strict";
import { answer } from "../support/fake_prefect1.ts";
import { fakeClock, settle } from "../support/clock.ts";
import { makeRealWork, type RealWork, type WorkingClients } from "./support/real_work.ts";

const SIGNAL = new AbortController().signal;
const REQUEST = { method: "GET", url: "https://ec2.test/", headers: {} } as const;

/** Clients that know no other call than this. */
function clientsOf(work: RealWork, call: () => Promise<unknown>): WorkingClients {
  const readDefaultSubnets = () => call().then(() => ["subnet-1"]);
  const clients: Partial<WorkingClients> = { ecs: {} as WorkingClients["ecs"], readDefaultSubnets };
  return work.within(clients as WorkingClients);
}

/** Real time, counted in turns of the event loop. */
async function manyTurns(): Promise<void> {
  for (let i = 0; i < 50; i++) await settle();
}

Deno.test("real work: given a client that takes real time, when an hour passes on the fake clock, then no timer fires before it is done", async () => {
  const work = makeRealWork();
  const clock = fakeClock(0, work.settled);
  const told: string[] = [];
  const aws = clientsOf(work, manyTurns);

  clock.after(1000, () => told.push("timer"));
  const read = aws.readDefaultSubnets(SIGNAL).then(() => told.push("work"));
  await clock.advance(3_600_000);
  await read;

  assert.deepEqual(told, ["work", "timer"]);
});

Deno.test("real work: given a client that waits for an answer, when the fake clock moves, then it is not waited for", async () => {
  const work = makeRealWork();
  const clock = fakeClock(0, work.settled);
  const network = work.outside(() =>
    new Promise((resolve) => clock.after(60_000, () => resolve(answer(200, "{}"))))
  );

  const read = clientsOf(work, () => network(REQUEST)).readDefaultSubnets(SIGNAL);
  const moved = clock.advance(60_000).then(() => "the clock moved");
  const first = await Promise.race([moved, manyTurns().then(() => "the clock stands still")]);

  assert.equal(first, "the clock moved");
  assert.deepEqual(await read, ["subnet-1"]);
});
