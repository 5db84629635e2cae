import assert from "node:assert/strict";
import fc from "fast-check";
import { type GuardRules, judgeHead } from "../../../schemas/guard/guard.ts";

const RULES: GuardRules = {
  host: { names: ["localhost"], addresses: "loopback", port: null },
  bodyBytes: 100,
  hostRefusal: { status: 421, message: "Host not allowed" },
};
const LINKED: GuardRules = { ...RULES, links: "followed", methods: ["GET", "HEAD"] };

function judged(headers: Readonly<Record<string, string>>, rules = RULES, method = "GET", target = "/") {
  return judgeHead({ method, target, headers: new Headers({ host: "localhost:1", ...headers }) }, rules);
}

Deno.test("judgeHead: given a program that is no browser, when judged, then it is answered", () => {
  assert.equal(judged({}), null);
  assert.equal(judged({ "content-length": "100" }, RULES, "POST"), null);
});

Deno.test("judgeHead: given another host, when judged, then the server's own words refuse it", () => {
  assert.deepEqual(judged({ host: "evil.example" }), {
    kind: "host",
    status: 421,
    message: "Host not allowed",
  });
});

const OWN_ORIGIN = ["http://localhost:1", "http://LOCALHOST:1"];
const OTHER_ORIGINS = [
  "null",
  "",
  "http://localhost",
  "http://localhost:2",
  "https://localhost:1",
  "http://127.0.0.1:1",
  "http://evil.example",
  "http://localhost:1.evil.example",
  "http://localhost:1, http://evil.example",
  "file://",
  "chrome-extension://abc",
];

Deno.test("judgeHead: given any combination of what a browser says, when judged, then only its own pages, and links where they may lead here, are answered", () => {
  const origin = fc.constantFrom(undefined, ...OWN_ORIGIN, ...OTHER_ORIGINS);
  const site = fc.constantFrom(
    undefined,
    "same-origin",
    "none",
    "same-site",
    "cross-site",
    "none, cross-site",
    "x",
    "",
  );
  const mode = fc.constantFrom(
    undefined,
    "navigate",
    "no-cors",
    "cors",
    "websocket",
    "same-origin",
    "navigate, cors",
  );
  const dest = fc.constantFrom(
    undefined,
    "document",
    "iframe",
    "image",
    "script",
    "empty",
    "object",
    "frame",
  );
  const method = fc.constantFrom("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS");
  fc.assert(
    fc.property(origin, site, mode, dest, method, (...values) => {
      const [from, place, how, into, by] = values;
      const names = ["origin", "sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest"];
      const headers = Object.fromEntries(
        [from, place, how, into].flatMap((value, at) =>
          value === undefined ? [] : [[names[at] ?? "", value]]
        ),
      );
      const isOwnOrigin = from === undefined || OWN_ORIGIN.includes(from);
      const isOwnSite = place === undefined || place === "same-origin" || place === "none";
      const isLink = how === "navigate" && (into === undefined || into === "document") && by === "GET";

      assert.equal(judged(headers, RULES, by) === null, isOwnOrigin && isOwnSite);
      const linked = judged(headers, LINKED, by) === null;
      assert.equal(linked, isOwnOrigin && (isOwnSite || isLink) && (by === "GET" || by === "HEAD"));
    }),
    { numRuns: 2000 },
  );
});

Deno.test("judgeHead: given a long head or body, when judged, then 431 and 413 say how much is read", () => {
  const long = "x".repeat(17 * 1024);
  assert.equal(judged({ cookie: long })?.status, 431);
  assert.equal(judged({}, RULES, "GET", `/${long}`)?.status, 431);
  for (const length of ["101", "1e9", "5, 5", "-", "NaN"]) {
    const refusal = judged({ "content-length": length }, RULES, "POST");
    assert.equal(refusal?.status, 413, length);
    assert.match(refusal.message, /at most 100 bytes/);
  }
});

Deno.test("judgeHead: given a method that is not accepted, when judged, then 405 names those that are", () => {
  assert.deepEqual(judged({}, LINKED, "PUT")?.headers, { allow: "GET, HEAD" });
});
