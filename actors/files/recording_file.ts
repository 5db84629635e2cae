/**
 * The file of a recording. Each start begins a new file; a full file becomes a part, and the oldest parts are dropped.
 *
 * @module
 */

import { dirname, resolve } from "node:path";
import { fileRefusal } from "./read_named_file.ts";

/** How large a recording gets. */
export interface RecordingBounds {
  /** Size at which a part is full, in bytes. @default 67108864 */
  readonly partBytes?: number;
  /** Path as it was typed, for messages. @default the absolute one */
  readonly typed?: string;
  /** Full parts that are kept as `FILE.1` (the newest) and so on. @default 4 */
  readonly parts?: number;
}

/** An open recording. */
export interface RecordingFile {
  /** Texts gather in a buffer. */
  readonly write: (text: string) => void;
  readonly flush: () => void;
  readonly isFull: () => boolean;
  readonly nextPart: () => void;
  readonly close: () => void;
}

const PART_BYTES = 64 * 1024 * 1024;
const PARTS = 4;
const BUFFER_BYTES = 1024 * 1024;

/** Only the user who records may read it. */
const MODE = 0o600;

/**
 * Opens a file; one that is there becomes the newest part.
 *
 * @param path absolute
 *
 * @throws {FailureError} `configuration` when it cannot be written
 */
export function openRecording(path: string, bounds: RecordingBounds = {}): RecordingFile {
  const { partBytes = PART_BYTES, parts = PARTS, typed = path } = bounds;
  const encoder = new TextEncoder();
  // Bytes rather than texts, because waiting bytes cost the garbage collector nothing.
  const buffer = new Uint8Array(BUFFER_BYTES);
  let filled = 0;
  let file = first(path, typed, parts);
  let size = 0;
  const put = (bytes: Uint8Array): void => {
    for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
    size += bytes.length;
  };
  const flush = (): void => {
    put(buffer.subarray(0, filled));
    filled = 0;
  };
  return {
    write: (text) => {
      // No character takes more than three bytes in UTF-8.
      if (filled + 3 * text.length > BUFFER_BYTES) flush();
      if (3 * text.length > BUFFER_BYTES) put(encoder.encode(text));
      else filled += encoder.encodeInto(text, buffer.subarray(filled)).written;
    },
    flush,
    isFull: () => size >= partBytes,
    nextPart: () => {
      flush();
      file.close();
      shift(path, parts);
      file = create(path);
      size = 0;
    },
    close: () => {
      flush();
      file.close();
    },
  };
}

const RECORDING = {
  option: "--record",
  told: (path: string) => `the recording ${path}`,
  verb: "write",
} as const;

function first(path: string, typed: string, parts: number): Deno.FsFile {
  try {
    if (path === "") {
      throw new TypeError("the path is empty; name a file, and check whether a variable is unset");
    }
    Deno.mkdirSync(dirname(path), { recursive: true });
    if (isFolder(path)) throw new TypeError("it is a folder");
    shift(path, parts);
    return create(path);
  } catch (thrown) {
    const isDenied = thrown instanceof Deno.errors.NotCapable;
    const why = isDenied
      ? `this process may not write there; start it by \`deno task agent:record\`, with a file below ${
        resolve("recordings")
      }/, such as --record recordings/today.jsonl`
      : String(thrown instanceof Error ? thrown.message : thrown);
    throw fileRefusal({ ...RECORDING, path: typed }, path, why);
  }
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return false;
    throw thrown;
  }
}

function create(path: string): Deno.FsFile {
  return Deno.openSync(path, { write: true, create: true, truncate: true, mode: MODE });
}

/** `FILE` becomes `FILE.1`, `FILE.1` becomes `FILE.2`…; what comes after the last is overwritten. */
function shift(path: string, parts: number): void {
  for (let n = parts - 1; n >= 0; n--) {
    const from = n === 0 ? path : `${path}.${n}`;
    try {
      Deno.renameSync(from, `${path}.${n + 1}`);
    } catch (thrown) {
      if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
    }
  }
}
