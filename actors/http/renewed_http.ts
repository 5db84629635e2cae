/**
 * HTTP/2 where the server has it, else HTTP/1.1. After an answer of 503 the connections are renewed: a server that is
 * overloaded may close them without a word.
 *
 * @module
 */

import { exchange, type Http, withinDeadline } from "./http.ts";

/** A connection without a request is closed after this time, in milliseconds. */
const IDLE_MS = 25_000;

/** Proxies are those of the environment, which the runtime reads itself. */
export function makeRenewedHttp(): Pick<Http, "call" | "close"> {
  const open = () => Deno.createHttpClient({ poolIdleTimeout: IDLE_MS });
  let client = open();
  return {
    call: (request) =>
      withinDeadline(request, async (signal) => {
        const used = client;
        const answer = await exchange(request, signal, used);
        if (answer.status === 503 && used === client) {
          client = open();
          used.close();
        }
        return answer;
      }),
    close: () => client.close(),
  };
}
