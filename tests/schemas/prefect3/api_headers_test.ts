import assert from "node:assert/strict";
import fc from "fast-check";
import { addressOf, bareBase, socketAddressOf } from "../../../schemas/prefect3/api_address.ts";
import { headerText, makeApiHeaders } from "../../../schemas/prefect3/api_headers.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";
import { Secret } from "../../../schemas/secrets/secret.ts";

const NOTHING = { url: "http://h/api", key: null, authString: null, headers: {} };
const KEY = new Secret("pnu_key");
const PAIR = new Secret("admin:pass");

for (
  const [what, given, expected] of [
    ["nothing", {}, undefined],
    ["a key", { key: KEY }, "Bearer pnu_key"],
    ["a pair", { authString: PAIR }, `Basic ${btoa("admin:pass")}`],
    ["a key and a pair", { key: KEY, authString: PAIR }, `Basic ${btoa("admin:pass")}`],
    ["a password in the address", { url: "http://u:p%40x@h/api" }, `Basic ${btoa("u:p@x")}`],
    ["a key and a password in the address", { url: "http://u:p@h/api", key: KEY }, "Bearer pnu_key"],
    [
      "the user's own header beside a key",
      { key: KEY, headers: { Authorization: "Token own" } },
      "Token own",
    ],
  ] as const
) {
  Deno.test(`API headers: given ${what}, when headers are made, then Authorization is ${expected ?? "absent"}`, () => {
    assert.equal(makeApiHeaders({ ...NOTHING, ...given })(null)["authorization"], expected);
  });
}

Deno.test("API headers: given headers of the user's, when they are named as those of client and protocol, then they replace none of them", () => {
  const mine = {
    "User-Agent": "mine",
    "X-PREFECT-API-VERSION": "0.0.1",
    "Prefect-Csrf-Token": "mine",
    Host: "mine",
    "Content-Length": "1",
    "X-Team": " data ",
  };

  const headers = makeApiHeaders({ ...NOTHING, headers: mine })(null);

  assert.match(headers["user-agent"] ?? "", /^prefect\/\d/);
  assert.equal(headers["x-prefect-api-version"], "0.8.4");
  assert.equal(headers["x-team"], "data");
  assert.ok(!Object.values(headers).includes("mine"));
});

Deno.test("API headers: given a worker with and without an id, when it is introduced, then requests say who asks", () => {
  const headers = makeApiHeaders(NOTHING);

  const alone = headers({ name: "mine", id: null });
  const known = headers({ name: "mine", id: "1" });

  assert.deepEqual([alone["x-prefect-worker-name"], alone["x-prefect-worker-id"]], ["mine", undefined]);
  assert.equal(known["x-prefect-worker-id"], "1");
});

Deno.test("API headers: given any name of a worker, when it is introduced, then its header can travel and says the name", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 60 }), (name) => {
    const text = headerText(name);

    assert.match(text, /^[\x20-\x7e]*$/);
    assert.ok(text === name || decodeURIComponent(text) === name.toWellFormed());
  }));
});

for (const [what, given] of [["a blank", "a b"], ["a line end", "a\nb"], ["an umlaut", "ä"]] as const) {
  Deno.test(`API headers: given a key with ${what} inside, when headers are made, then it is refused without its text`, () => {
    assert.throws(() => makeApiHeaders({ ...NOTHING, key: new Secret(given) }), (thrown) => {
      assert.ok(thrown instanceof FailureError);
      assert.match(thrown.failure.message, /PREFECT_API_KEY/);
      assert.ok(!thrown.failure.message.includes(given));
      return true;
    });
  });
}

for (
  const [base, segments, expected] of [
    ["http://h/api", ["flow_runs", "1"], "http://h/api/flow_runs/1"],
    ["http://h/api///", ["logs", ""], "http://h/api/logs/"],
    ["http://h//api", ["x"], "http://h/api/x"],
    [
      "http://h/api",
      ["work_pools", "Data (EU) #2 + ü?"],
      "http://h/api/work_pools/Data%20(EU)%20%232%20%2B%20%C3%BC%3F",
    ],
    ["http://h/api", ["work_pools", ".."], "http://h/api/work_pools/%2E%2E"],
    ["http://h/api", ["work_pools", "a/b"], "http://h/api/work_pools/a%2Fb"],
    ["https://h", ["", "x"], "https://h/x"],
  ] as const
) {
  Deno.test(`API address: given ${base} and ${JSON.stringify(segments)}, when they are joined, then it is ${expected}`, () => {
    assert.equal(addressOf(base, segments), expected);
    assert.equal(socketAddressOf(base, segments), expected.replace(/^http/, "ws"));
  });
}

Deno.test("API address: given name and password, when the base is made, then they are apart from it", () => {
  assert.deepEqual(bareBase(" https://u:p@h/api/ "), { base: "https://h/api", userInfo: "u:p" });
});
