import assert from "node:assert/strict";
import {
  isHostAllowed,
  isLoopback,
  isOriginAllowed,
  isTokenRight,
  tokenGiven,
} from "../../../schemas/observability/inspector_access.ts";

const HOSTS: readonly (readonly [string, string, boolean])[] = [
  ["127.0.0.1", "127.0.0.1:9300", true],
  ["127.0.0.1", "localhost:9300", true],
  ["127.0.0.1", "LOCALHOST:9300", true],
  ["127.0.0.1", "[::1]:9300", true],
  ["127.0.0.1", "127.0.0.1:9301", false],
  ["127.0.0.1", "127.0.0.1", false],
  ["127.0.0.1", "evil.example:9300", false],
  ["127.0.0.1", "127.0.0.1.evil.example:9300", false],
  ["127.0.0.1", "localhost:9300@evil", false],
  ["127.0.0.1", "", false],
  ["0.0.0.0", "10.0.0.5:9300", true],
  ["0.0.0.0", "[fe80::1]:9300", true],
  ["0.0.0.0", "evil.example:9300", false],
  ["agent.internal", "agent.internal:9300", true],
  ["agent.internal", "localhost:9300", false],
];

for (const [hostname, host, allowed] of HOSTS) {
  Deno.test(`isHostAllowed: given a page at ${hostname}:9300, when asked as "${host}", then ${allowed}`, () => {
    assert.equal(isHostAllowed(host, { hostname, port: 9300 }), allowed);
  });
}

Deno.test("isOriginAllowed: given its own origin or none, when asked, then only another one is refused", () => {
  assert.equal(isOriginAllowed(null, "localhost:1"), true);
  assert.equal(isOriginAllowed("http://localhost:1", "localhost:1"), true);
  for (const origin of ["null", "http://localhost:2", "https://localhost:1", "http://evil"]) {
    assert.equal(isOriginAllowed(origin, "localhost:1"), false, origin);
  }
});

Deno.test("isLoopback: given hosts, when asked, then only those of this machine are", () => {
  for (const host of ["127.0.0.1", "127.8.8.8", "::1", "localhost"]) assert.ok(isLoopback(host), host);
  for (const host of ["0.0.0.0", "::", "10.0.0.1", "example", "127.evil"]) assert.ok(!isLoopback(host), host);
});

Deno.test("token: given address and cookies, when looked for, then the address wins and only this port's cookie counts", () => {
  const none = new URLSearchParams();

  assert.equal(tokenGiven(new URLSearchParams("token=a"), "inspector-1=b", 1), "a");
  assert.equal(tokenGiven(none, "x=1; inspector-1=b", 1), "b");
  assert.equal(tokenGiven(none, "inspector-2=b", 1), null);
  assert.equal(tokenGiven(none, null, 1), null);
});

Deno.test("isTokenRight: given tokens, when compared, then only the whole token is right", () => {
  for (const given of [null, "", "abc", "abcde", "abcD", "abcdabcd"]) {
    assert.equal(isTokenRight(given, "abcd"), false);
  }
  assert.equal(isTokenRight("abcd", "abcd"), true);
});
