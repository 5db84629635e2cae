import assert from "node:assert/strict";
import fc from "fast-check";
import { type Asked, judge, type RawAnswer } from "../../../schemas/prefect3/api_answer.ts";

const ASKED: Asked = { base: "http://prefect/api", accept: [404], extraCodes: [], nowMs: 0 };

function answer(status: number, body: unknown, headers: RawAnswer["headers"] = {}): RawAnswer {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return { status, headers, body: new TextEncoder().encode(text) };
}

/** What an answer is taken for: its kind, and where it passes the cause. */
function kindOf(given: RawAnswer, asked: Partial<Asked> = {}): string {
  const judged = judge(given, { ...ASKED, ...asked });
  return judged.kind === "passing" ? judged.cause : judged.kind;
}

const PAGE = "<!doctype html><html><body>Prefect UI</body></html>";
const HTML = { "content-type": "text/html; charset=utf-8" };

for (
  const [what, given, expected] of [
    ["an object", answer(200, { id: "1" }), "answer"],
    ["no body", answer(204, ""), "answer"],
    ["a number that JSON does not have", answer(200, '{"parameters": {"x": NaN}}'), "answer"],
    ["a page with status 200", answer(200, PAGE, HTML), "foreign"],
    ["a page without a content type", answer(200, PAGE), "foreign"],
    ["half a JSON text", answer(200, '[{"id": "1"'), "unreadable"],
    ["text that is no JSON", answer(200, "it works"), "unreadable"],
    ["a proxy's JSON with status 200", answer(200, { error: "upstream", code: 7 }), "foreign"],
    ["a redirect to a login", answer(302, "", { location: "https://login/" }), "foreign"],
    ["408", answer(408, {}), "failing"],
    ["429", answer(429, {}), "throttled"],
    ["500", answer(500, { exception_message: "Internal Server Error" }), "failing"],
    ["503", answer(503, { exception_message: "Service Unavailable" }), "failing"],
    ["504 with a page", answer(504, PAGE, HTML), "failing"],
    ["520 with a page", answer(520, PAGE, HTML), "failing"],
    ["530", answer(530, ""), "failing"],
    ["501", answer(501, {}), "final"],
    ["maintenance", answer(503, {}, { "prefect-maintenance": "true" }), "maintenance"],
    ["a flow run that is not there", answer(404, { detail: "Flow run not found" }), "answer"],
    ["a run that set_state does not find", answer(404, { exception_message: "… not found" }), "answer"],
    ["a route that the server does not have", answer(404, { detail: "Not Found" }), "answer"],
    [
      "a gateway's problem details",
      answer(404, { type: "about:blank", title: "Not Found", status: 404, detail: "no route" }),
      "foreign",
    ],
    ["a gateway's detail with a status", answer(404, { detail: "no upstream", status: 404 }), "foreign"],
    ["a gateway's message", answer(404, { message: "no Route matched with those values" }), "foreign"],
    ["a gateway's text", answer(404, "404 page not found"), "foreign"],
    ["a page with status 404", answer(404, PAGE, HTML), "foreign"],
    ["401", answer(401, { detail: "Unauthorized" }), "final"],
    ["403", answer(403, { detail: "Forbidden" }), "final"],
    ["403 for the token", answer(403, { detail: "Invalid CSRF token or client identifier." }), "csrf"],
    ["422", answer(422, { exception_message: "Invalid request received." }), "final"],
    ["409", answer(409, { detail: "exists" }), "final"],
  ] as const
) {
  Deno.test(`API answer: given ${what}, when it is judged, then it is: ${expected}`, () => {
    assert.equal(kindOf(given), expected);
  });
}

Deno.test("API answer: given any status from 500 on but 501, whatever the body, when it is judged, then it passes", () => {
  const status = fc.integer({ min: 500, max: 599 }).filter((one) => one !== 501);
  const body = fc.oneof(fc.constant(PAGE), fc.constant(""), fc.json(), fc.string());

  fc.assert(fc.property(status, body, (code, text) => {
    assert.equal(judge(answer(code, text), ASKED).kind, "passing");
  }));
});

Deno.test("API answer: given any refusal below 500, when it is judged, then it is never an answer that was not accepted", () => {
  const status = fc.integer({ min: 400, max: 499 });

  fc.assert(fc.property(status, fc.anything(), (code, body) => {
    const judged = judge(answer(code, JSON.stringify(body) ?? ""), { ...ASKED, accept: [] });
    assert.notEqual(judged.kind, "answer");
  }));
});

Deno.test("API answer: given codes that the user adds, when they are answered, then they pass, and an accepted status stays an answer", () => {
  assert.equal(kindOf(answer(418, { detail: "tea" }), { extraCodes: [418] }), "failing");
  assert.equal(kindOf(answer(418, { detail: "tea" })), "final");
  assert.equal(kindOf(answer(404, { detail: "Flow run not found" }), { extraCodes: [404] }), "answer");
});

for (
  const [header, ms] of [["7", 7000], ["0", 0], ["Thu, 01 Jan 1970 00:00:20 GMT", 20_000], [
    "soon",
    null,
  ]] as const
) {
  Deno.test(`API answer: given Retry-After: ${header}, when it is judged, then it is waited for ${ms} ms at least`, () => {
    for (const status of [429, 503]) {
      const judged = judge(answer(status, {}, { "retry-after": header }), ASKED);
      assert.equal(judged.kind === "passing" && judged.atLeastMs, ms);
    }
  });
}
