import assert from "node:assert/strict";
import fc from "fast-check";
import type { HttpAnswer } from "../../../actors/http/http.ts";
import { renewedOver } from "../../../actors/http/renewed_http.ts";

/** Clients by number, and the requests that wait for their answers. */
function renewed() {
  const closed: number[] = [];
  const opened: number[] = [];
  const waiting: { readonly client: number; readonly answer: (status: number) => void }[] = [];
  const http = renewedOver({
    open: () => {
      const client = opened.length + 1;
      opened.push(client);
      return { client, close: () => void closed.push(client) };
    },
    send: (_request, _signal, { client }) => {
      assert.ok(!closed.includes(client), "a request is sent over a client that is closed");
      const { promise, resolve } = Promise.withResolvers<HttpAnswer>();
      waiting.push({ client, answer: (status) => resolve({ status, headers: {}, body: new Uint8Array() }) });
      return promise;
    },
  });
  const call = () => http.call({ method: "GET", url: "https://prefect/api", headers: {} });
  return { http, call, waiting, opened, closed };
}

Deno.test("renewed HTTP: given a request under way, when another is answered with 503, then new connections are used and the old ones are closed once the first has its answer", async () => {
  const { call, waiting, opened, closed } = renewed();
  const slow = call();
  const refused = call();
  waiting[1]?.answer(503);
  await refused;
  const next = call();
  const before = [...closed];

  waiting[0]?.answer(200);
  waiting[2]?.answer(200);

  assert.deepEqual([(await slow).status, (await next).status], [200, 200]);
  assert.deepEqual(waiting.map(({ client }) => client), [1, 1, 2]);
  assert.deepEqual([before, closed, opened], [[], [1], [1, 2]]);
});

Deno.test("renewed HTTP: given several answers of 503 on the same connections, when they come, then the connections are renewed once", async () => {
  const { call, waiting, opened, closed } = renewed();
  const all = [call(), call(), call()];

  waiting.forEach(({ answer }) => answer(503));
  await Promise.all(all);

  assert.deepEqual([opened, closed], [[1, 2], [1]]);
});

Deno.test("renewed HTTP: given a request under way, when it is closed, then the connections end with the request", async () => {
  const { http, call, waiting, closed } = renewed();
  const slow = call();

  http.close();
  const before = [...closed];
  waiting[0]?.answer(200);
  await slow;

  assert.deepEqual([before, closed], [[], [1]]);
});

Deno.test("renewed HTTP: given any order of requests and answers, when all is over, then every client was closed exactly once, and none in use", async () => {
  const step = fc.oneof(
    fc.constant("call" as const),
    fc.record({ at: fc.nat(20), status: fc.constantFrom(200, 503) }),
  );

  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
    const { http, call, waiting, opened, closed } = renewed();
    const calls: Promise<unknown>[] = [];
    for (const one of steps) {
      if (one === "call") calls.push(call());
      else waiting[one.at]?.answer(one.status);
      await Promise.resolve().then(() => undefined);
    }

    waiting.forEach(({ answer }) => answer(200));
    await Promise.all(calls);
    http.close();

    assert.deepEqual(closed.toSorted((one, other) => one - other), opened);
  }));
});
