import assert from "node:assert/strict";
import { proxyFor, socketAddress } from "../../../../actors/prefect3/sockets/address.ts";
import { Secret } from "../../../../schemas/secrets/secret.ts";
import { LOCAL_API } from "../../../support/prefect3/fake_sockets.ts";

const PATH = ["work_pools", "Data (EU) #2 + ü?/x", "workers", "connect"];

Deno.test("socket address: given base addresses as people write them, when a socket is addressed, then scheme and segments are right", () => {
  const ends = "/work_pools/Data%20(EU)%20%232%20%2B%20%C3%BC%3F%2Fx/workers/connect";
  const rows = [
    ["http://h:4200/api", "ws://h:4200/api"],
    ["http://h:4200/api/", "ws://h:4200/api"],
    ["https://h/base/api//", "wss://h/base/api"],
    ["HTTPS://h/api", "wss://h/api"],
    ["https://h//api", "wss://h/api"],
    ["https://me:secret@h/api", "wss://h/api"],
  ] as const;
  for (const [url, base] of rows) {
    assert.equal(socketAddress({ ...LOCAL_API, url }, PATH).url, base + ends);
  }
});

Deno.test("socket address: given key, auth string, name and password in the address, or none, when a socket is addressed, then header and token say who it is", () => {
  const key = new Secret("pnu_1");
  const authString = new Secret("admin:pä");
  const basic = "Basic YWRtaW46cMOk";
  const rows = [
    [{ key: null, authString: null }, undefined, null],
    [{ key: null, authString: null, url: "https://admin:p%C3%A4@h/api" }, basic, "admin:pä"],
    [{ key, authString: null }, "Bearer pnu_1", "pnu_1"],
    [{ key: new Secret("pnu_1\n"), authString: null }, "Bearer pnu_1", "pnu_1"],
    [{ key, authString }, basic, "admin:pä"],
    [{ key: null, authString }, basic, "admin:pä"],
  ] as const;
  for (const [over, header, token] of rows) {
    const address = socketAddress({ ...LOCAL_API, ...over }, ["events", "out"]);
    assert.deepEqual([address.headers["authorization"], address.token], [header, token]);
  }
});

Deno.test("socket address: given custom headers, when a socket is addressed, then they go along but replace none of the handshake", () => {
  const headers = {
    "X-Tenant": "a",
    "user-agent": "mine",
    "Sec-WebSocket-Key": "k",
    Upgrade: "h2c",
    Host: "other",
    Authorization: "Basic own",
  };

  const address = socketAddress({ ...LOCAL_API, key: new Secret("k"), headers }, []);

  assert.deepEqual(address.headers, {
    "x-tenant": "a",
    authorization: "Basic own",
    "user-agent": "prefect/3.9.1 (API 0.8.4)",
    "x-prefect-api-version": "0.8.4",
  });
});

Deno.test("socket proxy: given proxy variables, when a socket is opened, then the one of its scheme counts, and none that is not HTTP", () => {
  const rows = [
    ["wss://api.example.com/x", {}, null],
    ["wss://api.example.com/x", { HTTPS_PROXY: "http://p:3128" }, "http://p:3128"],
    ["wss://api.example.com/x", { HTTP_PROXY: "http://p:3128" }, null],
    ["ws://api.example.com/x", { HTTP_PROXY: "p:3128" }, "http://p:3128"],
    ["wss://api.example.com/x", { HTTPS_PROXY: "http://p:3128", NO_PROXY: ".example.com" }, null],
    ["wss://api.example.com/x", { ALL_PROXY: "socks5://p:1080" }, null],
  ] as const;
  for (const [url, env, expected] of rows) assert.equal(proxyFor(new URL(url), env), expected);
});
