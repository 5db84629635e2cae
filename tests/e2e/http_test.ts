/**
 * The HTTP call against real servers on loopback: statuses, slow and broken answers, proxy, own authorities.
 *
 * The key below `tls/` belongs to a certificate for localhost, made for this test only.
 *
 * @module
 */

import assert from "node:assert/strict";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import type { Http, HttpRequest } from "../../actors/http/http.ts";
import { locateFrom } from "../../commands/wiring/locate.ts";
import { openHttp } from "../../commands/wiring/open_http.ts";
import type { Failure } from "../../schemas/failure/failure.ts";

const HERE = new URL(".", import.meta.url);
const fileOf = (name: string) => new URL(`tls/${name}`, HERE).pathname;
const text = (body: Uint8Array) => new TextDecoder().decode(body);

type Handler = (request: Request) => Response | Promise<Response>;

/** Serves while `use` runs. */
async function serving(
  handler: Handler,
  use: (base: string) => Promise<void>,
  tls?: { cert: string; key: string },
) {
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => undefined };
  const server = Deno.serve(tls === undefined ? options : { ...options, ...tls }, handler);
  try {
    await use(`${tls === undefined ? "http" : "https"}://localhost:${server.addr.port}`);
  } finally {
    await server.shutdown();
  }
}

/** A server that does as told with the bare connection. */
async function servingRaw(
  talk: (socket: Deno.TcpConn) => Promise<void>,
  use: (base: string) => Promise<void>,
) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepting = (async () => {
    for await (const socket of listener) {
      await talk(socket).catch(() => undefined);
      try {
        socket.close();
      } catch {
        // Handed over or closed by the other side already.
      }
    }
  })();
  try {
    await use(`http://127.0.0.1:${listener.addr.port}`);
  } finally {
    listener.close();
    await accepting.catch(() => undefined);
  }
}

async function withHttp(env: Record<string, string>, use: (http: Http) => Promise<void>): Promise<void> {
  const http = openHttp({ env, locate: locateFrom(env) });
  try {
    await use(http);
  } finally {
    http.close();
  }
}

function request(url: string, more: Partial<HttpRequest> = {}): HttpRequest {
  return {
    method: "POST",
    url,
    headers: { "Content-Type": "application/json" },
    body: "{}",
    timeoutMs: 5000,
    ...more,
  };
}

async function failureOf(call: Promise<unknown>): Promise<Failure> {
  return await call.then(() => assert.fail("it went well"), (error) => error.failure);
}

Deno.test("http: given any status, when called, then status, headers and body come back", async () => {
  const echo: Handler = async (asked) =>
    new Response(await asked.text(), {
      status: Number(new URL(asked.url).pathname.slice(1)),
      headers: { "X-Who": "Me" },
    });
  await serving(echo, (base) =>
    withHttp({}, async ({ call }) => {
      for (const status of [200, 301, 400, 401, 429, 500, 503]) {
        const got = await call(request(`${base}/${status}`, { body: `body of ${status}` }));

        assert.deepEqual([got.status, got.headers["x-who"], text(got.body)], [
          status,
          "Me",
          `body of ${status}`,
        ]);
      }
    }));
});

Deno.test("http: given a redirect, when asked to follow, then the target answers", async () => {
  const redirect: Handler = (asked) =>
    asked.url.endsWith("/from")
      ? new Response(null, { status: 302, headers: { Location: "/to" } })
      : new Response("there");
  await serving(redirect, (base) =>
    withHttp({}, async ({ call }) => {
      const got = await call({ method: "GET", url: `${base}/from`, headers: {}, redirect: "follow" });

      assert.equal(text(got.body), "there");
    }));
});

Deno.test("http: given an answer that never ends, when the time is up, then it timed out", async () => {
  const slow: Handler = () =>
    new Response(new ReadableStream({ start: (to) => to.enqueue(new Uint8Array([123])) }));
  await serving(slow, (base) =>
    withHttp({}, async ({ call }) => {
      const failure = await failureOf(call(request(`${base}/slow?token=s3cret`, { timeoutMs: 150 })));

      assert.deepEqual(failure, { tag: "timedOut", message: `No answer from ${base}/slow within 0.15 s` });
    }));
});

Deno.test("http: given a signal, when it is aborted, then its reason is thrown", async () => {
  const stop = new AbortController();
  const slow: Handler = () => {
    stop.abort(new Error("stopped"));
    return new Response(new ReadableStream());
  };
  await serving(slow, (base) =>
    withHttp({}, async ({ call }) => {
      await assert.rejects(call(request(base, { signal: stop.signal })), { message: "stopped" });
    }));
});

Deno.test("http: given a connection that is dropped, when called, then it is unreachable and the query is not named", async () => {
  const drop = async (socket: Deno.TcpConn) => {
    await socket.read(new Uint8Array(1024));
  };
  await servingRaw(drop, (base) =>
    withHttp({}, async ({ call }) => {
      const failure = await failureOf(call(request(`${base}/x?token=s3cret`)));

      assert.equal(failure.tag, "unreachable");
      assert.match(failure.message, new RegExp(`^Cannot reach ${base}/x: `));
      assert.ok(!failure.message.includes("s3cret"));
    }));
});

Deno.test("http: given a body shorter than announced, when called, then it is unreachable", async () => {
  const cut = async (socket: Deno.TcpConn) => {
    await socket.read(new Uint8Array(1024));
    await socket.write(new TextEncoder().encode('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"data":'));
  };
  await servingRaw(cut, (base) =>
    withHttp({}, async ({ call }) => {
      assert.equal((await failureOf(call(request(base)))).tag, "unreachable");
    }));
});

Deno.test("http: given nobody listens, when called, then it is unreachable and says so", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  await withHttp({}, async ({ call }) => {
    const failure = await failureOf(call(request(`http://user:s3cret@127.0.0.1:${port}/`)));

    assert.equal(failure.tag, "unreachable");
    assert.match(failure.message, /refused/);
    assert.ok(!failure.message.includes("s3cret"));
  });
});

for (const announced of [true, false]) {
  Deno.test(`http: given an answer that is too long, ${announced ? "" : "not "}announced, when called, then it is refused`, async () => {
    const long: Handler = () => {
      const bytes = new Uint8Array(5000);
      return new Response(announced ? bytes : new Blob([bytes]).stream());
    };
    await serving(long, (base) =>
      withHttp({}, async ({ call }) => {
        const failure = await failureOf(call(request(base, { maxBytes: 4000 })));

        assert.equal(failure.tag, "unavailable");
        assert.match(failure.message, /longer than 4000 bytes/);
      }));
  });
}

const PACKERS = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync } as const;

for (const [coding, pack] of Object.entries(PACKERS)) {
  for (const announced of [true, false]) {
    Deno.test(`http: given an answer packed with ${coding}, its length ${announced ? "" : "not "}announced, when called, then it is unpacked up to the bound and no further`, async () => {
      const packed: Handler = ({ url }) => {
        const bytes = new Uint8Array(pack(new Uint8Array(Number(new URL(url).search.slice(1))).fill(0x61)));
        const headers = { "content-encoding": coding };
        return new Response(announced ? bytes : new Blob([bytes]).stream(), { headers });
      };
      await serving(packed, (base) =>
        withHttp({}, async ({ call }) => {
          const { body } = await call(request(`${base}?4000`, { maxBytes: 4000 }));
          assert.equal(text(body), "a".repeat(4000));
          for (const size of [4001, 10_000_000]) {
            const failure = await failureOf(call(request(`${base}?${size}`, { maxBytes: 4000 })));
            assert.equal(failure.tag, "unavailable");
            assert.match(failure.message, /longer than 4000 bytes/);
          }
        }));
    });
  }
}

for (const coding of ["gzip", "compress", "gzip, gzip"]) {
  Deno.test(`http: given an answer that is not packed with ${coding} as it says, when called, then that is told`, async () => {
    const plain: Handler = () => new Response("{}", { headers: { "content-encoding": coding } });
    await serving(plain, (base) =>
      withHttp({}, async ({ call }) => {
        const failure = await failureOf(call(request(base)));

        assert.equal(failure.tag, "unreachable");
        assert.match(failure.message, /not packed as its header says/);
      }));
  });
}

const tls = () => ({
  cert: Deno.readTextFileSync(fileOf("loopback.pem")),
  key: Deno.readTextFileSync(fileOf("loopback_key.pem")),
});
const secure: Handler = () => new Response("secure");

for (
  const variable of [
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "AWS_CA_BUNDLE",
    "SSL_CERT_FILE",
    "NODE_EXTRA_CA_CERTS",
  ]
) {
  Deno.test(`http: given an own authority in ${variable}, when called, then its servers are trusted`, async () => {
    await serving(secure, (base) =>
      withHttp({ [variable]: fileOf("authority.pem") }, async ({ call }) => {
        assert.equal(text((await call(request(base))).body), "secure");
      }), tls());
  });
}

Deno.test("http: given an authority that is not ours, when called, then the certificate is named as the reason", async () => {
  await serving(secure, (base) =>
    withHttp({}, async ({ call }) => {
      const failure = await failureOf(call(request(base)));

      assert.equal(failure.tag, "unreachable");
      assert.match(failure.message, /invalid peer certificate/);
    }), tls());
});

Deno.test("http: given a CA file that is not there, when made, then required ones are refused and the others warned of", () => {
  const make = (env: Record<string, string>) => openHttp({ env, locate: locateFrom(env) });

  assert.throws(
    () => make({ AWS_CA_BUNDLE: "/nowhere.pem" }),
    /AWS_CA_BUNDLE=\/nowhere\.pem: there is no such file/,
  );
  assert.throws(() => make({ REQUESTS_CA_BUNDLE: fileOf("loopback_key.pem") }), /holds no PEM certificate/);
  assert.deepEqual(make({ SSL_CERT_FILE: "/nowhere.pem" }).warnings, [
    "Ignoring SSL_CERT_FILE=/nowhere.pem: there is no such file",
  ]);
});

/** Calls `url` in a process of its own, since Deno reads the proxy variables of its process. */
async function callInChild(url: string, env: Record<string, string>): Promise<string> {
  const code = `
    import { openHttp } from ${JSON.stringify(new URL("../../commands/wiring/open_http.ts", HERE).href)};
    const http = openHttp({ env: Deno.env.toObject(), locate: (path) => path });
    const got = await http.call({ method: "GET", url: ${JSON.stringify(url)}, headers: {}, timeoutMs: 5000 });
    await Deno.stdout.write(got.body);`;
  const args = [
    "run",
    "--allow-net",
    "--allow-env",
    "--allow-read",
    `data:application/typescript,${encodeURIComponent(code)}`,
  ];
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    env: { NO_PROXY: "", no_proxy: "", ...env },
  }).output();
  return text(stdout) + text(stderr);
}

/** A proxy that tunnels CONNECT and answers plain requests itself. */
function proxying(asked: string[]): (socket: Deno.TcpConn) => Promise<void> {
  return async (socket) => {
    const buffer = new Uint8Array(4096);
    const head = text(buffer.subarray(0, await socket.read(buffer) ?? 0));
    const [method = "", target = ""] = head.split(" ");
    asked.push(`${method} ${target}`);
    if (method !== "CONNECT") {
      await socket.write(new TextEncoder().encode("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nby proxy\n"));
      return;
    }
    const upstream = await Deno.connect({ hostname: "127.0.0.1", port: Number(target.split(":")[1]) });
    await socket.write(new TextEncoder().encode("HTTP/1.1 200 OK\r\n\r\n"));
    await Promise.allSettled([
      socket.readable.pipeTo(upstream.writable),
      upstream.readable.pipeTo(socket.writable),
    ]);
  };
}

Deno.test("http: given HTTPS_PROXY and an own authority, when called, then the proxy tunnels to the server", async () => {
  const asked: string[] = [];
  await serving(secure, (base) =>
    servingRaw(proxying(asked), async (proxy) => {
      const env = { HTTPS_PROXY: proxy, REQUESTS_CA_BUNDLE: fileOf("authority.pem") };

      assert.equal(await callInChild(base, env), "secure");
      assert.deepEqual(asked, [`CONNECT ${new URL(base).host}`]);
    }), tls());
});

Deno.test("http: given NO_PROXY names the server, when called, then the proxy is passed by", async () => {
  const asked: string[] = [];
  await serving(secure, (base) =>
    servingRaw(proxying(asked), async (proxy) => {
      const env = { HTTPS_PROXY: proxy, NO_PROXY: "localhost", REQUESTS_CA_BUNDLE: fileOf("authority.pem") };

      assert.equal(await callInChild(base, env), "secure");
      assert.deepEqual(asked, []);
    }), tls());
});

Deno.test("http: given HTTP_PROXY, when a plain address is called, then the proxy answers", async () => {
  const asked: string[] = [];
  await servingRaw(proxying(asked), async (proxy) => {
    assert.equal(await callInChild("http://api.example.com/x", { HTTP_PROXY: proxy }), "by proxy\n");
    assert.deepEqual(asked, ["GET http://api.example.com/x"]);
  });
});

Deno.test("http: given name and password in the URL, when asked, then they travel as a header only; a given one stays", async () => {
  const seen: (string | null)[] = [];
  const handler: Handler = (request) => {
    seen.push(request.headers.get("authorization"));
    return new Response(new URL(request.url).pathname);
  };
  await serving(handler, (base) =>
    withHttp({}, async ({ call }) => {
      const url = `${base.replace("://", "://b%C3%B6b:p%40ss%zz@")}/a@b`;
      const answer = await call({ method: "GET", url, headers: {} });
      await call({ method: "GET", url, headers: { Authorization: "Bearer t" } });
      assert.equal(text(answer.body), "/a@b");
    }));

  const [basic = "", bearer] = seen;
  const bytes = Uint8Array.from(atob(basic?.replace("Basic ", "") ?? ""), (c) => c.charCodeAt(0));
  assert.equal(text(bytes), "böb:p@ss%zz");
  assert.equal(bearer, "Bearer t");
});
