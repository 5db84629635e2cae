import assert from "node:assert/strict";
import fc from "fast-check";
import { environmentValues, hideValues } from "../../../schemas/secrets/conceal.ts";
import { messageText } from "../../../schemas/failure/message_text.ts";

const request = {
  family: "prefect-etl",
  containerDefinitions: [
    { name: "flow", environment: [{ name: "PASSWORD", value: "hunter22" }, { name: "SHORT", value: "yes" }] },
    { name: "side", environment: [{ name: "LONGER", value: "hunter22-and-more" }] },
  ],
  overrides: {
    containerOverrides: [{
      environment: [
        { name: "PREFECT__CLOUD__API_KEY", value: "key-0123456789" },
        { name: "PREFECT__CONTEXT__FLOW_RUN_ID", value: "f00dcafe-0000" },
        { name: "ODD", value: ["not text"] },
      ],
    }],
  },
};

Deno.test("conceal: given a request, when its values are gathered, then all but short and public ones, longest first", () => {
  assert.deepEqual(environmentValues(request), ["hunter22-and-more", "key-0123456789", "hunter22"]);
});

Deno.test("conceal: given environments of any other shape, when values are gathered, then there are none", () => {
  for (const environment of [null, "hunter22", { PASSWORD: "hunter22" }, ["hunter22"], [[]], 7]) {
    assert.deepEqual(environmentValues({ containerDefinitions: [{ environment }] }), []);
  }
});

Deno.test("conceal: given a refusal that quotes the request, when values are hidden, then names stay and values do not", () => {
  const told = hideValues(`Bad override: ${JSON.stringify(request)}`, environmentValues(request));

  for (const value of environmentValues(request)) assert.ok(!told.includes(value), told);
  assert.match(told, /"name":"PASSWORD","value":"\(hidden\)"/);
  assert.match(told, /f00dcafe-0000/);
});

Deno.test("conceal: given a value that JSON escapes, when the JSON is quoted, then it is hidden as well", () => {
  const value = 'line one\n"two"\\';

  assert.equal(hideValues(`Bad: ${JSON.stringify({ value })}`, [value]), 'Bad: {"value":"(hidden)"}');
});

Deno.test("conceal: given a text that was cut within a value, when values are hidden, then no part of it is left", () => {
  const value = "s3cret-0123456789";
  fc.assert(fc.property(fc.integer({ min: 6, max: value.length - 1 }), (length) => {
    for (const end of ["…", "… (20000 characters in all)"]) {
      assert.equal(hideValues(`Bad ${value.slice(0, length)}${end}`, [value]), `Bad (hidden)${end}`);
    }
  }));
});

Deno.test("conceal: given a long refusal with a secret at any place, when cut and hidden in either order, then it is gone", () => {
  const value = "s3cret-0123456789";
  fc.assert(fc.property(fc.integer({ min: 9_900, max: 10_050 }), (before) => {
    const text = `${"x".repeat(before)}${value}${"y".repeat(500)}`;
    for (const told of [hideValues(messageText(text), [value]), messageText(hideValues(text, [value]))]) {
      assert.ok(!told.includes(value.slice(0, 6)), told.slice(-60));
    }
  }));
});
