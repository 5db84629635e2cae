import assert from "node:assert/strict";
import { answerHealth } from "../../../actors/observability/health_server.ts";
import { parseAgentAddress } from "../../../schemas/observability/agent_address.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";
import type { Unhealthy } from "../../../schemas/observability/health.ts";

interface Endpoint {
  readonly path: string;
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const notes = JSON.parse(
  Deno.readTextFileSync(new URL("../../wire/prefect1/agent-health.notes.json", import.meta.url)),
);
const recorded: readonly Endpoint[] = notes.agent_endpoints;

for (const { path, status, type, body } of recorded) {
  Deno.test(`answerHealth: given GET ${path}, when answered, then status and body are as recorded`, async () => {
    const response = answerHealth(new Request(`http://127.0.0.1:8080${path}`), { poke: () => undefined });

    assert.equal(response.status, status);
    if (status !== 200) return;
    assert.equal(await response.text(), body);
    assert.equal(response.headers.get("content-type")?.split(";")[0], type.split(";")[0]);
  });
}

Deno.test("answerHealth: given a poke, when answered, then the agent is woken; by health it is not", () => {
  let pokes = 0;
  const ask = (path: string, method = "GET") =>
    answerHealth(new Request(`http://h:1${path}`, { method }), { poke: () => pokes++ });

  ask("/api/health");
  assert.equal(pokes, 0);
  ask("/api/poke?now");
  assert.equal(pokes, 1);
  assert.equal(ask("/api/poke", "POST").status, 405);
  assert.equal(pokes, 1);
});

Deno.test("answerHealth: given the style of a worker, when asked at its path, then its good answer, 503 with the reason, and no other path", async () => {
  const style = { path: "/health", well: { message: "OK" } };
  const ask = (path: string, unhealthy: Unhealthy | null = null) =>
    answerHealth(new Request(`http://h:1${path}`), { poke: assert.fail, style, judge: () => unhealthy });
  const sick: Unhealthy = { status: "unhealthy", cause: "api", reason: "No poll was answered", seconds: 301 };

  assert.deepEqual(await ask("/health").json(), { message: "OK" });
  assert.equal(ask("/health", sick).status, 503);
  assert.deepEqual(await ask("/health", sick).json(), sick);
  assert.equal(ask("/api/health").status, 404);
  assert.equal(ask("/metrics").status, 200);
});

for (const method of ["POST", "PUT", "DELETE", "HEAD", "OPTIONS"]) {
  Deno.test(`answerHealth: given ${method}, when answered, then 405, on other paths 404`, () => {
    const ask = (path: string) =>
      answerHealth(new Request(`http://h:1${path}`, { method }), { poke: assert.fail }).status;

    assert.deepEqual(["/api/health", "/api/poke", "/", "/api/health/"].map(ask), [405, 405, 404, 404]);
  });
}

const ADDRESSES: readonly (readonly [string, string, number])[] = [
  ["http://127.0.0.1:8080", "127.0.0.1", 8080],
  ["http://:8080", "0.0.0.0", 8080],
  ["http://0.0.0.0:8080/", "0.0.0.0", 8080],
  ["http://[::1]:90/x", "::1", 90],
  ["http://user@host:90", "host", 90],
];

for (const [address, hostname, port] of ADDRESSES) {
  Deno.test(`parseAgentAddress: given ${address}, when parsed, then host and port come apart`, () => {
    assert.deepEqual(parseAgentAddress(address), { hostname, port });
  });
}

for (
  const address of ["http://127.0.0.1", "localhost:8080", "http://h:0", "http://h:99999", "http://h:x", ""]
) {
  Deno.test(`parseAgentAddress: given ${JSON.stringify(address)}, when parsed, then the port is asked for`, () => {
    assert.throws(
      () => parseAgentAddress(address),
      (error) =>
        error instanceof FailureError && error.failure.tag === "configuration" &&
        error.message.startsWith("Must specify port in agent address"),
    );
  });
}

Deno.test("answerHealth: given an agent that is not well, when asked, then 503 and why; when well again, 200 and {}", async () => {
  let unhealthy: Unhealthy | null = {
    status: "unhealthy",
    cause: "loop",
    reason: "It stands still",
    seconds: 61,
  };
  const ask = () =>
    answerHealth(new Request("http://h:1/api/health"), { poke: assert.fail, judge: () => unhealthy });

  const sick = ask();
  assert.equal(sick.status, 503);
  assert.deepEqual(await sick.json(), unhealthy);
  unhealthy = null;
  const well = ask();
  assert.deepEqual([well.status, await well.text()], [200, "{}"]);
});

Deno.test("answerHealth: given metrics, when scraped, then they come in Prometheus' type; only by GET", async () => {
  const ask = (method: string) =>
    answerHealth(new Request("http://h:1/metrics", { method }), {
      poke: assert.fail,
      scrape: () => "up 1\n",
    });

  const scrape = ask("GET");
  assert.equal(scrape.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  assert.equal(await scrape.text(), "up 1\n");
  assert.equal(ask("POST").status, 405);
});
