/**
 * Parses texts that runs bring: short ones at once, long ones in threads of their own, so that no text holds the event loop.
 *
 * @module
 */

import { BOUNDS, utf8Bytes } from "../../schemas/bounds/bounds.ts";
import { FailureError } from "../../schemas/failure/failure.ts";
import type { MappingText, ParseMapping, TextPlaces } from "../../schemas/json/mapping_text.ts";
import type { Clock } from "../../schemas/time/clock.ts";
import { parseMapping } from "../../schemas/yaml/mapping.ts";
import { makeSingleFlight } from "../time/single_flight.ts";

/** A text to parse. */
export interface ParseOrder {
  readonly text: string;
  readonly texts: TextPlaces;
}

/** A thread that parses one text at a time. */
export interface Thread {
  readonly parse: (order: ParseOrder) => void;
  /** Ends it, also in the middle of a text. */
  readonly end: () => void;
}

/** What a thread tells. */
export interface Heard {
  /** What the text gave. */
  readonly answered: (parsed: MappingText) => void;
  /** The thread ended by itself. */
  readonly broken: (why: string) => void;
}

/** What {@link makeMappingParser} needs. */
export interface MappingParserDeps {
  /** Starts a thread. */
  readonly start: (heard: Heard) => Thread;
  readonly clock: Clock;
}

/** The parser of an agent. */
export interface MappingParser extends Disposable {
  /** @throws {FailureError} `unexpected` when a thread ends by itself */
  readonly parse: ParseMapping;
}

/** Two, so that one long text does not stop all others. Each takes some 30 MB. */
const MOST_THREADS = 2;

/** The worst text within the bounds takes 1.5 s on a common machine, and a thread starts in 0.3 s. */
const TIMEOUT_MS = 5000;

/** How long a thread without work is kept. */
const IDLE_MS = 30_000;

/** Makes it; no thread is started before there is a long text. */
export function makeMappingParser(deps: MappingParserDeps): MappingParser {
  const threads = makeThreads(deps);
  // Runs of one page often name the same template.
  const { share } = makeSingleFlight<MappingText>();
  return {
    parse: (text, signal, texts = []) =>
      isShort(text)
        ? Promise.resolve(parseMapping(text, texts))
        : share(`${texts.join(" ")}\n${text}`, signal, (shared) => threads.parse({ text, texts }, shared)),
    [Symbol.dispose]: threads.close,
  };
}

/** Whether a text is parsed at once. One beyond its bound is refused before any work. */
function isShort(text: string): boolean {
  const bytes = utf8Bytes(text);
  return bytes <= BOUNDS.templateInline.most || bytes > BOUNDS.template.most;
}

interface Job {
  readonly order: ParseOrder;
  readonly resolve: (parsed: MappingText) => void;
  readonly reject: (thrown: unknown) => void;
}

interface Crew {
  readonly deps: MappingParserDeps;
  readonly waiting: Set<Job>;
  readonly members: Set<Member>;
}

interface Member {
  readonly thread: Thread;
  job: Job | null;
  /** Ends the wait for an answer, or for another text. */
  forget: () => void;
}

function makeThreads(deps: MappingParserDeps) {
  const crew: Crew = { deps, waiting: new Set(), members: new Set() };
  const parse = (order: ParseOrder, signal: AbortSignal) =>
    new Promise<MappingText>((resolve, reject) => {
      const job: Job = { order, resolve, reject };
      crew.waiting.add(job);
      signal.addEventListener("abort", () => leave(crew, job, signal), { once: true });
      goOn(crew);
    });
  const close = () => {
    for (const member of crew.members) dismiss(crew, member);
  };
  return { parse, close };
}

/** A run that leaves takes its text along, unless a thread has it already: that is soon through with it. */
function leave({ waiting }: Crew, job: Job, { reason }: AbortSignal): void {
  waiting.delete(job);
  job.reject(reason);
}

/** Gives the texts that wait to threads, as far as there are threads. */
function goOn(crew: Crew): void {
  for (const job of crew.waiting) {
    const idle = [...crew.members].find((one) => one.job === null);
    if (idle === undefined && crew.members.size === MOST_THREADS) return;
    crew.waiting.delete(job);
    const member = idle ?? hire(crew);
    member.forget();
    member.job = job;
    member.forget = crew.deps.clock.after(TIMEOUT_MS, () => {
      job.resolve({ problem: `it takes longer than ${TIMEOUT_MS / 1000} s to parse; make it smaller` });
      dismiss(crew, member);
      goOn(crew);
    });
    member.thread.parse(job.order);
  }
}

function hire(crew: Crew): Member {
  const thread = crew.deps.start({
    answered: (parsed) => answered(crew, member, parsed),
    broken: (why) => broken(crew, member, why),
  });
  const member: Member = { thread, job: null, forget: () => undefined };
  crew.members.add(member);
  return member;
}

function answered(crew: Crew, member: Member, parsed: MappingText): void {
  const { job } = member;
  member.forget();
  member.job = null;
  member.forget = crew.deps.clock.after(IDLE_MS, () => dismiss(crew, member));
  job?.resolve(parsed);
  goOn(crew);
}

function broken(crew: Crew, member: Member, why: string): void {
  const { job } = member;
  dismiss(crew, member);
  // The reason may quote the text, so it is the cause alone.
  const message = "The thread that parses long templates ended by itself";
  job?.reject(new FailureError({ tag: "unexpected", message }, { cause: new Error(why) }));
  goOn(crew);
}

function dismiss(crew: Crew, member: Member): void {
  member.forget();
  member.thread.end();
  crew.members.delete(member);
}
