import assert from "node:assert/strict";
import fc from "fast-check";
import { type HostRule, isHostAllowed, isLoopback, parseHost } from "../../../schemas/guard/host.ts";

const LOOPBACK: HostRule = { names: ["127.0.0.1", "localhost"], addresses: "loopback", port: 9300 };
const EVERYWHERE: HostRule = { ...LOOPBACK, addresses: "all" };
const NAMED: HostRule = { names: ["agent.internal"], addresses: "none", port: 9300 };
const HEALTH: HostRule = {
  names: ["localhost", "prometheus-target"],
  addresses: "all",
  port: null,
  absent: "answered",
};

const HOSTS: readonly (readonly [HostRule, string | null, boolean])[] = [
  [LOOPBACK, "127.0.0.1:9300", true],
  [LOOPBACK, "127.8.8.8:9300", true],
  [LOOPBACK, "localhost:9300", true],
  [LOOPBACK, "LOCALHOST:9300", true],
  [LOOPBACK, "localhost.:9300", true],
  [LOOPBACK, "[::1]:9300", true],
  [LOOPBACK, "[0:0:0:0:0:0:0:1]:9300", true],
  [LOOPBACK, "127.0.0.1:9301", false],
  [LOOPBACK, "127.0.0.1", false],
  [LOOPBACK, "10.0.0.5:9300", false],
  [LOOPBACK, "evil.example:9300", false],
  [LOOPBACK, "127.0.0.1.evil.example:9300", false],
  [LOOPBACK, "localhost.evil.example:9300", false],
  [LOOPBACK, "localhost:9300@evil", false],
  [LOOPBACK, "localhost:9300, evil", false],
  [LOOPBACK, "", false],
  [LOOPBACK, null, false],
  [EVERYWHERE, "10.0.0.5:9300", true],
  [EVERYWHERE, "[fe80::1]:9300", true],
  [EVERYWHERE, "evil.example:9300", false],
  [NAMED, "agent.internal:9300", true],
  [NAMED, "localhost:9300", false],
  [NAMED, "10.0.0.5:9300", false],
  [HEALTH, "10.1.2.3", true],
  [HEALTH, "10.1.2.3:31234", true],
  [HEALTH, "[2001:db8::7]:8080", true],
  [HEALTH, "Prometheus-Target:8080", true],
  [HEALTH, "prometheus-target.evil.example", false],
  [HEALTH, "256.1.1.1", false],
  [HEALTH, "1.2.3", false],
  [HEALTH, "0x7f000001", false],
  [HEALTH, "::1", false],
  [HEALTH, "[127.0.0.1]", false],
  [HEALTH, "[evil.example]", false],
  [HEALTH, "10.1.2.3:99999", false],
  [HEALTH, "", true],
  [HEALTH, null, true],
  [{ ...HEALTH, other: "all" }, "any.name.at.all", true],
  [{ ...HEALTH, other: "all" }, "no name", false],
];

for (const [rule, host, allowed] of HOSTS) {
  Deno.test(`isHostAllowed: given ${JSON.stringify(rule)}, when asked as ${JSON.stringify(host)}, then ${allowed}`, () => {
    assert.equal(isHostAllowed(host, rule), allowed);
  });
}

Deno.test("isHostAllowed: given any name of another domain in any spelling, when asked, then it is refused", () => {
  const label = fc.stringMatching(/^[a-z]([a-z0-9-]{0,10}[a-z0-9])?$/);
  const around = fc.constantFrom("", "localhost.", "127.0.0.1.", "prometheus-target.", "169.254.169.254.");
  fc.assert(
    fc.property(
      around,
      label,
      label,
      fc.constantFrom("", ":80", ":9300"),
      fc.boolean(),
      (front, a, b, port, up) => {
        const host = `${front}${a}.${b}x${port}`;
        for (const rule of [LOOPBACK, EVERYWHERE, NAMED, HEALTH]) {
          assert.equal(isHostAllowed(up ? host.toUpperCase() : host, rule), false);
        }
      },
    ),
  );
});

Deno.test("isHostAllowed: given any address, when the health rule is asked, then it is answered", () => {
  fc.assert(fc.property(fc.ipV4(), fc.nat(65_535), (address, port) => {
    assert.ok(isHostAllowed(address, HEALTH) && isHostAllowed(`${address}:${port}`, HEALTH));
  }));
  fc.assert(fc.property(fc.ipV6(), fc.nat(65_535), (address, port) => {
    assert.ok(isHostAllowed(`[${address}]`, HEALTH) && isHostAllowed(`[${address}]:${port}`, HEALTH));
  }));
});

Deno.test("parseHost: given any text, when parsed, then it is null or a name without a character of another part", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const host = parseHost(text);
    if (host !== null) assert.match(host.name, /^[a-z0-9._:%-]+$/);
  }));
});

Deno.test("isLoopback: given hosts, when asked, then only those of this machine are", () => {
  for (const host of ["127.0.0.1", "127.8.8.8", "::1", "0:0::1", "localhost", "LocalHost"]) {
    assert.ok(isLoopback(host), host);
  }
  for (const host of ["0.0.0.0", "::", "10.0.0.1", "example", "127.evil", "127.0.0.1.x", "::ffff:1.2.3.4"]) {
    assert.ok(!isLoopback(host), host);
  }
});
