import assert from "node:assert/strict";
import { startHealthServer } from "../../actors/observability/health_server.ts";
import { FailureError } from "../../schemas/failure/failure.ts";

/** A port that was free a moment ago. */
function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

Deno.test("health server: given a free port, when asked, then it answers, pokes, and is gone once disposed", async () => {
  const address = `http://127.0.0.1:${freePort()}`;
  let pokes = 0;
  {
    await using _server = startHealthServer({ address, poke: () => pokes++ });

    const health = await fetch(`${address}/api/health`);
    assert.deepEqual(await health.json(), {});
    const poked = await fetch(`${address}/api/poke`);
    assert.equal(await poked.text(), "");
    assert.equal(pokes, 1);
  }
  await assert.rejects(fetch(`${address}/api/health`), TypeError);
});

Deno.test("health server: given a port in use, when started, then the failure names the option and the address", () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const address = `http://127.0.0.1:${listener.addr.port}`;

  assert.throws(
    () => startHealthServer({ address, poke: () => undefined }),
    (error) => error instanceof FailureError && error.message.includes(`--agent-address ${address}`),
  );
});
