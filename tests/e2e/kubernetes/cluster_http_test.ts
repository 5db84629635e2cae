import assert from "node:assert/strict";
import { makeClusterHttp } from "../../../actors/kubernetes/requests/cluster_http.ts";
import { makeKubeClient } from "../../../actors/kubernetes/requests/client.ts";
import type { CallObserver } from "../../../actors/observability/call_observer.ts";
import { toFailure } from "../../../schemas/failure/failure.ts";
import type { ClusterAccess } from "../../../schemas/kubernetes/connection/access.ts";
import { fakeClock } from "../../support/clock.ts";

const SIGNAL = new AbortController().signal;

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly token: string | null;
  readonly body: string;
}

/** A client whose token is in a file, and a server on loopback. */
async function withServer(
  answer: (asked: Asked) => Response,
  work: (world: ReturnType<typeof worldOf>) => Promise<void>,
): Promise<void> {
  const asked: Asked[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => undefined },
    async (request) => {
      const { pathname, search } = new URL(request.url);
      const one = {
        method: request.method,
        path: pathname + search,
        token: request.headers.get("authorization"),
        body: await request.text(),
      };
      asked.push(one);
      return answer(one);
    },
  );
  const world = worldOf(`http://127.0.0.1:${server.addr.port}`, asked);
  try {
    await work(world);
  } finally {
    world.http.close();
    await server.shutdown();
  }
}

function worldOf(server: string, asked: readonly Asked[]) {
  const file = { token: "first" };
  const learnt: string[] = [];
  const access: ClusterAccess = {
    server,
    authorities: null,
    skipVerify: false,
    serverName: null,
    proxy: null,
    client: null,
    token: { from: "file", path: "/token" },
    origin: "a test",
    warnings: [],
  };
  const clock = fakeClock();
  const http = makeClusterHttp({
    env: {},
    access,
    find: () => access,
    readText: () => file.token,
    clock,
    learn: (token) => void learnt.push(token),
  });
  const calls: string[] = [];
  const observe: CallObserver = async ({ operation, resultOf, work }) => {
    const answer = await work();
    calls.push(`${operation} ${resultOf?.(answer) ?? "ok"}`);
    return answer;
  };
  return { http, client: makeKubeClient({ http, clock, observe }), file, learnt, asked, clock, calls };
}

const JOB = { metadata: { name: "job", uid: "u" }, spec: {}, status: {} };
const NAME = { namespace: "default", name: "job" };

Deno.test("cluster: given a token that was exchanged, when the server answers 401, then the request is sent once more with the new one", async () => {
  await withServer(
    ({ token }) => token === "Bearer second" ? Response.json(JOB) : new Response("{}", { status: 401 }),
    async ({ client, file, learnt, asked }) => {
      file.token = "second\n";
      const job = await client.readJob(NAME, SIGNAL);

      assert.equal(job?.name, "job");
      assert.deepEqual(asked.map(({ token }) => token), ["Bearer first", "Bearer second"]);
      assert.deepEqual(learnt, ["first", "second"]);
    },
  );
});

Deno.test("cluster: given a token that was exchanged, when time passes, then the next request has it", async () => {
  await withServer(() => Response.json(JOB), async ({ client, file, clock, asked }) => {
    await client.readJob(NAME, SIGNAL);
    file.token = "second";
    await clock.advance(10_000);
    await client.readJob(NAME, SIGNAL);

    assert.deepEqual(asked.map(({ token }) => token), ["Bearer first", "Bearer second"]);
  });
});

Deno.test("cluster: given a token that stays wrong, when the server answers 401, then nothing is sent twice and the refusal is told without it", async () => {
  const body = JSON.stringify({ kind: "Status", reason: "Unauthorized", message: "Unauthorized" });
  await withServer(() => new Response(body, { status: 401 }), async ({ client, asked }) => {
    const failure = await client.readJob(NAME, SIGNAL).then(() => assert.fail("no refusal"), toFailure);

    assert.ok(failure.tag === "refused" && failure.code === "Unauthorized");
    assert.ok(!failure.message.includes("first"));
    assert.equal(asked.length, 1);
  });
});

Deno.test("cluster: given a deletion, when it is sent, then its body arrives and asks for the pods as well", async () => {
  await withServer(() => Response.json({ status: "Success" }), async ({ client, asked }) => {
    const wasThere = await client.deleteJob(NAME, "uid-1", SIGNAL);

    assert.equal(wasThere, true);
    assert.deepEqual(JSON.parse(asked[0]?.body ?? ""), {
      propagationPolicy: "Foreground",
      preconditions: { uid: "uid-1" },
    });
  });
});

const STATUSES: readonly (readonly [number, Readonly<Record<string, string>>, string, string])[] = [
  [409, {}, "create", "taken"],
  [429, { "retry-after": "3" }, "create", "throttled"],
  [503, { "retry-after": "3" }, "create", "throttled"],
  [500, {}, "create", "unknownOutcome"],
  [504, {}, "create", "unknownOutcome"],
  [403, {}, "create", "refused"],
  [422, {}, "create", "refused"],
  [404, {}, "read", "null"],
  [500, {}, "read", "unavailable"],
  [429, {}, "read", "throttled"],
  [404, {}, "delete", "false"],
  [409, {}, "delete", "false"],
];

for (const [status, headers, call, expected] of STATUSES) {
  Deno.test(`cluster: given status ${status}, when a Job is to be ${call}, then the outcome is ${expected}`, async () => {
    const body = JSON.stringify({ kind: "Status", reason: "R", message: "the server's words" });
    await withServer(() => new Response(body, { status, headers }), async ({ client }) => {
      const outcome = await ({
        create: () =>
          client.createJob("default", JOB, { isQuiet: false }, SIGNAL).then(({ outcome }) => outcome),
        read: () => client.readJob(NAME, SIGNAL).then(String),
        delete: () => client.deleteJob(NAME, "u", SIGNAL).then(String),
      }[call] ?? (() => Promise.resolve("no such call")))().catch((thrown) => {
        const failure = toFailure(thrown);
        assert.ok(failure.message.includes("the server's words"), failure.message);
        return failure.tag;
      });

      assert.equal(outcome, expected);
    });
  });
}

Deno.test("cluster: given a refusal that may quote what nobody is to see, when it is told, then only the places are named", async () => {
  const causes = [{ field: "spec.template.spec.containers[0].env[0].value", message: "s3cret" }];
  const body = JSON.stringify({ kind: "Status", reason: "Invalid", message: "s3cret", details: { causes } });
  await withServer(() => new Response(body, { status: 422 }), async ({ client }) => {
    const failure = await client.createJob("default", JOB, { isQuiet: true }, SIGNAL)
      .then(() => assert.fail("no refusal"), toFailure);

    assert.ok(failure.message.includes("containers[0].env[0].value"));
    assert.ok(!failure.message.includes("s3cret"));
  });
});

Deno.test("cluster: given every kind of call but a watch, when each is made, then each is counted with its outcome", async () => {
  const answer = ({ path, method }: Asked) => {
    if (path.includes("/log?")) return new Response("one\n\ntwo\nthree\n");
    return Response.json(method === "GET" && path.includes("?") ? { metadata: {}, items: [] } : JOB);
  };
  await withServer(answer, async ({ client, calls }) => {
    await client.createJob("default", JOB, { isQuiet: false }, SIGNAL);
    await client.readJob(NAME, SIGNAL);
    await client.deleteJob(NAME, "", SIGNAL);
    await client.list(
      { resource: "pods", namespace: "default", labelSelector: null, limit: 1, next: null },
      SIGNAL,
    );
    const lines = await client.readLog({ ...NAME, container: "flow" }, 2, SIGNAL);

    assert.deepEqual(lines, ["two", "three"]);
    assert.deepEqual(calls, [
      "create jobs ok",
      "get jobs ok",
      "delete jobs ok",
      "list pods ok",
      "get pods/log ok",
    ]);
  });
});

Deno.test("cluster: given a log that is longer than was asked for, when it is read, then it is given up, and a token that was exchanged is read again", async () => {
  const answer = ({ token }: Asked) =>
    token === "Bearer second" ? new Response("x".repeat(1024 * 1024)) : new Response("{}", { status: 401 });
  await withServer(answer, async ({ client, file, asked }) => {
    file.token = "second";
    const failure = await client.readLog({ ...NAME, container: "flow" }, 2, SIGNAL)
      .then(() => assert.fail("it was read"), toFailure);

    assert.ok(failure.tag === "unavailable" && failure.fault?.kind === "tooLong", failure.message);
    assert.deepEqual(asked.map(({ token }) => token), ["Bearer first", "Bearer second"]);
  });
});
