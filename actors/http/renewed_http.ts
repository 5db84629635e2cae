/**
 * HTTP/2 where the server has it, else HTTP/1.1. After an answer of 503 the connections are renewed: a server that is
 * overloaded may close them without a word.
 *
 * @module
 */

import { exchange, type Http, type HttpAnswer, type HttpRequest, withinDeadline } from "./http.ts";

/** A connection without a request is closed after this time, in milliseconds. */
const IDLE_MS = 25_000;

/** What requests are sent with. @default that of the runtime */
export interface RenewedPorts<Client extends { readonly close: () => void }> {
  readonly open: () => Client;
  readonly send: (request: HttpRequest, signal: AbortSignal, client: Client) => Promise<HttpAnswer>;
}

/** Connections, and the requests that are under way on them. */
interface Generation<Client> {
  readonly client: Client;
  underWay: number;
  /** Nothing new is sent on it. */
  isLeft: boolean;
}

/** Proxies are those of the environment, which the runtime reads itself. */
export function makeRenewedHttp(): Pick<Http, "call" | "close"> {
  return renewedOver({
    open: () => Deno.createHttpClient({ poolIdleTimeout: IDLE_MS }),
    send: exchange,
  });
}

/** The same over any client. Requests that are under way on connections that are left end before these are closed. */
export function renewedOver<Client extends { readonly close: () => void }>(
  { open, send }: RenewedPorts<Client>,
): Pick<Http, "call" | "close"> {
  const begin = (): Generation<Client> => ({ client: open(), underWay: 0, isLeft: false });
  let present = begin();
  const leave = (left: Generation<Client>) => {
    if (left.isLeft) return;
    left.isLeft = true;
    if (left.underWay === 0) left.client.close();
  };
  return {
    call: (request) =>
      withinDeadline(request, async (signal) => {
        const used = present;
        used.underWay++;
        try {
          const answer = await send(request, signal, used.client);
          if (answer.status === 503 && used === present) {
            present = begin();
            leave(used);
          }
          return answer;
        } finally {
          used.underWay--;
          if (used.isLeft && used.underWay === 0) used.client.close();
        }
      }),
    close: () => leave(present),
  };
}
