/** An ECS client without a network. @module */

import { makeRedactor } from "../../schemas/secrets/redact.ts";
import { ECSClient, type ECSClientConfig } from "@aws-sdk/client-ecs";
import { type HttpRequest, HttpResponse } from "@smithy/protocol-http";
import { makeEcsClientCalls } from "../../actors/ecs/client.ts";
import { makeEcsExchange } from "../../actors/ecs/exchange.ts";

/** What its clock says. */
export const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);

/** How it answers beside the body. */
export interface StubAnswer {
  readonly status?: number;
  readonly headers?: Record<string, string>;
}

/** A client whose every call is answered like this, and what was sent. */
export function answering(
  body: string,
  { status = 200, headers = {} }: StubAnswer = {},
  config: Partial<ECSClientConfig> = {},
) {
  const sent: HttpRequest[] = [];
  const client = new ECSClient({
    region: "us-east-1",
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
    maxAttempts: 1,
    requestHandler: {
      handle: (request: HttpRequest) => {
        sent.push(request);
        const response = new HttpResponse({
          statusCode: status,
          headers: { "content-type": "application/x-amz-json-1.1", ...headers },
          body: new TextEncoder().encode(body),
        });
        return Promise.resolve({ response });
      },
    },
    ...config,
  });
  const exchange = makeEcsExchange(client, () => NOW, { launchMs: 60_000, otherMs: 30_000 });
  return { client, exchange, calls: makeEcsClientCalls(exchange, makeRedactor()), sent };
}
