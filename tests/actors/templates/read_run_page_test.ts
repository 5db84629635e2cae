/** Pages that runs name: what is asked is seen at a proxy or resolver of the test, and nothing is sent. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import type { HttpAnswer, HttpRequest } from "../../../actors/http/http.ts";
import { makeReadRunPage, type RunPageDeps } from "../../../actors/templates/read_run_page.ts";
import { parsePlace } from "../../../schemas/templates/template_place.ts";
import { templateSettings } from "../../../schemas/templates/template_options.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";
import { fakeClock } from "../../support/clock.ts";

const PROXY = { HTTP_PROXY: "http://proxy.example:3128", HTTPS_PROXY: "http://proxy.example:3128" };

/** Answers of a proxy by URL; what is not listed answers with the text `page`. */
type Answers = Readonly<Record<string, { readonly status?: number; readonly location?: string }>>;

/** A reader behind a proxy that is the test. */
function behindProxy(answers: Answers = {}, settings: Partial<RunPageDeps["settings"]> = {}) {
  const asked: HttpRequest[] = [];
  const resolved: string[] = [];
  const read = makeReadRunPage({
    clock: fakeClock(0),
    caCerts: [],
    env: PROXY,
    settings: { places: null, allowed: [], ...settings },
    lookup: (host) => {
      resolved.push(host);
      return Promise.resolve([]);
    },
    http: (request): Promise<HttpAnswer> => {
      asked.push(request);
      const { status = 200, location } = answers[request.url] ?? {};
      const headers: Record<string, string> = location === undefined ? {} : { location };
      return Promise.resolve({ status, headers, body: new TextEncoder().encode("page") });
    },
  });
  const signal = new AbortController().signal;
  return {
    asked,
    resolved,
    urls: () => asked.map(({ url }) => url),
    read: (url: string) => read(url, signal).catch((thrown: unknown) => thrown),
  };
}

function messageOf(thrown: unknown): string {
  assert.ok(thrown instanceof FailureError, String(thrown));
  return `${thrown.failure.tag}: ${thrown.failure.message}`;
}

const HOSTILE = [
  "127.0.0.1",
  "127.1",
  "2130706433",
  "0x7f000001",
  "0177.0.0.1",
  "%31%32%37.0.0.1",
  "１２７.０.０.１",
  "169.254.169.254",
  "169.254.170.2",
  "2852039166",
  "0xa9fea9fe",
  "0.0.0.0",
  "0",
  "[::1]",
  "[::]",
  "[::ffff:169.254.169.254]",
  "[64:ff9b::a9fe:a9fe]",
  "[2002:7f00:1::]",
  "[fe80::1]",
  "[fd00:ec2::254]",
  "224.0.0.1",
  "255.255.255.255",
  "localhost",
  "x.LOCALHOST.",
];

for (const host of HOSTILE) {
  Deno.test(`run page: given ${host}, when a run names it or is redirected to it, then the proxy is not asked for it`, async () => {
    const direct = behindProxy();
    const redirected = behindProxy({ "http://good.example/": { status: 302, location: `http://${host}/x` } });

    const first = messageOf(await direct.read(`http://me:pw@${host}:8080/latest/`));
    const second = messageOf(await redirected.read("http://good.example/"));

    assert.match(
      first,
      /^configuration: it leads to an? .*, which no flow run may name; .*--allow-template-address/,
    );
    assert.equal(second, first);
    assert.deepEqual([direct.urls(), redirected.urls()], [[], ["http://good.example/"]]);
  });
}

Deno.test("run page: given a name behind a proxy, when read, then the proxy gets the name and nothing is resolved here", async () => {
  const { read, asked, resolved } = behindProxy();

  const reading = await read("https://name.example/t.yaml?sig=1");

  assert.deepEqual(reading, { kind: "text", text: "page" });
  assert.deepEqual(asked.map(({ url, redirect, maxBytes }) => [url, redirect, maxBytes]), [[
    "https://name.example/t.yaml?sig=1",
    "manual",
    262_144,
  ]]);
  assert.deepEqual(resolved, []);
});

Deno.test("run page: given private addresses, when read, then they are asked as the originals ask them", async () => {
  const { read, urls } = behindProxy();

  for (const host of ["10.0.0.1", "192.168.1.1", "[fd12::1]"]) await read(`http://${host}/t.yaml`);

  assert.deepEqual(urls(), [
    "http://10.0.0.1/t.yaml",
    "http://192.168.1.1/t.yaml",
    "http://[fd12::1]/t.yaml",
  ]);
});

Deno.test("run page: given an allowed address, when named or redirected to in another spelling, then it is asked", async () => {
  const settings = templateSettings({ "allow-template-address": ["127.0.0.1:8080"] });
  const world = behindProxy(
    { "http://good.example/": { status: 307, location: "http://0x7f.1:8080/b" } },
    settings,
  );

  await world.read("http://2130706433:8080/a");
  await world.read("http://good.example/");
  const otherPort = messageOf(await world.read("http://127.0.0.1:9090/a"));

  assert.deepEqual(world.urls(), [
    "http://127.0.0.1:8080/a",
    "http://good.example/",
    "http://127.0.0.1:8080/b",
  ]);
  assert.match(otherPort, /loopback/);
});

const REDIRECTS: readonly (readonly [string, Answers, RegExp])[] = [
  [
    "to a weaker scheme",
    { "https://a.example/": { status: 301, location: "http://a.example/" } },
    /https to http/,
  ],
  ["to a file", { "https://a.example/": { status: 302, location: "file:///etc/passwd" } }, /another scheme/],
  ["to no URL", { "https://a.example/": { status: 302, location: "https://[" } }, /not a URL/],
  ["to itself for ever", { "https://a.example/": { status: 308, location: "/" } }, /more than 5 times/],
  ["without a target", { "https://a.example/": { status: 303 } }, /HTTP status 303/],
];

for (const [what, answers, problem] of REDIRECTS) {
  Deno.test(`run page: given a redirect ${what}, when read, then it is refused`, async () => {
    const world = behindProxy(answers);

    const message = messageOf(await world.read("https://a.example/"));

    assert.match(message, problem);
    assert.ok(world.urls().every((url) => url === "https://a.example/") && world.asked.length <= 6);
  });
}

Deno.test("run page: given a generated chain of redirects, when one leads outside of the listed places, then nothing outside is asked", async () => {
  const place = parsePlace("https://a.example/t/");
  assert.ok(place);
  const step = fc.constantFrom("/t/x", "/t/../s", "/t/%2e%2e/s", "https://b.example/t/x", "/t/y?z", "/tt/x");
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 5 }), async (steps) => {
    const urls = steps.reduce<string[]>(
      (all, to) => [...all, new URL(to, all.at(-1)).href],
      ["https://a.example/t/start"],
    );
    const chain: [string, { status: number; location: string }][] = urls.slice(0, -1).map((url, index) => [
      url,
      { status: 302, location: urls[index + 1] ?? "" },
    ]);
    const world = behindProxy(Object.fromEntries(chain), { places: [place] });

    await world.read("https://a.example/t/start");

    assert.ok(world.urls().every((url) => url.startsWith("https://a.example/t/")), world.urls().join());
  }));
});

Deno.test("run page: given a user and password, when redirected, then they stay with their own origin", async () => {
  const { read, urls } = behindProxy({
    "https://me:pw@a.example/1": { status: 302, location: "/2" },
    "https://me:pw@a.example/2": { status: 302, location: "https://b.example/3" },
  });

  await read("https://me:pw@a.example/1");

  assert.deepEqual(urls(), ["https://me:pw@a.example/1", "https://me:pw@a.example/2", "https://b.example/3"]);
});

Deno.test("run page: given an error page, when read, then it is no template, and a passing fault may be tried again", async () => {
  const { read } = behindProxy({
    "http://a.example/": { status: 404 },
    "http://b.example/?sig=1": { status: 503 },
  });

  const absent = messageOf(await read("http://a.example/"));
  const busy = messageOf(await read("http://b.example/?sig=1"));

  assert.equal(absent, "configuration: the server answered with HTTP status 404");
  assert.equal(busy, "unavailable: Cannot read http://b.example: the server answered with HTTP status 503");
});

Deno.test("run page: given names that resolve to refused addresses, when read without a proxy, then nothing is connected to", async () => {
  const lists = [["127.0.0.1"], ["::1", "127.0.0.1"], ["169.254.169.254"], ["fe80::1%eth0"], [
    "::ffff:169.254.170.2",
  ]];
  for (const addresses of lists) {
    let lookups = 0;
    const read = makeReadRunPage({
      clock: fakeClock(0),
      caCerts: [],
      env: {},
      settings: { places: null, allowed: [] },
      lookup: () => {
        lookups++;
        return Promise.resolve(addresses);
      },
      http: () => assert.fail("no proxy is used"),
    });

    const thrown = await read("http://name.example/", new AbortController().signal).catch((error) => error);

    assert.match(messageOf(thrown), /^configuration: it leads to/);
    assert.equal(lookups, 1);
  }
});
