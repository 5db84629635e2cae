import assert from "node:assert/strict";
import fc from "fast-check";
import { FailureError } from "../../../schemas/failure/failure.ts";
import { makeRedactor } from "../../../schemas/secrets/redact.ts";
import { revivedError } from "../../../schemas/secrets/revived_error.ts";
import { HIDDEN, Secret } from "../../../schemas/secrets/secret.ts";

const SECRET = "s3cr3t/value+1";
const redact = makeRedactor({ credentials: [SECRET, 'quo"te\\d', "abc"] });

const TEXTS: readonly (readonly [string, string])[] = [
  [`a ${SECRET} b`, `a ${HIDDEN} b`],
  [`a ${encodeURIComponent(SECRET)} b`, `a ${HIDDEN} b`],
  ['say quo\\"te\\\\d', `say ${HIDDEN}`],
  ["Authorization: Bearer abcdefgh", `Authorization: Bearer ${HIDDEN}`],
  ["sent bearer abcdefgh12", `sent bearer ${HIDDEN}`],
  ["key AKIAABCDEFGHIJKLMNOP used", `key ${HIDDEN} used`],
  ["https://user:pass@host/x", `https://${HIDDEN}@host/x`],
  ["?X-Amz-Signature=0a1b&x=1", `?X-Amz-Signature=${HIDDEN}&x=1`],
  ["PREFECT__CLOUD__API_KEY=foo bar", `PREFECT__CLOUD__API_KEY=${HIDDEN} bar`],
  ['{"password": "p w"}', `{"password": ${HIDDEN}}`],
  ["abc is too short to be hidden", "abc is too short to be hidden"],
  ["Cannot read the run: no answer within 15 s", "Cannot read the run: no answer within 15 s"],
];

for (const [text, shown] of TEXTS) {
  Deno.test(`redact.text: given ${text}, when shown, then it is ${shown}`, () => {
    assert.equal(redact.text(text), shown);
    assert.equal(redact.text(shown), shown);
  });
}

const VALUES: readonly (readonly [string, unknown, unknown])[] = [
  ["a secret name", { apiKey: "x", api_key: 1, password: ["x"], clientToken: "t", token: null }, {
    apiKey: HIDDEN,
    api_key: HIDDEN,
    password: HIDDEN,
    clientToken: HIDDEN,
    token: null,
  }],
  ["an environment of ECS", { environment: [{ name: "A", value: "b" }] }, {
    environment: [{ name: "A", value: HIDDEN }],
  }],
  ["an environment as a map", { envVars: { A: "b", C: "d" } }, { envVars: { A: HIDDEN, C: HIDDEN } }],
  ["a pair anywhere", [{ name: "A", value: "b" }], [{ name: "A", value: HIDDEN }]],
  ["a pair with a key", [{ key: "password", value: "b" }, { Key: "team", Value: "b" }], [
    { key: "password", value: HIDDEN },
    { Key: "team", Value: "b" },
  ]],
  ["words of a command", {
    command: ["mysql", "--password", "hunter", "-u", "me:hunter", "--token", "--verbose"],
  }, {
    command: ["mysql", "--password", HIDDEN, "-u", `me:${HIDDEN}`, "--token", "--verbose"],
  }],
  ["where secrets are", {
    secretArn: "arn:aws:secretsmanager:x:1:secret:a",
    repositoryCredentials: { credentialsParameter: "arn:aws:secretsmanager:x:1:secret:a" },
    secrets: [{ name: "A", valueFrom: "arn:aws:ssm:x:1:parameter/a" }, {
      name: "B",
      valueFrom: "/plain/name",
    }],
    secretOptions: [{ name: "splunk-token", valueFrom: "arn:aws:ssm:x:1:parameter/a" }],
    token: { a: "arn:aws:ssm:x:1:parameter/a", b: "not one" },
  }, {
    secretArn: "arn:aws:secretsmanager:x:1:secret:a",
    repositoryCredentials: { credentialsParameter: "arn:aws:secretsmanager:x:1:secret:a" },
    secrets: [{ name: "A", valueFrom: "arn:aws:ssm:x:1:parameter/a" }, {
      name: "B",
      valueFrom: "/plain/name",
    }],
    secretOptions: [{ name: "splunk-token", valueFrom: "arn:aws:ssm:x:1:parameter/a" }],
    token: HIDDEN,
  }],
  ["options of a log driver", {
    options: { "splunk-token": "x", "fluentd-shared-key": "y", "splunk-url": "https://s" },
  }, {
    options: { "splunk-token": HIDDEN, "fluentd-shared-key": HIDDEN, "splunk-url": "https://s" },
  }],
  ["an error", new FailureError({ tag: "timedOut", message: SECRET }), {
    name: "FailureError",
    failure: { tag: "timedOut", message: HIDDEN },
  }],
  ["a cause, which nobody sees", new Error("x", { cause: SECRET }), {
    name: "Error",
    failure: { tag: "unexpected", message: "Error: x" },
  }],
  ["a wrapped secret", { a: new Secret("whatever") }, { a: HIDDEN }],
  ["functions and nothing", { a: () => 1, b: undefined, c: null }, { c: null }],
  ["what every run has", { tag: "x", retryAfterMs: 1, taskArns: ["arn:x"], outcome: "failed", claim: "v1" }, {
    tag: "x",
    retryAfterMs: 1,
    taskArns: ["arn:x"],
    outcome: "failed",
    claim: "v1",
  }],
  ["big numbers and dates", { a: 10n, b: new Date(0) }, { a: "10", b: "1970-01-01T00:00:00.000Z" }],
];

for (const [what, value, shown] of VALUES) {
  Deno.test(`redact.json: given ${what}, when shown, then its secrets are hidden`, () => {
    assert.deepEqual(redact.json(value), shown);
    assert.deepEqual(JSON.parse(redact.jsonText(value)), shown);
  });
}

Deno.test("redact: given any JSON with a secret anywhere in it, when shown, then the secret is gone and both ways agree", () => {
  const json = fc.jsonValue({ maxDepth: 4 }).map((value) =>
    JSON.parse(JSON.stringify(value).replace(/[gkoz]/g, SECRET)) // no letter of an escape, nor of true, false, null
  );

  fc.assert(
    fc.property(json, (value) => {
      const shown = redact.jsonText(value);

      assert.ok(!shown.includes(SECRET));
      assert.deepEqual(JSON.parse(shown), JSON.parse(JSON.stringify(redact.json(value))));
    }),
    { numRuns: 200 },
  );
});

Deno.test("redact: given a credential with a row of equal characters, when ids have such a row as well, then they stay, and a credential of nothing else is hidden", () => {
  const key = `key-of-the-agent-${"0".repeat(20)}`;
  const id = `task/default/${"0".repeat(31)}1`;
  const zeros = "0".repeat(24);

  assert.equal(makeRedactor({ credentials: [key] }).text(`${id} and ${id}`), `${id} and ${id}`);
  assert.ok(!makeRedactor({ credentials: [key] }).text(`sent ${key}`).includes("key-of"));
  assert.equal(makeRedactor({ credentials: [zeros] }).text(`sent ${zeros}`), `sent ${HIDDEN}`);
});

Deno.test("redact: given a circle, when shown, then it ends", () => {
  const circle: Record<string, unknown> = { a: 1 };
  circle["self"] = circle;

  assert.equal(typeof redact.json(circle), "object");
});

Deno.test("revivedError: given a written failure, when read, then it can be told apart again", () => {
  const failure = { tag: "throttled", retryAfterMs: 5, message: "slow" } as const;

  const error = revivedError(redact.json(new FailureError(failure)));

  assert.ok(error instanceof FailureError);
  assert.deepEqual(error.failure, failure);
  assert.equal(revivedError("x"), "x");
});

Deno.test("redact.learn: given a text that was shown, when a secret in it is learned, then from then on it is hidden", () => {
  const learning = makeRedactor();
  const value = { message: "got fresh-session-token-1" };
  const before = [learning.text(value.message), learning.jsonText(value)];

  learning.learn({ credentials: ["fresh-session-token-1\n"] });

  assert.deepEqual(before, [value.message, JSON.stringify(value)]);
  assert.equal(learning.text(value.message), `got ${HIDDEN}`);
  assert.equal(learning.jsonText(value), JSON.stringify({ message: `got ${HIDDEN}` }));
});

Deno.test("redact.quoted: given an answer that quotes the request in pieces, when hidden, then every secret of the request is gone", () => {
  const sent = {
    containers: [{
      environment: [{ name: "PLAIN_NAME", value: "value-one" }, { name: "PUBLIC", value: "value-two" }],
      command: ["run", "--password", "value-three", "--token=value-four", "https://me:value-five@host"],
      options: { "splunk-token": "value-six" },
      tags: [{ key: "team", value: "value-seven" }],
    }],
  };
  const text =
    "bad value-one, value-two, value-three, value-four, value-five, value-six, value-seven, value-o…";

  const shown = redact.quoted(text, sent, (name) => name === "PUBLIC");

  assert.equal(
    shown,
    `bad ${HIDDEN}, value-two, ${HIDDEN}, ${HIDDEN}, ${HIDDEN}, ${HIDDEN}, value-seven, ${HIDDEN}…`,
  );
});
