/**
 * An OpenTelemetry collector as far as a test needs one: takes OTLP over HTTP, as JSON or as protobuf, and keeps every byte.
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
  /** Spans that came as JSON. */
  readonly spans: () => readonly ExportedSpan[];
  /** Every text in the spans that came as protobuf: their names, and names and values of what they tell. */
  readonly words: () => ReadonlySet<string>;
  /** Everything that came, traces, logs and metrics, byte for byte. */
  readonly bytes: () => string;
  /** Content types of what came. */
  readonly types: () => ReadonlySet<string>;
  /** Paths that were asked for. */
  readonly paths: () => ReadonlySet<string>;
}

interface Received {
  readonly path: string;
  readonly type: string;
  readonly body: Uint8Array;
}

const JSON_TYPE = "application/json";
const PROTOBUF_TYPE = "application/x-protobuf";
const utf8 = new TextDecoder();
const latin1 = new TextDecoder("latin1");

/** Starts to listen. */
export function startOtlpReceiver(): OtlpReceiver {
  const bodies: Received[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => undefined },
    async (request) => {
      const type = request.headers.get("content-type") ?? "";
      bodies.push({ path: new URL(request.url).pathname, type, body: await request.bytes() });
      // An empty body is the empty answer of protobuf.
      return type === JSON_TYPE
        ? Response.json({})
        : new Response(null, { headers: { "content-type": type } });
    },
  );
  const traced = (wanted: string) =>
    bodies.filter(({ path, type }) => path === "/v1/traces" && type === wanted);
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    spans: () => traced(JSON_TYPE).flatMap(({ body }) => spansOf(utf8.decode(body))),
    words: () => new Set(traced(PROTOBUF_TYPE).flatMap(({ body }) => textsOf(body))),
    bytes: () => bodies.map(({ body }) => latin1.decode(body) + utf8.decode(body)).join("\n"),
    types: () => new Set(bodies.map(({ type }) => type)),
    paths: () => new Set(bodies.map(({ path }) => path)),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/**
 * Every text in a protobuf message, its schema unknown: what has a length and reads as UTF-8 is taken for a text, and for a message
 * where it can be taken apart.
 *
 * @see https://protobuf.dev/programming-guides/encoding/
 */
function textsOf(bytes: Uint8Array): readonly string[] {
  const inner = fieldsOf(bytes)?.flatMap((field) => textsOf(field)) ?? [];
  const text = utf8.decode(bytes);
  return text.includes("\uFFFD") ? inner : [text, ...inner];
}

/** Fields with a length; null: it is no message. */
function fieldsOf(bytes: Uint8Array): readonly Uint8Array[] | null {
  const fields: Uint8Array[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 1; at < bytes.length; shift *= 128) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
    return NaN;
  };
  while (at < bytes.length) {
    const kind = varint() % 8;
    if (kind === 0) varint();
    else if (kind === 1) at += 8;
    else if (kind === 5) at += 4;
    else if (kind === 2) {
      const end = varint() + at;
      fields.push(bytes.subarray(at, end));
      at = end;
    } else return null;
  }
  return at === bytes.length ? fields : null;
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
