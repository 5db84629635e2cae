/**
 * An OpenTelemetry collector as far as a test needs one: takes OTLP over HTTP as JSON and keeps every byte.
 *
 * @module
 */

import * as v from "valibot";

const text = v.object({ key: v.string(), value: v.looseObject({}) });
const span = v.object({
  traceId: v.string(),
  spanId: v.string(),
  parentSpanId: v.string(),
  name: v.string(),
  startTimeUnixNano: v.string(),
  endTimeUnixNano: v.string(),
  attributes: v.array(text),
  status: v.nullish(v.looseObject({ code: v.optional(v.number()) })),
});
const traces = v.object({
  resourceSpans: v.array(v.object({ scopeSpans: v.array(v.object({ spans: v.array(span) })) })),
});

/** A span as it was exported. */
export type ExportedSpan = v.InferOutput<typeof span>;

/** A receiver that listens on loopback until it is disposed. */
export interface OtlpReceiver extends AsyncDisposable {
  readonly url: string;
  readonly spans: () => readonly ExportedSpan[];
  /** Everything that came, traces, logs and metrics, as text. */
  readonly bytes: () => string;
  /** Paths that were asked for. */
  readonly paths: () => ReadonlySet<string>;
}

/** Starts to listen. */
export function startOtlpReceiver(): OtlpReceiver {
  const bodies: { readonly path: string; readonly body: string }[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => undefined },
    async (request) => {
      bodies.push({ path: new URL(request.url).pathname, body: await request.text() });
      return Response.json({});
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    spans: () => bodies.filter(({ path }) => path === "/v1/traces").flatMap(({ body }) => spansOf(body)),
    bytes: () => bodies.map(({ body }) => body).join("\n"),
    paths: () => new Set(bodies.map(({ path }) => path)),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

function spansOf(body: string): readonly ExportedSpan[] {
  const { resourceSpans } = v.parse(traces, JSON.parse(body));
  return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
}

/** An attribute of a span as text, undefined when it has none of this name. */
export function attributeOf({ attributes }: ExportedSpan, name: string): string | undefined {
  const value = attributes.find(({ key }) => key === name)?.value;
  return value === undefined ? undefined : String(Object.values(value)[0]);
}
