/**
 * What containers printed, the newest part of it.
 *
 * @module
 */

/** A line that a container printed. */
export interface OutputLine {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly text: string;
}

/** Output by stream, `<container>/<task id>`. */
export interface ContainerOutput {
  readonly add: (stream: string, line: OutputLine) => void;
  readonly lines: (stream: string) => readonly OutputLine[];
  readonly streams: () => readonly string[];
}

/** How much is kept. */
export interface OutputBounds {
  /** Lines of one stream. @default 1000 */
  readonly lines?: number;
  /** Streams; the oldest go first. @default 500 */
  readonly streams?: number;
}

/** Longest line that is kept, in characters. */
const LINE_LENGTH = 4096;

/** An empty, bounded keeper of output. */
export function createContainerOutput(bounds: OutputBounds = {}): ContainerOutput {
  const { lines: mostLines = 1000, streams: mostStreams = 500 } = bounds;
  const kept = new Map<string, OutputLine[]>();
  return {
    add: (stream, { at, text }) => {
      const lines = kept.get(stream) ?? [];
      kept.set(stream, lines);
      lines.push({ at, text: text.slice(0, LINE_LENGTH) });
      if (lines.length > mostLines) lines.splice(0, lines.length - mostLines);
      const [oldest] = kept.keys();
      if (kept.size > mostStreams && oldest !== undefined) kept.delete(oldest);
    },
    lines: (stream) => kept.get(stream) ?? [],
    streams: () => [...kept.keys()],
  };
}
