/** A server on a free loopback port that answers as told and remembers what it was asked. @module */

/** One request as it arrived. */
export interface Seen {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: string;
}

/** What to answer. */
export interface Told {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Readonly<Record<string, unknown>>;
}

/** A running server. */
export interface Loopback extends AsyncDisposable {
  readonly url: string;
  readonly seen: readonly Seen[];
}

/** Starts one; a promise that never settles keeps its caller waiting. */
export function startLoopback(answer: (request: Seen) => Told | Promise<Told>): Loopback {
  const seen: Seen[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const one = {
      method: request.method,
      url: new URL(request.url),
      headers: request.headers,
      body: await request.text(),
    };
    seen.push(one);
    const { status = 200, headers = {}, body } = await answer(one);
    return new Response(typeof body === "string" ? body : JSON.stringify(body), { status, headers });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    seen,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** Operation of an ECS or tagging request. */
export function operationOf({ headers }: Seen): string {
  return headers.get("x-amz-target")?.split(".").at(-1) ?? "";
}
