import assert from "node:assert/strict";
import fc from "fast-check";
import type { ApiAnswer, ApiRequest } from "../../../actors/prefect3/api.ts";
import { readLiving } from "../../../actors/prefect3/living_workers.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../schemas/json/json.ts";
import { answerOf } from "../../support/prefect3/world.ts";

const SIGNAL = new AbortController().signal;
const NOW = Date.UTC(2026, 0, 2);

function row(name: string, agoS: number, more: JsonObject = {}): JsonObject {
  const last_heartbeat_time = new Date(NOW - 1000 * agoS).toISOString();
  return { name, status: "ONLINE", last_heartbeat_time, heartbeat_interval_seconds: 30, ...more };
}

function heartbeatOf(value: Json): string {
  return isJsonObject(value) ? String(value["last_heartbeat_time"]) : "";
}

/** A server that shows the newest heartbeat first, as 3.9.1 does. */
function server(rows: Json[], { before = (_: number) => undefined as ApiAnswer | undefined | void } = {}) {
  const offsets: number[] = [];
  const send = ({ body }: ApiRequest): Promise<ApiAnswer> => {
    const offset = isJsonObject(body) ? Number(body["offset"]) : 0;
    const limit = isJsonObject(body) ? Number(body["limit"]) : 0;
    const answer = before(offsets.push(offset));
    if (answer !== undefined) return Promise.resolve(answer);
    const sorted = rows.toSorted((one, other) => heartbeatOf(other).localeCompare(heartbeatOf(one)));
    return Promise.resolve(answerOf(200, sorted.slice(offset, offset + limit)));
  };
  return { api: { send }, offsets, rows };
}

async function lives(name: string, rows: Json[]): Promise<boolean> {
  return (await readLiving("pool", new Set([name]), server(rows).api, SIGNAL))(name);
}

for (const others of [0, 199, 200, 201, 999]) {
  Deno.test(`living workers: given a worker behind ${others} newer ones, when the pool is read, then it lives, and one that is not listed does not`, async () => {
    const newer = Array.from({ length: others }, (_, at) => row(`w${at}`, 0));
    const rows = [...newer, row("slow", 100)];

    const mayLive = await readLiving("pool", new Set(["slow", "gone"]), server(rows).api, SIGNAL);

    assert.deepEqual([mayLive("slow"), mayLive("gone")], [true, false]);
  });
}

Deno.test("living workers: given workers that are shown on the first page, when the pool is read, then no other page is", async () => {
  const rows = Array.from({ length: 1000 }, (_, at) => row(`w${at}`, at));
  const { api, offsets } = server(rows);

  await readLiving("pool", new Set(["w0", "w199"]), api, SIGNAL);

  assert.deepEqual(offsets, [0]);
});

Deno.test("living workers: given a worker that moves to the first page between two pages, when the pool is read, then it lives", async () => {
  const rows: Json[] = Array.from({ length: 300 }, (_, at) => row(`w${at}`, 10));
  rows.push(row("moving", 100));
  const { api } = server(rows, {
    before: (count) => {
      if (count === 2) rows[300] = row("moving", 0);
    },
  });

  const mayLive = await readLiving("pool", new Set(["moving"]), api, SIGNAL);

  assert.equal(mayLive("moving"), true);
});

Deno.test("living workers: given rows that are deleted between two pages, when the pool is read, then the worker behind them lives", async () => {
  const rows: Json[] = Array.from({ length: 300 }, (_, at) => row(`w${at}`, at / 1000));
  rows[200] = row("behind", 0.2);
  const { api } = server(rows, {
    before: (count) => {
      if (count === 2) rows.splice(0, 5);
    },
  });

  const mayLive = await readLiving("pool", new Set(["behind"]), api, SIGNAL);

  assert.equal(mayLive("behind"), true);
});

Deno.test("living workers: given a list without an end, when the pool is read, then reading ends and who was not shown counts as living", async () => {
  let asked = 0;
  const full = Array.from({ length: 200 }, (_, at) => row(`w${at}`, 0));
  const api = { send: () => Promise.resolve(answerOf(200, (asked++, full))) };

  const mayLive = await readLiving("pool", new Set(["unseen"]), api, SIGNAL);

  assert.deepEqual([mayLive("unseen"), asked], [true, 50]);
});

for (
  const [what, answer] of [
    ["404", answerOf(404, { detail: "not found" })],
    ["something that is no list", answerOf(200, { workers: [] })],
  ] as const
) {
  Deno.test(`living workers: given ${what} on any page, when the pool is read, then everybody counts as living`, async () => {
    for (const page of [1, 2]) {
      const rows = Array.from({ length: 300 }, (_, at) => row(`w${at}`, 0));
      const { api } = server(rows, { before: (count) => count === page ? answer : undefined });

      const mayLive = await readLiving("pool", new Set(["gone"]), api, SIGNAL);

      assert.equal(mayLive("gone"), true);
    }
  });
}

for (
  const [what, value, expected] of [
    ["OFFLINE", row("w", 0, { status: "OFFLINE" }), false],
    ["silent for 121 s", row("w", 121), false],
    ["silent for 119 s", row("w", 119), true],
    ["silent for 119 s without an interval", row("w", 119, { heartbeat_interval_seconds: null }), true],
    ["silent for 121 s without an interval", row("w", 121, { heartbeat_interval_seconds: null }), false],
    ["silent for 60 s with an interval of 0", row("w", 60, { heartbeat_interval_seconds: 0 }), true],
    ["silent for 121 s with an interval of 0", row("w", 121, { heartbeat_interval_seconds: 0 }), false],
    ["silent for 60 s with an interval below 0", row("w", 60, { heartbeat_interval_seconds: -5 }), true],
    ["silent for 60 s with an interval in text", row("w", 60, { heartbeat_interval_seconds: "30" }), true],
    [
      "silent for 5 days with an interval of 1e300",
      row("w", 432_000, { heartbeat_interval_seconds: 1e300 }),
      false,
    ],
    ["without a heartbeat", row("w", 0, { last_heartbeat_time: null }), true],
    ["with a heartbeat that is no time", row("w", 0, { last_heartbeat_time: "soon" }), true],
    ["of a status that is no text", row("w", 5000, { status: 7 }), true],
    ["shown in a row that is no object, perhaps", "w", true],
    ["shown under a name that is no text, perhaps", row("w", 0, { name: 5 }), true],
  ] as const
) {
  Deno.test(`living workers: given a worker that is ${what}, when the pool is read, then it ${expected ? "counts as living" : "is gone"}`, async () => {
    assert.equal(await lives("w", [row("this", 0), value]), expected);
  });
}

Deno.test("living workers: given any workers, when the pool is read, then exactly those count as living that sent a heartbeat within four intervals", async () => {
  const some = fc.uniqueArray(
    fc.record({ at: fc.nat(2000), agoS: fc.nat(1000), interval: fc.constantFrom(1, 5, 30, 60) }),
    { selector: ({ at }) => at, maxLength: 700 },
  );

  await fc.assert(fc.asyncProperty(some, async (them) => {
    const rows = them.map(({ at, agoS, interval }) =>
      row(`w${at}`, agoS, { heartbeat_interval_seconds: interval })
    );
    const asked = new Set(them.map(({ at }) => `w${at}`));

    const mayLive = await readLiving("pool", asked, server([row("this", 0), ...rows]).api, SIGNAL);

    for (const { at, agoS, interval } of them) assert.equal(mayLive(`w${at}`), agoS <= 4 * interval);
  }));
});

Deno.test("living workers: given claims of this worker alone, when claims are searched, then the server is not asked for workers", async () => {
  const { api, offsets } = server([]);

  const mayLive = await readLiving("pool", new Set(), api, SIGNAL);

  assert.deepEqual([mayLive("anybody"), offsets], [true, []]);
});
