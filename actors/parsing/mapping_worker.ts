/**
 * The thread that parses long texts: each message of its port is a text, and what it gave is the answer.
 *
 * @module
 */

import { parseMapping } from "../../schemas/yaml/mapping.ts";
import type { ParseOrder } from "./mapping_parser.ts";

globalThis.addEventListener("message", (event) => {
  const port = event instanceof MessageEvent ? event.ports[0] : undefined;
  if (port === undefined) return;
  port.onmessage = ({ data: { text, texts } }: MessageEvent<ParseOrder>) =>
    port.postMessage(parseMapping(text, texts));
});
