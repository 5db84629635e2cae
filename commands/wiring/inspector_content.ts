/**
 * The content of the inspector's server: a model of a running agent or of a recording.
 *
 * @module
 */

import type {
  InspectorContent,
  InspectorServerOptions,
} from "../../actors/observability/inspector_server.ts";
import layouts from "../../inspector/chart_layouts.json" with { type: "json" };
import { type LiveFeedOptions, makeLiveFeed } from "../../inspector/live_feed.ts";
import { pageAssets } from "../../inspector/page_assets.ts";
import type { StatelyFeed } from "../../inspector/feed/stately_feed.ts";
import type { InspectAddress } from "../../schemas/options/inspection_options.ts";
import { newToken } from "../../schemas/guard/token.ts";

/** What is shown. */
export interface ContentOptions extends LiveFeedOptions {
  /** Null: Stately's tools cannot be attached. */
  readonly stately: StatelyFeed | null;
}

/** Bytes that may wait for a page: beyond it, it gets its next update later. */
const SLOW_PAGE_BYTES = 1_000_000;

/** The server's content, and how to end what drives it. */
export function inspectorContent(
  options: ContentOptions,
): { readonly content: InspectorContent; readonly close: () => void } {
  const { views, clock, stately } = options;
  const feed = makeLiveFeed(options);
  const page: ReturnType<InspectorContent["sockets"]["get"]> = (socket, query) =>
    feed.connect({ send: socket.send, isReady: () => socket.waiting() < SLOW_PAGE_BYTES }, {
      session: query.get("session"),
      since: wholeNumber(query.get("since")),
    });
  const tool: typeof page = (socket) => {
    const detach = stately?.attach(socket.send);
    return { receive: () => undefined, close: () => detach?.() };
  };
  return {
    content: {
      assets: pageAssets,
      json: (path) => {
        if (path === "overview") return views.overview(clock.now());
        if (path === "charts") return layouts;
        const run = /^runs\/([^/]+)$/.exec(path)?.[1];
        return run === undefined ? undefined : views.detail(decoded(run)) ?? undefined;
      },
      sockets: new Map([["/ws", page], ...(stately === null ? [] : [["/stately", tool] as const])]),
    },
    close: feed.close,
  };
}

function wholeNumber(text: string | null): number | null {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Where to serve, and with which token: a fresh one, unless the page is open to everybody on this machine. */
export function servingAt(
  { isOpen, ...address }: InspectAddress,
): Pick<InspectorServerOptions, "hostname" | "port" | "isDefault" | "token"> {
  return { ...address, token: isOpen ? null : newToken() };
}
