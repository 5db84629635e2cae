import assert from "node:assert/strict";
import { makeKubeClient } from "../../../actors/kubernetes/requests/client.ts";
import { makeClusterHttp } from "../../../actors/kubernetes/requests/cluster_http.ts";
import { unobserved } from "../../../actors/observability/call_observer.ts";
import { toFailure } from "../../../schemas/failure/failure.ts";
import type { ClusterAccess } from "../../../schemas/kubernetes/connection/access.ts";
import { fakeClock } from "../../support/clock.ts";

const SIGNAL = new AbortController().signal;
const TLS = new URL("../tls/", import.meta.url);
const AUTHORITY = Deno.readTextFileSync(new URL("authority.pem", TLS));
const SERVER = {
  cert: Deno.readTextFileSync(new URL("loopback.pem", TLS)),
  key: Deno.readTextFileSync(new URL("loopback_key.pem", TLS)),
};

/** All words by which a text could be taken for a connection that was never made. */
const WORDS = "refused-econnrefused-enotfound-certificate-resolve";

const JOB = { metadata: { name: "job", uid: "u" }, spec: {}, status: {} };

/** What a creation in a namespace with misleading words comes to. */
async function create(access: Partial<ClusterAccess>, times = 1): Promise<string> {
  const whole: ClusterAccess = {
    server: "http://127.0.0.1:9",
    authorities: null,
    skipVerify: false,
    serverName: null,
    proxy: null,
    client: null,
    token: null,
    origin: "a test",
    warnings: [],
    ...access,
  };
  const clock = fakeClock();
  const http = makeClusterHttp({
    env: {},
    access: whole,
    find: () => whole,
    readText: () => null,
    clock,
    learn: () => undefined,
  });
  const client = makeKubeClient({ http, clock, observe: unobserved });
  const once = () =>
    client.createJob(WORDS, JOB, { isQuiet: false }, SIGNAL)
      .then(({ outcome }) => outcome, (thrown) => toFailure(thrown).tag);
  try {
    let outcome = "";
    for (let n = 0; n < times; n++) outcome = await once();
    return outcome;
  } finally {
    http.close();
  }
}

/** A peer that does with each connection as it is told, by its number. */
async function withPeer(
  serve: (connection: Deno.TcpConn, n: number) => Promise<void>,
  work: (port: number) => Promise<void>,
): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving: Promise<void>[] = [];
  const accepting = (async () => {
    for await (const connection of listener) {
      const one = serve(connection, serving.length).finally(() => connection.close()).catch(() => undefined);
      serving.push(one);
    }
  })();
  try {
    await work(listener.addr.port);
  } finally {
    listener.close();
    await accepting;
    await Promise.all(serving);
  }
}

/** Reads until a part of the request's body has come. */
async function takeRequest(connection: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(16_384);
  for (let text = ""; !text.includes('"uid"');) {
    const size = await connection.read(buffer);
    if (size === null) return;
    text += new TextDecoder().decode(buffer.subarray(0, size));
  }
}

const CREATED = new TextEncoder().encode(
  `HTTP/1.1 201 Created\r\ncontent-length: ${JSON.stringify(JOB).length}\r\n\r\n${JSON.stringify(JOB)}`,
);

Deno.test("unsent: given nobody who listens, when a Job is created, then nothing was sent", async () => {
  assert.equal(await create({ server: "http://127.0.0.1:9" }), "unreachable");
  assert.equal(await create({ server: "https://127.0.0.1:9" }), "unreachable");
});

Deno.test("unsent: given a name without an address, when a Job is created, then nothing was sent", async () => {
  assert.equal(await create({ server: "https://cluster.invalid:6443" }), "unreachable");
});

for (
  const [what, access] of [
    ["an authority that is not trusted", { authorities: null }],
    ["a name that its certificate has not", { authorities: AUTHORITY, serverName: "other.example" }],
  ] as const
) {
  Deno.test(`unsent: given a server with ${what}, when a Job is created, then nothing was sent and nothing arrives`, async () => {
    let arrived = 0;
    const server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => undefined, ...SERVER },
      () => {
        arrived++;
        return Response.json(JOB);
      },
    );
    const outcome = await create({ ...access, server: `https://127.0.0.1:${server.addr.port}` });
    await server.shutdown();

    assert.deepEqual([outcome, arrived], ["unreachable", 0]);
  });
}

Deno.test("unsent: given a proxy that refuses the tunnel, when a Job is created, then nothing was sent", async () => {
  const refuse = async (connection: Deno.TcpConn) => {
    await connection.read(new Uint8Array(4096));
    await connection.write(new TextEncoder().encode("HTTP/1.1 403 Forbidden\r\n\r\n"));
  };
  await withPeer(refuse, async (port) => {
    const proxy = `http://127.0.0.1:${port}`;

    assert.equal(await create({ server: "https://127.0.0.1:9", proxy }), "unreachable");
  });
});

Deno.test("unsent: given a request that arrived and a connection that breaks, when its place holds the words of an error, then it may be done", async () => {
  await withPeer(takeRequest, async (port) => {
    assert.equal(await create({ server: `http://127.0.0.1:${port}` }), "unknownOutcome");
  });
});

Deno.test("unsent: given a request that arrived through a tunnel, when the connection breaks, then it may be done", async () => {
  const server = Deno.listenTls({ hostname: "127.0.0.1", port: 0, ...SERVER });
  const taking = (async () => {
    const connection = await server.accept();
    await connection.read(new Uint8Array(16_384));
    connection.close();
  })();
  const tunnel = async (connection: Deno.TcpConn) => {
    await connection.read(new Uint8Array(4096));
    const upstream = await Deno.connect({ hostname: "127.0.0.1", port: server.addr.port });
    await connection.write(new TextEncoder().encode("HTTP/1.1 200 OK\r\n\r\n"));
    await Promise.allSettled([
      connection.readable.pipeTo(upstream.writable),
      upstream.readable.pipeTo(connection.writable),
    ]);
  };
  await withPeer(tunnel, async (port) => {
    const access = { authorities: AUTHORITY, proxy: `http://127.0.0.1:${port}` };

    assert.equal(
      await create({ ...access, server: `https://127.0.0.1:${server.addr.port}` }),
      "unknownOutcome",
    );
  });
  await taking;
  server.close();
});

Deno.test("unsent: given a kept connection that breaks under a request, when no other one is made, then it may be done", async () => {
  const served: Deno.TcpConn[] = [];
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    const connection = await listener.accept();
    served.push(connection);
    await takeRequest(connection);
    await connection.write(CREATED);
    await takeRequest(connection);
    // Whoever comes again is refused.
    listener.close();
    connection.close();
  })();
  const outcome = await create({ server: `http://127.0.0.1:${listener.addr.port}` }, 2);
  await serving;

  assert.deepEqual([outcome, served.length], ["unknownOutcome", 1]);
});
