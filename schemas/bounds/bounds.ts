/**
 * The most that a flow run, a file or an answer may bring along. What is beyond a bound is refused before any work is
 * done with it.
 *
 * @module
 */

/** How much of something is accepted. */
export interface Bound {
  /** The largest size that is accepted. */
  readonly most: number;
  /** What is counted. */
  readonly unit: string;
  /** Why this number. */
  readonly because: string;
}

/** Every bound, with the reason for its number. */
export const BOUNDS = {
  row: {
    most: 256 * 1024,
    unit: "characters",
    because:
      "a run may bring a whole task definition, which has at most 64 KiB, and 8,192 characters of overrides",
  },
  settings: {
    most: 6000,
    unit: "values",
    because:
      "task definitions of 64 KiB, as people write them, have some 2,000; planning takes time for each",
  },
  jobConfiguration: {
    most: 1024 * 1024,
    unit: "characters",
    because:
      "a task definition has at most 64 KiB and overrides have 8,192 characters; labels and comments come on top",
  },
  jobValues: {
    most: 20_000,
    unit: "values",
    because: "JSON of 64 KiB, the longest task definition, has no room for more",
  },
  poolTemplate: {
    most: 2 * 1024 * 1024,
    unit: "characters",
    because: "it is read again with each heartbeat, and takes at most a fifth of a second to parse",
  },
  poolTemplateValues: {
    most: 40_000,
    unit: "values",
    because:
      "a job configuration has at most 20,000, and the schemas of its variables need no more than that",
  },
  name: {
    most: 1024,
    unit: "characters",
    because: "logs and pages show names whole, and a task definition takes 255 characters of them",
  },
  id: {
    most: 256,
    unit: "characters",
    because: "ids are UUIDs of 36 characters; longer texts are no ids, and a query of them would be no query",
  },
  dueTaskRuns: {
    most: 10_000,
    unit: "items",
    because: "50 of them are claimed with one request, so these take 200 requests",
  },
  claimKey: {
    most: 1000,
    unit: "characters",
    because: "each claimed task run carries the key; 20 of them are named in it, more by their digest",
  },
  template: {
    most: 256 * 1024,
    unit: "bytes",
    because: "no task definition may be longer than 64 KiB; this leaves room for comments and indentation",
  },
  templateInline: {
    most: 4096,
    unit: "bytes",
    because:
      "the worst text of this length takes a third of the time for which a run may hold the event loop",
  },
  templateValues: {
    most: 20_000,
    unit: "values",
    because: "JSON of 64 KiB, the longest task definition, has no room for more",
  },
  templateTokens: {
    most: 100_000,
    unit: "tokens",
    because: "a value takes five at most: its text, a blank before it, a sign, a comma and a line end",
  },
  templateMerges: {
    most: 20_000,
    unit: "merged pairs",
    because: "each adds a value or replaces one, so there are no more of them than values",
  },
  integer: {
    most: 4300,
    unit: "characters",
    because: "Python reads no longer integers: sys.int_info.default_max_str_digits",
  },
  requestHead: {
    most: 16 * 1024,
    unit: "characters",
    because: "browsers and proxies send some hundred; the longest cookie has 4,096",
  },
  requestBody: {
    most: 16 * 1024 * 1024,
    unit: "bytes",
    because: "the local Prefect API takes whole serialized flows and pages of log lines",
  },
  noBody: {
    most: 8 * 1024,
    unit: "bytes",
    because: "a server that reads no body bears a small one that a client sends anyhow",
  },
  pageMessage: {
    most: 1000,
    unit: "characters",
    because: "a page names one run in a message, and ids are shorter than 256 characters",
  },
  pageMessages: {
    most: 100,
    unit: "messages in a second",
    because: "a key that is held down sends some 30",
  },
  pageWaiting: {
    most: 32 * 1024 * 1024,
    unit: "bytes",
    because: "the overview of 10,000 runs has some 10 MB, and a page gets one at a time",
  },
  socketFrame: {
    most: 4 * 1024 * 1024,
    unit: "bytes",
    because: "one brings a work pool with its template, or an event of some kilobytes",
  },
  pages: {
    most: 50,
    unit: "sockets",
    because: "each keeps what its page has not taken yet",
  },
  answer: {
    most: 8 * 1024 * 1024,
    unit: "bytes",
    because:
      "a flow run with 10,000 due task runs takes some 5 MB; 100 tasks are described in less than 1 MB",
  },
  page: {
    most: 1024 * 1024,
    unit: "bytes",
    because:
      "JSON of this length takes at most a tenth of a second to parse; longer pages are asked for in halves",
  },
  answerValues: {
    most: 700_000,
    unit: "values, of which members, lists and mappings count four times as much",
    because:
      "a flow run with 10,000 due task runs has some 650,000; this many take some tenth of a second to parse",
  },
  faults: {
    most: 20,
    unit: "faults",
    because: "a message has at most 10,000 characters, and each fault takes some hundred of them",
  },
} as const satisfies Readonly<Record<string, Bound>>;

/** What a bound is for. */
export type BoundName = keyof typeof BOUNDS;

/**
 * A size that is not accepted, in words such as `300000 bytes (at most 262144 are accepted)`.
 *
 * @param size in the unit of the bound
 * @returns undefined when it is within the bound
 */
export function tooMuch(name: BoundName, size: number): string | undefined {
  const { most, unit } = BOUNDS[name];
  return size <= most ? undefined : `${size} ${unit} (at most ${most} are accepted)`;
}

/** How many bytes a text takes as UTF-8; lone surrogates take three, as the replacement character does. */
export function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x80) continue;
    const isPair = code >= 0xd800 && code < 0xdc00 && isTrail(text.charCodeAt(at + 1));
    // A pair of two units takes four bytes.
    bytes += code < 0x800 ? 1 : 2;
    if (isPair) at++;
  }
  return bytes;
}

function isTrail(code: number): boolean {
  return code >= 0xdc00 && code < 0xe000;
}
