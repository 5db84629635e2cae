import assert from "node:assert/strict";
import fc from "fast-check";
import { bearerOf, isTokenRight, newToken, tokenGiven } from "../../../schemas/guard/token.ts";

Deno.test("tokenGiven: given address and cookies, when looked for, then the address wins and only this cookie counts", () => {
  const none = new URLSearchParams();

  assert.equal(tokenGiven(new URLSearchParams("token=a"), "inspector-1=b", "inspector-1"), "a");
  assert.equal(tokenGiven(none, "x=1; inspector-1=b", "inspector-1"), "b");
  assert.equal(tokenGiven(none, "inspector-2=b; xinspector-1=c; inspector-11=d", "inspector-1"), null);
  assert.equal(tokenGiven(none, null, "inspector-1"), null);
});

Deno.test("isTokenRight: given any other text than the token, when compared, then it is wrong", () => {
  const token = newToken();
  assert.equal(isTokenRight(token, token), true);
  for (
    const given of [null, "", token.slice(1), token.slice(0, -1), `${token}0`, token.toUpperCase() + "A"]
  ) {
    assert.equal(isTokenRight(given, token), false, String(given));
  }
  assert.equal(isTokenRight(token + token, token), false);
  fc.assert(fc.property(fc.string({ unit: "binary" }), fc.string(), (given, wanted) => {
    assert.equal(isTokenRight(given, wanted), given === wanted && wanted !== "");
  }));
});

Deno.test("newToken: given many, when compared, then each has 32 hexadecimal digits and none is twice", () => {
  const tokens = Array.from({ length: 1000 }, newToken);
  assert.equal(new Set(tokens).size, 1000);
  for (const token of tokens) assert.match(token, /^[0-9a-f]{32}$/);
});

Deno.test("bearerOf: given headers, when read, then only a bearer token is one", () => {
  assert.equal(bearerOf("Bearer abc"), "abc");
  assert.equal(bearerOf("bearer  abc "), "abc");
  for (const header of [null, "", "Bearer", "Bearer ", "Basic abc", "abc", "Bearer a b"]) {
    assert.equal(bearerOf(header), null, String(header));
  }
});
