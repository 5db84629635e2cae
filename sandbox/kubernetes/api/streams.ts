/**
 * Answers that go on: watches, and logs that are followed.
 *
 * @module
 */

import type { JsonObject } from "../../../schemas/json/json.ts";
import type { Clock } from "../../../schemas/time/clock.ts";
import type { ContainerOutput, OutputLine } from "../../containers/container_output.ts";
import type { ObjectStore } from "../objects/store.ts";
import { bookmark, firstLines, lineOf, type Watched } from "../objects/watch_lines.ts";

/** Time between two bookmarks, in milliseconds. */
const BOOKMARK_MS = 60_000;

/** A watch that says nothing else lasts for so long, in seconds. */
const USUAL_WATCH_S = 1800;

/** How long a watch lasts, and whether it wants bookmarks. */
export interface WatchTerms {
  /** 0: the usual time. */
  readonly timeoutS: number;
  readonly wantsBookmarks: boolean;
}

/** A watch as an answer. It ends after its time, or when its reader goes. */
export function watchAnswer(
  watched: Watched,
  { timeoutS, wantsBookmarks }: WatchTerms,
  { store, clock }: { readonly store: ObjectStore; readonly clock: Clock },
): Response {
  return streamed((send, close) => {
    const { lines, goesOn } = firstLines(watched, store);
    for (const line of lines) send(`${JSON.stringify(line)}\n`);
    if (!goesOn) {
      close();
      return () => undefined;
    }
    const tell = (line: JsonObject | null) => line !== null && send(`${JSON.stringify(line)}\n`);
    const unlisten = store.listen((change) => void tell(lineOf(watched, change)));
    const mark = () => {
      tell(bookmark(watched, store));
      forgetMark = clock.after(BOOKMARK_MS, mark);
    };
    let forgetMark = wantsBookmarks ? clock.after(BOOKMARK_MS, mark) : () => undefined;
    const forgetEnd = clock.after(1000 * (timeoutS > 0 ? timeoutS : USUAL_WATCH_S), close);
    return () => {
      unlisten();
      forgetMark();
      forgetEnd();
    };
  }, "application/json");
}

/** Time between two looks at what a container has printed, in milliseconds. */
const LOOK_MS = 200;

/** What of a log is wanted. */
export interface LogTerms {
  readonly stream: string;
  /** Lines from before, of which the newest come. */
  readonly first: readonly OutputLine[];
  readonly written: (line: OutputLine) => string;
  /** Whether more may come. */
  readonly goesOn: () => boolean;
}

/** The log of a container that runs, line by line until it ends. */
export function logAnswer(
  { stream, first, written, goesOn }: LogTerms,
  { output, clock }: { readonly output: ContainerOutput; readonly clock: Clock },
): Response {
  return streamed((send, close) => {
    let last = output.lines(stream).at(-1);
    for (const line of first) send(written(line));
    const look = () => {
      const isLast = !goesOn();
      const lines = output.lines(stream);
      // Old lines go when there are many: then all that is there is new.
      for (const line of lines.slice(last === undefined ? 0 : lines.lastIndexOf(last) + 1)) {
        send(written(line));
      }
      last = lines.at(-1);
      if (isLast) close();
      else forget = clock.after(LOOK_MS, look);
    };
    let forget = clock.after(LOOK_MS, look);
    return () => forget();
  }, "text/plain");
}

/** @param begin sends what there is, and answers what ends it */
function streamed(
  begin: (send: (text: string) => void, close: () => void) => () => void,
  type: string,
): Response {
  const encoder = new TextEncoder();
  let end = () => {};
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      let isOpen = true;
      const close = () => {
        if (!isOpen) return;
        isOpen = false;
        end();
        controller.close();
      };
      const send = (text: string) => {
        if (isOpen) controller.enqueue(encoder.encode(text));
      };
      const ends = begin(send, close);
      end = () => {
        isOpen = false;
        ends();
      };
      if (!isOpen) ends();
    },
    cancel: () => end(),
  });
  return new Response(body, { headers: { "content-type": type } });
}
