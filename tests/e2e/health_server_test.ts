import assert from "node:assert/strict";
import { startHealthServer } from "../../actors/observability/health_server.ts";
import { startEcs } from "../../sandbox/aws/server.ts";
import { awsVariables, prefectVariables } from "../../sandbox/environment.ts";
import { startApi } from "../../sandbox/prefect1/server.ts";
import { systemClock } from "../../actors/time/system_clock.ts";
import { startAgent } from "./support/agent_process.ts";
import { until } from "./support/process.ts";
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

/** One request with exactly these headers. @returns what is answered, to the end of its head at least */
async function raw(address: string, head: string): Promise<string> {
  const { hostname, port } = new URL(address);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  await connection.write(new TextEncoder().encode(`${head}\nConnection: close\n\n`.replaceAll("\n", "\r\n")));
  let text = "";
  const buffer = new Uint8Array(4096);
  while (!text.includes("\r\n\r\n")) {
    const read = await connection.read(buffer);
    if (read === null) break;
    text += new TextDecoder().decode(buffer.subarray(0, read));
  }
  return text;
}

const ANSWERED: readonly (readonly [who: string, head: string])[] = [
  ["a load balancer by address", "GET /api/health HTTP/1.1\nHost: 10.0.3.17:31234"],
  ["a load balancer by IPv6 address", "GET /api/health HTTP/1.1\nHost: [2001:db8::7]:8080"],
  ["a check without Host", "GET /api/health HTTP/1.0\nUser-Agent: check"],
  ["a check with an empty Host", "GET /api/health HTTP/1.1\nHost:"],
  ["curl in the container", "GET /api/health HTTP/1.1\nHost: localhost:8080"],
  ["Prometheus by a name that was given", "GET /metrics HTTP/1.1\nHost: Agents.internal:8080"],
  [
    "a person in a browser",
    "GET /metrics HTTP/1.1\nHost: localhost\nSec-Fetch-Site: none\nSec-Fetch-Mode: navigate",
  ],
];

for (const [who, head] of ANSWERED) {
  Deno.test(`health server: given ${who}, when asked, then it answers with nosniff`, async () => {
    const address = `http://127.0.0.1:${freePort()}`;
    await using _server = startHealthServer({ address, poke: () => undefined, hosts: ["agents.internal"] });

    const answer = await raw(address, head);

    assert.match(answer, /^HTTP\/1\.[01] 200 /);
    assert.match(answer, /x-content-type-options: nosniff/i);
  });
}

const REFUSED: readonly (readonly [who: string, status: number, head: string])[] = [
  ["a name that points here", 403, "GET /metrics HTTP/1.1\nHost: evil.example:8080"],
  ["a part of a known name", 403, "GET /metrics HTTP/1.1\nHost: internal"],
  ["an image on another page", 403, "GET /api/poke HTTP/1.1\nHost: localhost\nSec-Fetch-Site: cross-site"],
  ["a page of another port", 403, "GET /api/poke HTTP/1.1\nHost: localhost\nSec-Fetch-Site: same-site"],
  [
    "a link elsewhere",
    403,
    "GET /api/poke HTTP/1.1\nHost: localhost\nSec-Fetch-Site: cross-site\nSec-Fetch-Mode: navigate",
  ],
  ["a page that may read", 403, "GET /metrics HTTP/1.1\nHost: localhost\nOrigin: http://localhost:3000"],
  ["a sandboxed page", 403, "GET /metrics HTTP/1.1\nHost: localhost\nOrigin: null"],
  ["a large body", 413, "POST /api/poke HTTP/1.1\nHost: localhost\nContent-Length: 200000000"],
  ["a long head", 431, `GET /metrics HTTP/1.1\nHost: localhost\nCookie: ${"x".repeat(20_000)}`],
];

for (const [who, status, head] of REFUSED) {
  Deno.test(`health server: given ${who}, when asked, then ${status}, and the agent is not woken`, async () => {
    const address = `http://127.0.0.1:${freePort()}`;
    await using _server = startHealthServer({ address, poke: () => assert.fail("it was woken") });

    const answer = await raw(address, head);

    assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `));
    assert.match(answer, /x-content-type-options: nosniff/i);
  });
}

Deno.test("health server: given foreign names, when they ask again and again, then each is warned of once, 20 at most, with the option", async () => {
  const address = `http://127.0.0.1:${freePort()}`;
  const warnings: string[] = [];
  await using _server = startHealthServer({
    address,
    poke: assert.fail,
    warn: (line) => void warnings.push(line),
  });

  for (const name of ["prometheus-target", "prometheus-target", "PROMETHEUS-TARGET:8080", "a b\u001b[31m"]) {
    assert.match(await raw(address, `GET /metrics HTTP/1.1\nHost: ${name}`), /^HTTP\/1\.1 4\d\d /);
  }
  assert.equal(warnings.filter((line) => line.includes("--agent-host prometheus-target")).length, 1);
  for (let at = 0; at < 40; at++) await raw(address, `GET / HTTP/1.1\nHost: name-${at}`);

  assert.equal(warnings.length, 20);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(warnings.join(""), /[\u0000-\u001f\u007f-\u009f]/);
});

Deno.test("health server: given --agent-host *, when asked by any name, then it answers", async () => {
  const address = `http://127.0.0.1:${freePort()}`;
  await using _server = startHealthServer({ address, poke: assert.fail, hosts: ["*"] });

  assert.match(await raw(address, "GET /metrics HTTP/1.1\nHost: any.name"), /^HTTP\/1\.1 200 /);
});

Deno.test("health server: given 300 pokes at once, when they come, then each is answered and the agent is woken twice at most", async () => {
  const address = `http://127.0.0.1:${freePort()}`;
  let pokes = 0;
  const fired: (() => void)[] = [];
  const clock = {
    after: (_ms: number, fn: () => void) => {
      fired.push(fn);
      return () => undefined;
    },
  };
  await using _server = startHealthServer({ address, poke: () => pokes++, clock });

  for (let i = 0; i < 300; i++) {
    const answer = await fetch(`${address}/api/poke`);
    assert.deepEqual([answer.status, await answer.text()], [200, ""]);
  }
  assert.equal(pokes, 1);
  fired[0]?.();
  assert.equal(pokes, 2);
});

Deno.test("agent: given --agent-host and --inspect, when its process is asked, then the name is answered, another is refused and warned of, and the page wants its token", async () => {
  const home = await Deno.makeTempDir();
  const common = { port: 0, random: Math.random, log: () => undefined };
  const api = await startApi({ ...common, dataDir: ":memory:" });
  const ecs = await startEcs({ ...common, dataDir: null, imageExec: [], clock: systemClock });
  const address = `http://127.0.0.1:${freePort()}`;
  const words = ["--agent-address", address, "--agent-host", "Agents.Internal", "--inspect=127.0.0.1:0"];
  const env = {
    HOME: home,
    ...prefectVariables({ apiUrl: api.url, apiKey: api.apiKey }),
    ...awsVariables({ ecsUrl: ecs.url, accessKeyId: ecs.accessKeyId }),
  };
  const agent = startAgent(["ecs", "start", ...words], env);
  const statusOf = async (host: string) =>
    (await raw(address, `GET /metrics HTTP/1.1\nHost: ${host}`)).split(" ")[1];
  const open = async (url: URL) => {
    const answer = await fetch(url);
    await answer.body?.cancel();
    return answer.status;
  };
  try {
    await until(() => statusOf("10.0.0.1").catch(() => undefined), agent.output);
    assert.deepEqual(
      [
        await statusOf("agents.internal:80"),
        await statusOf("other.internal"),
        await statusOf("other.internal"),
      ],
      ["200", "403", "403"],
    );
    const page = new URL(/^Inspector: (\S+)$/m.exec(agent.output())?.[1] ?? "");
    assert.deepEqual([await open(page), await open(new URL("/", page))], [200, 401]);
  } finally {
    agent.signal("SIGTERM");
    assert.equal(await agent.exited, 0, agent.output());
    await ecs.close();
    await api.close();
    await Deno.remove(home, { recursive: true });
  }
  assert.equal(agent.output().match(/--agent-host other\.internal/g)?.length, 1);
});
