/**
 * Reads files that strangers name: regular ones only, up to a bound, and nothing that blocks or never ends.
 *
 * @module
 */

import { constants, open, realpath, stat } from "node:fs/promises";

/** What is read, and how much of it. */
export interface FileRequest {
  readonly path: string;
  /** Most bytes that are read. */
  readonly maxBytes: number;
  /** Whether the file may be read, by its path without symbolic links. @default every file may */
  readonly mayRead?: (realPath: string) => boolean;
}

/** What reading gave. */
export type FileRead =
  | { readonly outcome: "read"; readonly bytes: Uint8Array<ArrayBuffer> }
  /** It is absent, forbidden, or no regular file: which of them is not told. */
  | { readonly outcome: "unreadable" }
  /** `mayRead` refused its real path. */
  | { readonly outcome: "refused" }
  | { readonly outcome: "tooLong" };

/** Reads a file. Rejects with the signal's reason, and with nothing else. */
export type ReadRegularFile = (request: FileRequest, signal: AbortSignal) => Promise<FileRead>;

/** The files of a machine. */
export interface RunFiles {
  readonly read: ReadRegularFile;
  /** A path without symbolic links; null where there is nothing. */
  readonly realPath: (path: string) => Promise<string | null>;
}

const CHUNK_BYTES = 64 * 1024;

/** A FIFO that takes the place of a file meanwhile must not hold up the thread that opens it. */
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** Those of this machine. */
export const systemFiles: RunFiles = {
  read: (request, signal) => readRegularFile(request, signal),
  realPath: (path) => realpath(path).catch(() => null),
};

/** Reads from this machine. */
export const readRegularFile: ReadRegularFile = async (request, signal) => {
  signal.throwIfAborted();
  try {
    const real = await realpath(request.path);
    if (request.mayRead?.(real) === false) return { outcome: "refused" };
    // Opening a device can have effects, so it is looked at first.
    if (!(await stat(real)).isFile()) return { outcome: "unreadable" };
    return await readOpened(real, request, signal);
  } catch {
    signal.throwIfAborted();
    return { outcome: "unreadable" };
  }
};

async function readOpened(
  real: string,
  { maxBytes, mayRead }: FileRequest,
  signal: AbortSignal,
): Promise<FileRead> {
  await using file = await open(real, FLAGS);
  const opened = await file.stat();
  if (!opened.isFile()) return { outcome: "unreadable" };
  if (mayRead !== undefined && !await isAt(real, opened)) return { outcome: "refused" };
  if (opened.size > maxBytes) return { outcome: "tooLong" };
  const bytes = await readUpTo(maxBytes + 1, file, signal);
  return bytes.length > maxBytes ? { outcome: "tooLong" } : { outcome: "read", bytes };
}

/** Identity of a file within a machine. */
interface Inode {
  readonly dev: number;
  readonly ino: number;
}

/** Whether a path without symbolic links still is one, and names the file that was opened. */
async function isAt(real: string, { dev, ino }: Inode): Promise<boolean> {
  if (await realpath(real) !== real) return false;
  const now = await stat(real);
  return now.dev === dev && now.ino === ino;
}

interface Readable {
  readonly read: (
    into: Uint8Array,
    offset: number,
    length: number,
    position: null,
  ) => Promise<{ readonly bytesRead: number }>;
}

/** A file may grow while it is read, so the bytes are counted and not its size. */
async function readUpTo(
  most: number,
  file: Readable,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for (let size = 0; size < most;) {
    signal.throwIfAborted();
    const chunk = new Uint8Array(Math.min(CHUNK_BYTES, most - size));
    const { bytesRead } = await file.read(chunk, 0, chunk.length, null);
    if (bytesRead === 0) break;
    chunks.push(chunk.subarray(0, bytesRead));
    size += bytesRead;
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}
