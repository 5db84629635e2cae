import assert from "node:assert/strict";
import { isProxied } from "../../../schemas/net/proxied.ts";

const table: readonly (readonly [string, Readonly<Record<string, string>>, boolean])[] = [
  ["http://h/", {}, false],
  ["http://h/", { HTTP_PROXY: "http://p:3128" }, true],
  ["http://h/", { http_proxy: "p:3128" }, true],
  ["https://h/", { HTTP_PROXY: "http://p:3128" }, false],
  ["https://h/", { HTTPS_PROXY: "http://me:pw@p:3128/" }, true],
  ["https://h/", { https_proxy: "socks5://p" }, true],
  ["https://h/", { ALL_PROXY: "http://p" }, true],
  ["http://h/", { HTTP_PROXY: "http://p", REQUEST_METHOD: "GET" }, false],
  // What the runtime ignores is no proxy: the request would go out directly.
  ["http://h/", { HTTP_PROXY: "ftp://p" }, false],
  ["http://h/", { HTTP_PROXY: "" }, false],
  ["http://h/", { HTTP_PROXY: " http://p" }, false],
  ["http://h/", { HTTP_PROXY: "http://user@p" }, false],
  ["http://a.b.example/", { HTTP_PROXY: "http://p", NO_PROXY: "x, b.example" }, false],
  ["http://a.b.example/", { HTTP_PROXY: "http://p", NO_PROXY: ".example" }, false],
  ["http://a.b.example/", { HTTP_PROXY: "http://p", no_proxy: "*" }, false],
  ["http://a.b.example/", { HTTP_PROXY: "http://p", NO_PROXY: "c.example,ample" }, true],
  ["http://10.1.2.3/", { HTTP_PROXY: "http://p", NO_PROXY: "10.0.0.0/8" }, false],
  ["http://11.1.2.3/", { HTTP_PROXY: "http://p", NO_PROXY: "10.0.0.0/8" }, true],
  ["http://[fd00::1]/", { HTTP_PROXY: "http://p", NO_PROXY: "fd00::1" }, false],
];

for (const [url, env, wanted] of table) {
  Deno.test(`proxied: given ${url} and ${JSON.stringify(env)}, when asked, then ${wanted}`, () => {
    assert.equal(isProxied(new URL(url), env), wanted);
  });
}
