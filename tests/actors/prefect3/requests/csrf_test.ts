import assert from "node:assert/strict";
import { makeCsrf } from "../../../../actors/prefect3/requests/csrf.ts";
import type { Judged } from "../../../../schemas/prefect3/api_answer.ts";
import type { Json } from "../../../../schemas/json/json.ts";

const SIGNAL = new AbortController().signal;

/** Tokens that are numbered, each for so many seconds. */
function csrf({ forS = null as number | null, enabled = true, answer = null as Judged | null } = {}) {
  const clock = { ms: 0 };
  const learnt: string[] = [];
  let asked = 0;
  const made = makeCsrf({
    enabled,
    clock: { now: () => clock.ms },
    client: "client",
    ask: () => {
      asked++;
      const expiration = forS === null ? null : new Date(clock.ms + 1000 * forS).toISOString();
      const body: Json = { token: `token-${asked}`, client: "client", expiration };
      return Promise.resolve(answer ?? { kind: "answer", status: 200, body, text: "" });
    },
    learn: (token) => void learnt.push(token),
  });
  const token = async () => {
    const got = await made.headers(SIGNAL);
    return "headers" in got ? got.headers["prefect-csrf-token"] ?? "none" : got.judged.kind;
  };
  return { clock, csrf: made, learnt, token, asked: () => asked };
}

Deno.test("CSRF: given many writes at once, when they want a token, then it is asked for once, and the redactor learns it", async () => {
  const { token, asked, learnt } = csrf();

  const tokens = await Promise.all([token(), token(), token()]);

  assert.deepEqual([tokens, asked(), learnt], [["token-1", "token-1", "token-1"], 1, ["token-1"]]);
});

Deno.test("CSRF: given a token for an hour, when it ends within half a minute, then a new one is got", async () => {
  const { clock, token } = csrf({ forS: 3600 });
  await token();

  clock.ms = 3_569_999;
  const before = await token();
  clock.ms = 3_570_001;
  const after = await token();

  assert.deepEqual([before, after], ["token-1", "token-2"]);
});

Deno.test("CSRF: given a token that is refused twice by writes of the same moment, when they want a new one, then one is got for both", async () => {
  const { csrf: one, token, asked } = csrf();
  const got = await one.headers(SIGNAL);
  assert.ok("headers" in got);

  one.refused(got.headers);
  const first = await token();
  one.refused(got.headers);
  const second = await token();

  assert.deepEqual([first, second, asked()], ["token-2", "token-2", 2]);
});

for (
  const [what, body] of [
    ["no token", { detail: "CSRF protection is disabled." }],
    ["a token that no header carries", { token: "a\nb" }],
    ["something else", "text"],
  ] as const
) {
  Deno.test(`CSRF: given an answer with ${what}, when writes want a token, then they carry none and it is asked for once`, async () => {
    const { token, asked } = csrf({ answer: { kind: "answer", status: 422, body, text: "" } });

    assert.deepEqual([await token(), await token(), asked()], ["none", "none", 1]);
  });
}

Deno.test("CSRF: given that it is switched off, when writes are sent, then nothing is asked for", async () => {
  const { token, asked } = csrf({ enabled: false });

  assert.deepEqual([await token(), asked()], ["none", 0]);
});

Deno.test("CSRF: given a server that does not answer, when a write wants a token, then the write is told why, and the next one asks again", async () => {
  const failure = { tag: "unavailable", status: 503, message: "no" } as const;
  const { token, asked } = csrf({
    answer: { kind: "passing", cause: "failing", failure, atLeastMs: null, isExtra: false },
  });

  assert.deepEqual([await token(), await token(), asked()], ["passing", "passing", 2]);
});
