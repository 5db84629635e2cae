/**
 * The whole page: its bar, the state of its connection, and the view that the address names.
 *
 * @module
 */

import { useEffect, useState } from "preact/hooks";
import type { ChartLayout } from "../protocol/protocol.ts";
import type { Connection } from "./connection.ts";
import { clockTime, duration } from "./format.ts";
import { AgentPage } from "./agent_page.tsx";
import { Help } from "./help.tsx";
import { go, useKeys, useRoute, useTick } from "./hooks.ts";
import { type Model, serverNow } from "./model.ts";
import { Overview } from "./runs/overview.tsx";
import { Badge } from "./parts.tsx";
import { AGENT, HOME, type OverviewRoute, printRoute, type Route } from "./route.ts";
import { RunPage } from "./runs/run_page.tsx";
import { applyTheme, nextTheme, storedTheme } from "./theme.ts";

/** What the page is made of. */
export interface AppProps {
  readonly model: Model;
  readonly connection: Connection;
  readonly charts: readonly ChartLayout[];
}

/** The whole page. */
export function App({ model, connection, charts }: AppProps) {
  const route = useRoute();
  const [help, setHelp] = useState(false);
  useTick(1000);
  useKeys({
    "?": () => setHelp((open) => !open),
    a: () => go(route.page === "agent" ? lastOverview : AGENT),
  });
  const runId = route.page === "run" ? route.id : null;
  useEffect(() => connection.watch(runId), [runId]);
  useEffect(() => {
    document.title = titleOf(route, model);
  });
  const nowMs = serverNow(model, Date.now());
  return (
    <div class="page">
      <Bar model={model} onHelp={() => setHelp(true)} />
      <LinkNotice connection={connection} model={model} />
      <div class="view">
        <View model={model} route={route} charts={charts} nowMs={nowMs} />
      </div>
      {help ? <Help onClose={() => setHelp(false)} /> : null}
    </div>
  );
}

interface ViewProps extends Pick<AppProps, "model" | "charts"> {
  readonly route: Route;
  readonly nowMs: number;
}

function View({ route, ...props }: ViewProps) {
  switch (route.page) {
    case "run":
      return <RunPage route={route} {...props} />;
    case "agent":
      return <AgentPage {...props} />;
    case "overview":
      return <Overview route={route} {...props} />;
  }
}

function titleOf(route: Route, model: Model): string {
  const name = model.hello?.name ?? "Inspector";
  if (route.page === "overview") return name;
  if (route.page === "agent") return `Agent · ${name}`;
  const row = model.runs.get(route.id);
  return `${row?.name || route.id} · ${name}`;
}

/** The list as it was left, so that a look at a run does not cost the filter. */
let lastOverview: OverviewRoute = HOME;

function Bar({ model, onHelp }: { readonly model: Model; readonly onHelp: () => void }) {
  const route = useRoute();
  if (route.page === "overview") lastOverview = route;
  const { hello, agent } = model;
  return (
    <header class="bar">
      <a class="brand" href={printRoute(lastOverview)}>
        <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
          <circle cx="5" cy="10" r="3" />
          <circle cx="15" cy="5" r="3" />
          <circle cx="15" cy="15" r="3" />
          <path d="M7.7 8.7 L12.4 6.3 M7.7 11.3 L12.4 13.7" />
        </svg>
        Inspector
      </a>
      <span class="agent-name" title={hello === null ? undefined : `Version ${hello.version}`}>
        {hello?.name ?? ""}
      </span>
      {hello === null
        ? null
        : <span class={`source ${hello.source}`}>{hello.source === "live" ? "live" : "recording"}</span>}
      {agent === null ? null : (
        <a class="agent-link" href={printRoute(AGENT)} title="The agent's own chart">
          <Badge name={agent.state} />
        </a>
      )}
      <span class="spacer" />
      <ThemeButton />
      <button type="button" class="button" aria-label="Keys and help" onClick={onHelp}>?</button>
    </header>
  );
}

const THEME_SIGNS = { system: "◐ auto", light: "☀ light", dark: "☾ dark" } as const;

function ThemeButton() {
  const [theme, setTheme] = useState(storedTheme);
  const turn = (): void => {
    const next = nextTheme(theme);
    applyTheme(next);
    setTheme(next);
  };
  useKeys({ t: turn });
  return (
    <button type="button" class="button" aria-label={`Colours: ${theme}`} onClick={turn}>
      {THEME_SIGNS[theme]}
    </button>
  );
}

/** Says when what is seen may be old, and why. */
function LinkNotice({ connection, model }: { readonly connection: Connection; readonly model: Model }) {
  const link = connection.link();
  if (link.kind === "foreign") {
    return (
      <p class="notice bad" role="alert">
        The agent speaks another version of the inspector's protocol than this page. Reload the page without
        its cache
      </p>
    );
  }
  if (link.kind === "lost") {
    const wait = link.retryMs - Date.now();
    return (
      <p class="notice slow" role="alert">
        <span>
          {model.hello === null
            ? "The agent does not answer"
            : `Connection lost: this is how things stood at ${clockTime(model.serverMs).slice(0, 8)}`}
          {wait < 500 ? ". Trying again" : `. Trying again in ${duration(Math.ceil(wait / 1000) * 1000)}`}
        </span>
        <button type="button" class="button" onClick={connection.retry}>Try now</button>
      </p>
    );
  }
  if (link.kind === "connecting") return <p class="notice" role="status">Connecting to the agent</p>;
  if (model.hello?.note) return <p class="notice" role="note">{model.hello.note}</p>;
  return null;
}
