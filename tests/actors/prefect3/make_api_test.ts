/** The client of the API over answers that a test gives, on a clock that it moves. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import type { ApiAnswer, ApiRequest } from "../../../actors/prefect3/api.ts";
import { makeApi } from "../../../actors/prefect3/make_api.ts";
import type { HttpAnswer, HttpRequest } from "../../../actors/http/http.ts";
import { type Failure, FailureError, toFailure } from "../../../schemas/failure/failure.ts";
import type { ApiSettings } from "../../../schemas/prefect3/settings/worker_settings.ts";
import { fakeClock } from "../../support/clock.ts";

const SETTINGS: ApiSettings = {
  url: "http://prefect/api",
  key: null,
  authString: null,
  csrf: true,
  certFile: null,
  skipVerify: false,
  http2: false,
  requestTimeoutMs: 60_000,
  maxRetries: null,
  extraCodes: [],
  jitter: 0.2,
  headers: {},
};

type Given = HttpAnswer | Error | "hang";
type Answer = (request: HttpRequest, count: number) => Given | undefined;

function reply(status: number, body: unknown = {}, headers: Record<string, string> = {}): HttpAnswer {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return { status, headers, body: new TextEncoder().encode(text) };
}

const TOKEN = { token: "token-1", client: "client", expiration: null };
const AWAY = new FailureError({ tag: "unreachable", message: "connection reset" });

/** A client whose requests get these answers; tokens and proofs are given unless the test says otherwise. */
function client(answer: Answer, settings: Partial<ApiSettings> = {}, random = 0.5) {
  const clock = fakeClock(0);
  const sent: { readonly what: string; readonly atMs: number; readonly request: HttpRequest }[] = [];
  const logged: string[] = [];
  let most = 0;
  let underWay = 0;
  const api = makeApi({
    settings: { ...SETTINGS, ...settings },
    clientId: "client",
    call: (request) => {
      const what = `${request.method} ${request.url.replace(SETTINGS.url, "")}`;
      sent.push({ what, atMs: clock.now(), request });
      most = Math.max(most, ++underWay);
      const count = sent.filter((one) => one.what === what).length;
      const given = answer(request, count) ?? usual(what);
      const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
      request.signal?.addEventListener("abort", () => reject(request.signal?.reason), { once: true });
      if (given instanceof Error) clock.after(5, () => reject(given));
      else if (given !== "hang") clock.after(5, () => resolve(given));
      return promise.finally(() => underWay--);
    },
    clock,
    random: () => random,
    log: (level, text) => void logged.push(`${level} ${text}`),
    redact: { text: (text) => text, learn: () => undefined },
  });
  const of = (path: string) => sent.filter(({ what }) => what.endsWith(path));
  return { api, clock, sent, logged, of, most: () => most };
}

function usual(what: string): HttpAnswer {
  if (what.startsWith("GET /csrf-token")) return reply(200, TOKEN);
  if (what === "POST /flow_runs/filter") return reply(200, []);
  return reply(200, {});
}

type Client = ReturnType<typeof client>;

/** Sends a request and lets up to two hours pass. */
async function send({ api, clock }: Client, request: Partial<ApiRequest> = {}): Promise<ApiAnswer | Failure> {
  let end: ApiAnswer | Failure | null = null;
  api.send({ method: "GET", path: ["x"], route: "GET /x", ...request }, new AbortController().signal)
    .then((answer) => (end = answer), (thrown) => (end = toFailure(thrown)));
  for (let step = 0; step < 8000 && end === null; step++) await clock.advance(step < 4000 ? 10 : 2000);
  assert.ok(end !== null, "it was not answered within two hours");
  return end;
}

const statusOf = (end: ApiAnswer | Failure) => "status" in end && !("tag" in end) ? end.status : toTag(end);
const toTag = (end: ApiAnswer | Failure) => "tag" in end ? end.tag : "";

for (
  const [what, bad] of [
    ["500", reply(500)],
    ["504", reply(504)],
    ["520 with a page", reply(520, "<html></html>", { "content-type": "text/html" })],
    ["half a JSON text", reply(200, '{"a": ')],
    ["a page", reply(200, "<html></html>", { "content-type": "text/html" })],
    ["429", reply(429)],
    ["408", reply(408)],
    ["no connection", AWAY],
  ] as const
) {
  for (const method of ["GET", "POST"] as const) {
    Deno.test(`API client: given ${what} twice, when a ${method} is sent, then it is sent again with growing waits until it is answered, with the same body`, async () => {
      const one = client(({ url }, count) => url.endsWith("/x") && count <= 2 ? bad : undefined, {}, 0);

      const end = await send(one, { method, ...(method === "POST" ? { body: { transition: "t-1" } } : {}) });

      const tries = one.of("/x");
      assert.equal(statusOf(end), 200);
      assert.equal(tries.length, 3);
      const waits = tries.slice(1).map(({ atMs }, at) => atMs - (tries[at]?.atMs ?? 0) - 5);
      assert.ok(
        (waits[0] ?? 0) <= 260 && (waits[1] ?? 0) <= 520 && (waits[1] ?? 0) > (waits[0] ?? 0),
        `${waits}`,
      );
      assert.equal(new Set(tries.map(({ request }) => request.body)).size, 1);
    });
  }
}

Deno.test("API client: given any waits that a server asks for, when it answers at last, then no try comes earlier, and without a word no wait is longer than 30 s", async () => {
  const asked = fc.array(fc.option(fc.integer({ min: 0, max: 100 })), { minLength: 1, maxLength: 6 });

  await fc.assert(
    fc.asyncProperty(asked, fc.constantFrom(429, 503), fc.double({ min: 0, max: 1, noNaN: true }), async (
      waits,
      status,
      random,
    ) => {
      const one = client(
        ({ url }, count) => {
          const wait = waits[count - 1];
          if (!url.endsWith("/x") || wait === undefined) return undefined;
          return reply(status, {}, wait === null ? {} : { "retry-after": String(wait) });
        },
        {},
        random,
      );

      await send(one, { tries: "held" });

      const tries = one.of("/x");
      assert.equal(tries.length, waits.length + 1);
      waits.forEach((wait, at) => {
        const passed = (tries[at + 1]?.atMs ?? 0) - (tries[at]?.atMs ?? 0);
        if (wait !== null) assert.ok(passed >= 1000 * wait, `${passed} ms after Retry-After: ${wait}`);
        else assert.ok(passed <= 30_100);
      });
    }),
    { numRuns: 30 },
  );
});

Deno.test("API client: given a server in maintenance for an hour, when a request is tried once, then it is waited for all the same", async () => {
  const one = client(({ url }, count) =>
    url.endsWith("/x") && count <= 100
      ? reply(503, {}, { "prefect-maintenance": "true", "retry-after": "30" })
      : undefined
  );

  assert.equal(statusOf(await send(one, { tries: "once" })), 200);
});

for (const [tries, most] of [["once", 1], ["briefly", 8]] as const) {
  Deno.test(`API client: given a server that never works, when a request is tried ${tries}, then it fails after ${most} tries at most`, async () => {
    const one = client(({ url }) => url.endsWith("/x") ? reply(500) : undefined);

    assert.equal(statusOf(await send(one, { tries })), "unavailable");
    assert.ok(one.of("/x").length <= most && one.of("/x").length >= Math.min(2, most));
  });
}

for (const maxRetries of [0, 1, 20]) {
  Deno.test(`API client: given PREFECT_CLIENT_MAX_RETRIES=${maxRetries}, when a server never works, then a brief request is sent ${maxRetries + 1} times, and one that is held goes on`, async () => {
    const brief = client(({ url }) => url.endsWith("/x") ? reply(500) : undefined, { maxRetries });
    const held = client(({ url }, count) => url.endsWith("/x") && count < 40 ? reply(500) : undefined, {
      maxRetries,
    });

    await send(brief);

    assert.equal(brief.of("/x").length, maxRetries + 1);
    assert.equal(statusOf(await send(held, { tries: "held" })), 200);
  });
}

Deno.test("API client: given a write refused for its token, when it is sent, then a new token is got and the write is sent again with it", async () => {
  const tokens = ["old", "new"];
  const one = client(({ url, headers }, count) => {
    if (url.includes("csrf-token")) return reply(200, { ...TOKEN, token: tokens[count - 1] ?? "late" });
    if (!url.endsWith("/x")) return undefined;
    return headers?.["prefect-csrf-token"] === "old"
      ? reply(403, { detail: "Invalid CSRF token or client identifier." })
      : undefined;
  });

  const end = await send(one, { method: "PATCH", body: {} });

  assert.equal(statusOf(end), 200);
  assert.deepEqual(one.of("/x").map(({ request }) => request.headers?.["prefect-csrf-token"]), [
    "old",
    "new",
  ]);
  assert.ok(one.of("/x").every(({ request }) => request.headers?.["prefect-csrf-client"] === "client"));
});

Deno.test("API client: given a server that refuses every token, when a write is sent, then it fails after three tries", async () => {
  const one = client(({ url }) =>
    url.endsWith("/x") ? reply(403, { detail: "Invalid CSRF token" }) : undefined
  );

  assert.equal(statusOf(await send(one, { method: "POST", body: {} })), "unauthorized");
  assert.equal(one.of("/x").length, 3);
});

for (const status of [404, 422]) {
  Deno.test(`API client: given ${status} for the token, when two writes are sent, then they carry none and it is not asked for again`, async () => {
    const one = client(({ url }) =>
      url.includes("csrf-token") ? reply(status, { detail: "disabled" }) : undefined
    );

    await send(one, { method: "POST", body: {} });
    await send(one, { method: "POST", body: {} });

    assert.equal(one.sent.filter(({ what }) => what.includes("csrf-token")).length, 1);
    assert.ok(one.of("/x").every(({ request }) => request.headers?.["prefect-csrf-token"] === undefined));
  });
}

Deno.test("API client: given reads alone, when they are sent, then no token is asked for", async () => {
  const one = client(() => undefined);

  await send(one);

  assert.equal(one.sent.length, 1);
});

for (
  const [what, proof, expected] of [
    ["a list", reply(200, []), 404],
    ["a gateway's object", reply(200, { status: "no" }), 200],
    ["the same 404", reply(404, { detail: "Service not found" }), 200],
    ["503", reply(503), 200],
    ["nothing", AWAY, 200],
    ["a page", reply(200, "<html></html>", { "content-type": "text/html" }), 200],
  ] as const
) {
  Deno.test(`API client: given 404 for a run while the API answers another read with ${what}, when it is asked, then ${expected === 404 ? "the run is gone" : "it is asked again until the API is back"}`, async () => {
    const one = client(({ url, method }, count) => {
      if (url.endsWith("/x")) {
        return count <= 3 ? reply(404, { detail: "Flow run not found" }) : reply(200, {});
      }
      return method === "POST" && url.endsWith("/filter") ? proof : undefined;
    });

    assert.equal(statusOf(await send(one, { accept: [404], tries: "held" })), expected);
  });
}

Deno.test("API client: given a request that is to be confirmed, when that fails before it is sent, then nothing is sent", async () => {
  const one = client(() => undefined);
  const confirm = () => {
    throw new FailureError({ tag: "claimLost", message: "ends" });
  };

  assert.equal(statusOf(await send(one, { confirm })), "claimLost");
  assert.equal(one.sent.length, 0);
});

Deno.test("API client: given a request that was sent once, when it is sent again, then it is not confirmed again", async () => {
  const one = client(({ url }, count) => url.endsWith("/x") && count <= 3 ? reply(503) : undefined);
  let confirmed = 0;

  assert.equal(statusOf(await send(one, { confirm: () => void confirmed++ })), 200);
  assert.deepEqual([confirmed, one.of("/x").length], [1, 4]);
});

Deno.test("API client: given a request that looks before it is sent again, when that fails at the second time, then it was sent twice and looked at before each further try alone", async () => {
  const one = client(({ url }) => url.endsWith("/x") ? reply(503) : undefined);
  const looked: number[] = [];
  const again = () => {
    looked.push(one.of("/x").length);
    if (looked.length === 1) return Promise.resolve();
    return Promise.reject(new FailureError({ tag: "claimLost", message: "it has gone on" }));
  };

  assert.equal(statusOf(await send(one, { tries: "held", again })), "claimLost");
  assert.deepEqual([looked, one.of("/x").length], [[1, 2], 2]);
});

Deno.test("API client: given a hundred requests at once, when they are sent, then at most 16 are under way", async () => {
  const one = client(() => undefined);

  await Promise.all(Array.from({ length: 100 }, () => send(one)));

  assert.equal(one.most(), 16);
});

Deno.test("API client: given a server that says that a request ends with its signal, when the signal ends, then nothing is sent any more", async () => {
  const { api, clock, sent } = client(() => reply(503));
  const life = new AbortController();
  const asked = api.send({ method: "GET", path: ["x"], route: "GET /x", tries: "held" }, life.signal);
  asked.catch(() => undefined);
  await clock.advance(1000);
  const before = sent.length;

  life.abort(new Error("over"));

  await assert.rejects(asked, /over/);
  await clock.advance(600_000);
  assert.equal(sent.length, before);
});

Deno.test("API client: given any segments of a path, when a request is sent, then no address has a raw special character or a double slash", async () => {
  const segment = fc.string({ minLength: 1, maxLength: 12, unit: "binary" });

  await fc.assert(
    fc.asyncProperty(fc.array(segment, { minLength: 1, maxLength: 4 }), async (path) => {
      const one = client(() => undefined, { url: "http://prefect/api/" });

      await send(one, { path });

      const url = one.sent[0]?.request.url ?? "";
      const rest = url.slice("http://prefect/api/".length);
      assert.ok(url.startsWith("http://prefect/api/"));
      assert.equal(rest.split("/").length, path.length);
      assert.ok(/^[\w.~!*'()%/@:$&+,;=-]*$/.test(rest) && !rest.includes("//"), rest);
    }),
    { numRuns: 50 },
  );
});
