/**
 * A worker of Deno as a thread that parses.
 *
 * @module
 */

import type { MappingText } from "../../schemas/json/mapping_text.ts";
import type { Heard, Thread } from "./mapping_parser.ts";

/** What the YAML package asks for while it parses, for its own debugging. A thread may do nothing else. */
const ENV = ["LOG_STREAM", "LOG_TOKENS"];

/** Starts a thread; it reads its code while the first text waits. */
export function startMappingThread({ answered, broken }: Heard): Thread {
  const worker = new Worker(new URL("./mapping_worker.ts", import.meta.url), {
    type: "module",
    deno: {
      permissions: {
        env: ENV,
        ffi: false,
        import: false,
        net: false,
        read: false,
        run: false,
        sys: false,
        write: false,
      },
    },
  });
  const { port1: port, port2: its } = new MessageChannel();
  worker.postMessage(null, [its]);
  port.onmessage = (event: MessageEvent<MappingText>) => answered(event.data);
  worker.addEventListener("error", (event) => {
    // Else the failure ends the process.
    event.preventDefault();
    broken(event.message);
  });
  return {
    parse: (order) => port.postMessage(order),
    end: () => {
      worker.terminate();
      port.close();
    },
  };
}
