import assert from "node:assert/strict";
import { isListed, parseHostPort } from "../../../schemas/net/host_port.ts";

const listed = (option: string, host: string, port = 80) => {
  const parsed = parseHostPort(option);
  return parsed !== undefined && isListed([parsed], { host, port });
};

for (
  const host of ["127.0.0.1", "0x7f.1", "2130706433", "0177.0.0.1", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"]
) {
  Deno.test(`host: given 127.0.0.1 on the list, when ${host} is asked, then it is the same address`, () => {
    assert.ok(listed("127.0.0.1", host));
    assert.ok(listed(host, "127.0.0.1"));
    assert.ok(!listed(host, "127.0.0.2"));
  });
}

Deno.test("host: given names, when compared, then case and a dot at the end do not matter, a suffix does", () => {
  assert.ok(listed("Templates.Example", "templates.example"));
  assert.ok(listed("templates.example.", "templates.example"));
  assert.ok(!listed("example", "templates.example"));
});

Deno.test("host: given a port, when compared, then it must be that one; without a port any will do", () => {
  assert.ok(listed("localhost:8080", "localhost", 8080));
  assert.ok(!listed("localhost:8080", "localhost", 80));
  assert.ok(listed("[::1]:443", "[::1]", 443));
  assert.ok(listed("::1", "[0:0:0:0:0:0:0:1]", 1234));
});

Deno.test("host: given what is neither HOST nor HOST:PORT, when parsed, then nothing", () => {
  for (const text of ["", "http://h", "h:70000", "h:x", "h/p", "a b", "u@h", "h:", "[::1"]) {
    assert.equal(parseHostPort(text), undefined, text);
  }
});
