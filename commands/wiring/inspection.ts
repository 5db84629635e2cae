/**
 * Page, recording and trace of running machines, over one stream of notes.
 *
 * @module
 */

import { resolve } from "node:path";
import type { InspectionEvent } from "xstate";
import { startInspectorServer } from "../../actors/observability/inspector_server.ts";
import type { RequestIds } from "../../actors/observability/request_ids.ts";
import { openRecording } from "../../actors/files/recording_file.ts";
import { makeNotes, type Note } from "../../inspector/feed/notes.ts";
import type { CallCount, LimiterFill } from "../../inspector/protocol/protocol.ts";
import { makeRecorder } from "../../inspector/feed/recording.ts";
import { makeRunModel, type RunModel, takeNote } from "../../inspector/model/run_model.ts";
import { makeStatelyFeed } from "../../inspector/feed/stately_feed.ts";
import { traceLine } from "../../inspector/trace_line.ts";
import { makeViews, type ViewOptions } from "../../inspector/views.ts";
import type { Clock } from "../../schemas/time/clock.ts";
import type { InspectAddress, InspectionSettings } from "../../schemas/options/inspection_options.ts";
import { absolutePath } from "../../schemas/options/typed_path.ts";
import { newToken } from "../../schemas/guard/token.ts";
import type { Redactor } from "../../schemas/secrets/redact.ts";
import { inspectorContent, servingAt } from "./inspector_content.ts";

/** What {@link startInspection} needs. */
export interface InspectionOptions {
  readonly settings: InspectionSettings;
  /** For `~` in the path of a recording; a relative one counts from the folder of the program, which may write there. */
  readonly home: string;
  /** Name of the agent. */
  readonly name: string;
  readonly clock: Clock;
  readonly redact: Redactor;
  readonly limiters: () => readonly LimiterFill[];
  /** How often each kind of request was made. @default none is known */
  readonly calls?: () => readonly CallCount[];
  readonly platform: ViewOptions["platform"];
  /** Ids of requests to the platform by run. @default null, none are known */
  readonly requests?: RequestIds | null;
  /** Takes lines of the trace, and the address of the page. */
  readonly write: (line: string) => void;
}

/** Page, recording and trace of one agent; disposing ends them. */
export interface Inspection extends AsyncDisposable {
  /** For the inspect option of an actor system; undefined when nothing was asked for. */
  readonly inspect: ((event: InspectionEvent) => void) | undefined;
}

/** A page with its trace, or a recording. */
interface Viewer extends AsyncDisposable {
  readonly take: (note: Note) => void;
  /** Whether it wants every event of every actor now. */
  readonly isWhole: () => boolean;
}

/** How often a recording is written. */
const FLUSH_MS = 250;

/**
 * Starts page, recording and trace as far as the settings ask for them.
 *
 * @throws {FailureError} `configuration` when the page cannot be served or the recording cannot be written
 */
export function startInspection(options: InspectionOptions): Inspection {
  const { settings, clock, redact } = options;
  const viewers: readonly Viewer[] = [
    ...(settings.record === null ? [] : [record(settings.record, redact, options)]),
    ...(settings.inspect === null && !settings.trace ? [] : [watch(redact, options)]),
  ];
  const note = makeNotes({ now: clock.now, isWhole: () => viewers.some(({ isWhole }) => isWhole()) });
  return {
    inspect: viewers.length === 0 ? undefined : (event) => {
      const taken = note(event);
      if (taken !== null) { for (const viewer of viewers) viewer.take(taken); }
    },
    [Symbol.asyncDispose]: async () => {
      for (const viewer of viewers) await viewer[Symbol.asyncDispose]();
    },
  };
}

function record(
  path: string,
  redact: Redactor,
  { name, clock, requests, calls, home, write }: InspectionOptions,
): Viewer {
  const at = absolutePath(path, { folder: resolve("."), home });
  const file = openRecording(at, { typed: path });
  write(`Recording: ${at}`);
  const recorder = makeRecorder({
    sink: file,
    redact,
    name,
    now: clock.now,
    ...(calls === undefined ? {} : { calls }),
  });
  requests?.listen(recorder.takeRequest);
  let cancel = clock.after(FLUSH_MS, flush);
  function flush(): void {
    recorder.flush();
    cancel = clock.after(FLUSH_MS, flush);
  }
  return {
    take: recorder.take,
    isWhole: () => false,
    [Symbol.asyncDispose]: () => {
      cancel();
      recorder.end();
      file.close();
      return Promise.resolve();
    },
  };
}

/** Page and trace read the same model. */
function watch(redact: Redactor, options: InspectionOptions): Viewer {
  const { settings, write } = options;
  const model = makeRunModel();
  model.agent.name = options.name;
  const page = settings.inspect === null ? null : servePage(settings.inspect, { model, redact, options });
  return {
    take: (note) => {
      const taken = takeNote(model, note);
      if (taken !== null && settings.trace) write(traceLine(taken.run?.id ?? null, taken.step, redact));
      page?.take(note);
    },
    isWhole: () => page?.isWhole() ?? false,
    [Symbol.asyncDispose]: async () => {
      await page?.[Symbol.asyncDispose]();
    },
  };
}

interface Serving {
  readonly model: RunModel;
  readonly redact: Redactor;
  readonly options: InspectionOptions;
}

function servePage(address: InspectAddress, { model, redact, options }: Serving): Viewer {
  const { settings, clock, name, limiters, calls, requests = null, platform, write } = options;
  const views = makeViews(model, {
    redact,
    limiters,
    ...(calls === undefined ? {} : { calls }),
    prefectUi: settings.uiUrl,
    platform,
    ...(requests === null ? {} : { requestIds: requests.during }),
  });
  const stately = makeStatelyFeed(redact, clock.now);
  const { content, close } = inspectorContent({
    model,
    views,
    clock,
    about: {
      name,
      source: "live",
      provider: platform.words.provider,
      startedMs: clock.now(),
      note: null,
      session: newToken(),
    },
    stately,
  });
  const server = startInspectorServer({ ...servingAt(address), content });
  write(`Inspector: ${server.url}`);
  return {
    take: stately.take,
    isWhole: stately.isAttached,
    [Symbol.asyncDispose]: async () => {
      close();
      await server[Symbol.asyncDispose]();
    },
  };
}
