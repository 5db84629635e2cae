/**
 * Templates that cost more than they look, and the servers that hand them out.
 *
 * @module
 */

import { constants, deflateRawSync } from "node:zlib";

const lines = (many: number, line: (at: number) => string) =>
  Array.from({ length: many }, (_, at) => `${line(at)}\n`).join("");

/** Eleven times a mapping that is made of ten of the one before. */
const MULTIPLIED = lines(
  12,
  (at) => at === 0 ? "a0: &a0 {}" : `a${at}: &a${at} {<<: [${Array(10).fill(`*a${at - 1}`).join()}]}`,
);

const ALIASED = lines(
  12,
  (at) => at === 0 ? "a0: &a0 [x, x]" : `a${at}: &a${at} [${Array(10).fill(`*a${at - 1}`).join()}]`,
);

/** YAML that is slow or large for a careless reader, by name. Those with more than 256 KiB come last. */
export const HOSTILE_YAML: Readonly<Record<string, string>> = {
  "merged": MULTIPLIED,
  "aliased": ALIASED,
  "base-60": `cpu: 1${":59".repeat(80_000)}\n`,
  "brackets": `containerDefinitions: [\n${lines(15_000, () => "1,")}]\n`,
  "open-brackets": `a: ${"[".repeat(100_000)}`,
  "open-braces": `a: ${"{a: ".repeat(60_000)}`,
  "dashes": `a:\n${"- ".repeat(100_000)}x\n`,
  "directives": `${lines(25_000, () => "%FOO bar")}---\n{a: 1}\n`,
  "documents": lines(60_000, () => "---"),
  "long-integer": `cpu: ${"9".repeat(250_000)}\n`,
  "long-hex": `cpu: 0x${"f".repeat(250_000)}\n`,
  "many-keys": lines(22_000, (at) => `k${at}: 0`),
  "quoted-lines": `a: "${lines(20_000, () => "x")}`,
  "base-60-long": `cpu: 1${":59".repeat(300_000)}\n`,
  "integer-long": `cpu: ${"9".repeat(4_000_000)}\n`,
  "directives-long": `${lines(500_000, () => "%A b")}---\n{}\n`,
};

/** Gzip of some hundred KB that unpacks to two gigabytes; nobody gets as far as its checksum. */
function bomb(): Uint8Array<ArrayBuffer> {
  const block = deflateRawSync(new Uint8Array(1024 * 1024), { finishFlush: constants.Z_FULL_FLUSH });
  const head = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
  const packed = new Uint8Array(head.length + 2000 * block.length);
  packed.set(head);
  for (let at = 0; at < 2000; at++) packed.set(block, head.length + at * block.length);
  return packed;
}

/** A listener that counts who connects, and lets nobody in. */
export interface Trap extends AsyncDisposable {
  readonly port: number;
  readonly connections: () => number;
}

/** Opens one at all addresses of this machine. */
export function openTrap(): Trap {
  const listener = Deno.listen({ hostname: "0.0.0.0", port: 0 });
  let connections = 0;
  const over = (async () => {
    for await (const connection of listener) {
      connections++;
      connection.close();
    }
  })();
  return {
    port: listener.addr.port,
    connections: () => connections,
    [Symbol.asyncDispose]: async () => {
      listener.close();
      await over;
    },
  };
}

/** What a server of templates has. */
export interface TemplateServer extends AsyncDisposable {
  readonly port: number;
  /** Requests that were never answered. */
  readonly waiting: () => number;
}

/**
 * Starts a server at all loopback addresses: `/text/NAME`, `/endless`, `/never`, `/packed`, and `/to?LOCATION`, which redirects.
 */
export function serveTemplates(texts: ReadonlyMap<string, string>): TemplateServer {
  const packed = bomb();
  const ending = new AbortController();
  let waiting = 0;
  const server = Deno.serve(
    {
      hostname: "0.0.0.0",
      port: 0,
      onListen: () => {},
      signal: ending.signal,
      onError: () => new Response(),
    },
    ({ url }) => {
      const { pathname, search } = new URL(url);
      const [, kind, name = ""] = pathname.split("/");
      if (kind === "text") {
        return new Response(texts.get(name) ?? "", { status: texts.has(name) ? 200 : 404 });
      }
      if (kind === "endless") return new Response(endless());
      if (kind === "packed") return new Response(packed, { headers: { "content-encoding": "gzip" } });
      if (kind === "to") {
        const location = decodeURIComponent(search.slice(1));
        return new Response(null, { status: 302, headers: { location } });
      }
      waiting++;
      return new Promise<Response>(() => {});
    },
  );
  return {
    port: server.addr.port,
    waiting: () => waiting,
    [Symbol.asyncDispose]: async () => {
      ending.abort();
      await server.finished;
    },
  };
}

function endless(): ReadableStream<Uint8Array> {
  const chunk = new TextEncoder().encode("# more\n".repeat(1000));
  return new ReadableStream({ pull: (controller) => controller.enqueue(chunk) });
}
