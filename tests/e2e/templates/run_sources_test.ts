/** Files and pages that runs name, read from this machine: real files, links and sockets on loopback. @module */

import assert from "node:assert/strict";
import { type FileRead, systemFiles } from "../../../actors/files/read_regular_file.ts";
import { makePinnedHttp } from "../../../actors/http/pinned_http.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";

const SIGNAL = new AbortController().signal;

async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const outcomeOf = async (path: string, mayRead?: (real: string) => boolean): Promise<FileRead["outcome"]> => {
  const request = { path, maxBytes: 1000, ...(mayRead === undefined ? {} : { mayRead }) };
  return (await systemFiles.read(request, SIGNAL)).outcome;
};

Deno.test("run file: given what is no regular file, when read, by its name or a link to it, then it is unreadable", async () => {
  await withFolder(async (folder) => {
    await new Deno.Command("mkfifo", { args: [`${folder}/fifo`] }).output();
    await Deno.symlink("loop", `${folder}/loop`);
    const kinds = ["/dev/zero", "/dev/urandom", "/dev/null", "/dev/stdin", "/proc/self/environ", folder];
    const here = ["fifo", "loop", "absent", "fifo/x"].map((name) => `${folder}/${name}`);
    for (const [index, path] of [...kinds, ...here].entries()) {
      await Deno.symlink(path, `${folder}/link${index}`);

      assert.equal(await outcomeOf(path), "unreadable", path);
      assert.equal(await outcomeOf(`${folder}/link${index}`), "unreadable", `link to ${path}`);
    }
  });
});

Deno.test("run file: given files at and above the bound, when read, then the larger one is refused, also one that grows", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/most`, "x".repeat(1000));
    await Deno.writeTextFile(`${folder}/more`, "x".repeat(1001));
    await Deno.truncate(await made(`${folder}/sparse`), 5_000_000_000);

    const read = await systemFiles.read({ path: `${folder}/most`, maxBytes: 1000 }, SIGNAL);

    assert.equal(read.outcome === "read" && read.bytes.length, 1000);
    assert.deepEqual([await outcomeOf(`${folder}/more`), await outcomeOf(`${folder}/sparse`)], [
      "tooLong",
      "tooLong",
    ]);
  });
});

async function made(path: string): Promise<string> {
  await Deno.writeTextFile(path, "");
  return path;
}

Deno.test("run file: given a folder that runs may name, when a link leads out of it, then its real path is refused", async () => {
  await withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/open`);
    await Deno.writeTextFile(`${folder}/secret`, "secret");
    await Deno.writeTextFile(`${folder}/open/own`, "own");
    await Deno.symlink("../secret", `${folder}/open/out`);
    await Deno.symlink(".", `${folder}/open/here`);
    const mayRead = (real: string) => real.startsWith(`${folder}/open/`);
    const paths = ["own", "here/own", "here/../own", "out", "../secret", "here/here/out"];

    const outcomes = await Promise.all(paths.map((path) => outcomeOf(`${folder}/open/${path}`, mayRead)));

    assert.deepEqual(outcomes, ["read", "read", "read", "refused", "refused", "refused"]);
  });
});

Deno.test("run file: given a signal that is aborted, when read, then its reason is thrown", async () => {
  const reason = await systemFiles.read({ path: "/etc/hostname", maxBytes: 10 }, AbortSignal.abort("left"))
    .catch((thrown) => thrown);

  assert.equal(reason, "left");
});

/** A server on loopback, and a call that resolves every name to it. */
async function withServer(
  answer: (request: Request) => Response | Promise<Response>,
  work: (world: {
    readonly port: number;
    readonly get: (path: string, options?: { signal?: AbortSignal; timeoutMs?: number }) => Promise<string>;
    readonly lookups: readonly string[];
  }) => Promise<void>,
): Promise<void> {
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => undefined }, answer);
  const lookups: string[] = [];
  const call = makePinnedHttp({
    caCerts: [],
    refuses: () => undefined,
    lookup: (host) => {
      lookups.push(host);
      return Promise.resolve(["127.0.0.1"]);
    },
  });
  const { port } = server.addr;
  try {
    await work({
      port,
      lookups,
      get: async (path, options) => {
        const url = `http://me:pw@name.example:${port}${path}`;
        const answered = await call({ method: "GET", url, headers: {}, maxBytes: 10_000, ...options });
        return `${answered.status} ${new TextDecoder().decode(answered.body)}`;
      },
    });
  } finally {
    await server.shutdown();
  }
}

const failureOf = (thrown: unknown) => thrown instanceof FailureError ? thrown.failure : thrown;

Deno.test("pinned HTTP: given a name, when asked, then it is resolved once and the connection goes there with the name as Host", async () => {
  const hosts: (string | null)[] = [];
  await withServer((request) => {
    hosts.push(request.headers.get("host"), request.headers.get("authorization"));
    return new Response("page");
  }, async ({ get, lookups, port }) => {
    const answer = await get("/t.yaml");

    assert.equal(answer, "200 page");
    assert.deepEqual(hosts, [`name.example:${port}`, `Basic ${btoa("me:pw")}`]);
    assert.deepEqual(lookups, ["name.example"]);
  });
});

Deno.test("pinned HTTP: given packed answers, when unpacked, then the bound counts what comes out", async () => {
  const pack = async (size: number, format: "gzip" | "deflate") => {
    const stream = new Blob([new Uint8Array(size).fill(97)]).stream().pipeThrough(
      new CompressionStream(format),
    );
    return new Uint8Array(await new Response(stream).arrayBuffer());
  };
  await withServer(async (request) => {
    const { pathname, searchParams } = new URL(request.url);
    const format = pathname === "/deflate" ? "deflate" : "gzip";
    const body = await pack(Number(searchParams.get("size")), format);
    const coding = searchParams.get("coding") ?? format;
    return new Response(body, { headers: { "content-encoding": coding } });
  }, async ({ get }) => {
    const small = await Promise.all([get("/gzip?size=9000"), get("/deflate?size=9000")]);
    const bombs = ["/gzip?size=9000000", "/deflate?size=9000000"];
    const odd = ["/gzip?size=10&coding=zzz", "/gzip?size=10&coding=br"];

    assert.deepEqual(small, Array(2).fill(`200 ${"a".repeat(9000)}`));
    for (const path of bombs) {
      const failure = failureOf(await get(path).catch((thrown) => thrown));
      assert.match(JSON.stringify(failure), /is longer than 10000 bytes/);
    }
    for (const path of odd) {
      const failure = failureOf(await get(path).catch((thrown) => thrown));
      assert.match(JSON.stringify(failure), /cannot be unpacked/);
    }
  });
});

Deno.test("pinned HTTP: given an answer without end or without beginning, when asked, then bound and deadline end it", async () => {
  const endless = () =>
    new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(5000)) });
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  await withServer(async ({ url }) => {
    if (url.endsWith("/endless")) return new Response(endless());
    await over;
    return new Response("late");
  }, async ({ get }) => {
    const long = failureOf(await get("/endless").catch((thrown) => thrown));
    const late = failureOf(await get("/never", { timeoutMs: 50 }).catch((thrown) => thrown));
    const left = await get("/never", { signal: AbortSignal.abort("left") }).catch((thrown) => thrown);
    end();

    assert.match(JSON.stringify(long), /longer than 10000 bytes/);
    assert.match(JSON.stringify(late), /"timedOut".*No answer from http:\/\/name\.example/);
    assert.equal(left, "left");
  });
});

Deno.test("pinned HTTP: given nobody who listens, when asked, then the failure names neither address nor user", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = listener.addr;
  listener.close();
  const call = makePinnedHttp({
    caCerts: [],
    refuses: () => undefined,
    lookup: () => Promise.resolve(["127.0.0.1"]),
  });
  const request = { method: "GET", url: `http://me:pw@name.example:${port}/x?sig=1`, headers: {} };

  const failure = failureOf(await call(request).catch((thrown) => thrown));

  assert.deepEqual(failure, {
    tag: "unreachable",
    message: `Cannot reach http://name.example:${port}/x: ECONNREFUSED`,
  });
});

Deno.test("pinned HTTP: given a certificate of a named authority, when asked by its name, by another one, or without the authority, then only the first is trusted", async () => {
  const fileOf = (name: string) => Deno.readTextFileSync(new URL(`../tls/${name}`, import.meta.url));
  const server = Deno.serve({
    port: 0,
    hostname: "127.0.0.1",
    cert: fileOf("loopback.pem"),
    key: fileOf("loopback_key.pem"),
    onListen: () => undefined,
  }, () => new Response("page"));
  const ask = async (host: string, caCerts: readonly string[]) => {
    const call = makePinnedHttp({
      caCerts,
      refuses: () => undefined,
      lookup: () => Promise.resolve(["127.0.0.1"]),
    });
    const url = `https://${host}:${server.addr.port}/`;
    const answer = await call({ method: "GET", url, headers: {} }).catch(failureOf);
    return "status" in Object(answer) ? Object(answer).status : Object(answer).tag;
  };

  const authority = fileOf("authority.pem");
  const answers = [
    await ask("localhost", [authority]),
    await ask("other.example", [authority]),
    await ask("localhost", []),
  ];
  await server.shutdown();

  assert.deepEqual(answers, [200, "unreachable", "unreachable"]);
});
