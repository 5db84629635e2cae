/** The GraphQL port: body, throttle gate, API_ERROR, secrets. @module */

import { makeRedactor } from "../../../schemas/secrets/redact.ts";
import assert from "node:assert/strict";
import { type Graphql, makeGraphql } from "../../../actors/prefect1/graphql.ts";
import type { HttpAnswer, HttpRequest } from "../../../actors/http/http.ts";
import type { Failure } from "../../../schemas/failure/failure.ts";
import { type FakeClock, fakeClock } from "../../support/clock.ts";
import { answer } from "../../support/fake_prefect1.ts";

const signal = new AbortController().signal;
const OK = answer(200, { data: { hello: "hi" } });
const slowDown = (seconds?: string) =>
  answer(429, "", seconds === undefined ? {} : { "retry-after": seconds });

interface Setup {
  readonly graphql: Graphql;
  readonly clock: FakeClock;
  readonly sent: HttpRequest[];
  readonly logged: string[];
}

function setUp(answers: readonly HttpAnswer[]): Setup {
  const clock = fakeClock(1_000_000);
  const sent: HttpRequest[] = [];
  const logged: string[] = [];
  const graphql = makeGraphql({
    url: "https://api.example.com/graphql",
    call: (request) => {
      const next = answers[sent.push(request) - 1] ?? OK;
      return Promise.resolve(next);
    },
    clock,
    random: () => 1,
    timeoutMs: 15_000,
    headers: () => ({ "X-PREFECT-CORE-VERSION": "1.4.1" }),
    redact: makeRedactor({ credentials: ["k3y-0123"] }),
    log: (level, message) => logged.push(`${level} ${message}`),
  });
  return { graphql, clock, sent, logged };
}

/** The failure of a request, null when it went well. */
async function ask({ graphql, clock }: Setup, ms = 0): Promise<Failure | null> {
  const asked = graphql({ query: "query { hello }", signal }).then(() => null, (error) => error.failure);
  await clock.advance(ms);
  return await asked;
}

Deno.test("graphql: given variables, when sent, then they travel as JSON text to the URL itself", async () => {
  const { graphql, sent } = setUp([]);

  const data = await graphql({ query: "mutation { x }", variables: { input: { a: 1 } }, signal });

  assert.deepEqual(data, { hello: "hi" });
  const { method, url, body, timeoutMs, headers } = sent[0] ?? {};
  assert.deepEqual({ method, url, timeoutMs }, {
    method: "POST",
    url: "https://api.example.com/graphql",
    timeoutMs: 15_000,
  });
  assert.deepEqual(headers, { "X-PREFECT-CORE-VERSION": "1.4.1", "Content-Type": "application/json" });
  assert.deepEqual(JSON.parse(String(body)), { query: "mutation { x }", variables: '{"input":{"a":1}}' });
});

Deno.test("graphql: given no variables, when sent, then they are the text null", async () => {
  const { graphql, sent } = setUp([]);

  await graphql({ query: "query { hello }", signal });

  assert.equal(JSON.parse(String(sent[0]?.body)).variables, "null");
});

Deno.test("graphql: given API_ERROR, when it passes, then the request was sent again after 0 and 250 ms", async () => {
  const trouble = answer(200, { errors: [{ message: "x", extensions: { code: "API_ERROR" } }] });
  const setup = setUp([trouble, trouble]);

  assert.equal(await ask(setup, 250), null);

  assert.equal(setup.sent.length, 3);
});

Deno.test("graphql: given no resends, when API_ERROR comes, then it is sent once", async () => {
  const setup = setUp([answer(200, { errors: [{ message: "x", extensions: { code: "API_ERROR" } }] })]);

  await assert.rejects(setup.graphql({ query: "mutation { x }", resends: 0, signal }), {
    message: "API_ERROR: x",
  });

  assert.equal(setup.sent.length, 1);
});

Deno.test("graphql: given 429 with Retry-After, when asked meanwhile, then nothing is sent and one warning is logged", async () => {
  const setup = setUp([slowDown("7")]);

  const first = await ask(setup);
  await setup.clock.advance(3000);
  const second = await ask(setup);
  await setup.clock.advance(4000);
  const third = await ask(setup);

  assert.equal(first?.tag === "throttled" && first.retryAfterMs, 7000);
  assert.equal(second?.tag === "throttled" && second.retryAfterMs, 4000);
  assert.equal(third, null);
  assert.equal(setup.sent.length, 2);
  assert.deepEqual(setup.logged, ["WARNING The Prefect API asks to slow down (429): next request in 7 s"]);
});

Deno.test("graphql: given 429 again and again without a time, when asked, then the wait doubles up to three minutes", async () => {
  const setup = setUp(Array(9).fill(slowDown()));
  const waits: number[] = [];

  for (let n = 0; n < 8; n++) {
    const failure = await ask(setup);
    const waitMs = failure?.tag === "throttled" ? failure.retryAfterMs : 0;
    waits.push(waitMs / 1000);
    await setup.clock.advance(waitMs);
  }

  assert.deepEqual(waits, [5, 10, 20, 40, 80, 160, 180, 180]);
});

Deno.test("graphql: given a Retry-After of a day, when asked, then the wait is bounded", async () => {
  const failure = await ask(setUp([slowDown("86400")]));

  assert.equal(failure?.tag === "throttled" && failure.retryAfterMs, 600_000);
});

Deno.test("graphql: given an error that quotes the key, when it is thrown, then the key is hidden", async () => {
  const failure = await ask(setUp([answer(200, { errors: [{ message: "bad k3y-0123 k3y-0123" }] })]));

  assert.equal(failure?.message, "bad (hidden) (hidden)");
});

Deno.test("graphql: given an observer, when operations are sent, then it makes each request, named by its first field, with what came of it", async () => {
  const seen: (readonly [operation: string, result: string])[] = [];
  const answers = [
    OK,
    answer(200, { errors: [{ message: "no", extensions: { code: "API_ERROR" } }] }),
    OK,
    answer(503, ""),
    slowDown("1"),
  ];
  const clock = fakeClock(1_000_000);
  const graphql = makeGraphql({
    url: "https://api.example.com",
    call: () => Promise.resolve(answers.shift() ?? OK),
    clock,
    random: () => 1,
    timeoutMs: 15_000,
    headers: () => ({}),
    redact: makeRedactor(),
    log: () => undefined,
    observe: async ({ service, operation, work, resultOf }) => {
      const sent = await work();
      seen.push([`${service} ${operation}`, resultOf?.(sent) ?? "ok"]);
      return sent;
    },
  });
  const ask = (query: string) => graphql({ query, signal }).catch(() => undefined);

  await ask("query { hello }");
  await ask(`mutation($input: x_input!) { set_flow_run_states(input: $input) { id } }`);
  await ask(`query { flow_run(where: { id: { _eq: "1" } }) { id } }`);
  await ask("query{tenant{id}}");
  // The gate is shut: nothing is sent.
  await ask("query { hello }");

  assert.deepEqual(seen, [
    ["prefect hello", "ok"],
    ["prefect set_flow_run_states", "apiError"],
    ["prefect set_flow_run_states", "ok"],
    ["prefect flow_run", "unavailable"],
    ["prefect tenant", "throttled"],
  ]);
});
