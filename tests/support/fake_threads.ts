/** Threads that parse only when a test tells them to. @module */

import type { MappingText } from "../../schemas/json/mapping_text.ts";
import type { Heard, Thread } from "../../actors/parsing/mapping_parser.ts";

/** One started thread. */
export interface FakeThread {
  /** The texts that it was given. */
  readonly texts: string[];
  /** Whether it was ended. */
  ended: boolean;
  readonly answer: (parsed: MappingText) => void;
  readonly breakDown: (why: string) => void;
}

/** Starts fake threads and keeps them. */
export function fakeThreads(): { readonly threads: FakeThread[]; readonly start: (heard: Heard) => Thread } {
  const threads: FakeThread[] = [];
  const start = ({ answered, broken }: Heard): Thread => {
    const thread: FakeThread = { texts: [], ended: false, answer: answered, breakDown: broken };
    threads.push(thread);
    return { parse: ({ text }) => thread.texts.push(text), end: () => void (thread.ended = true) };
  };
  return { threads, start };
}
