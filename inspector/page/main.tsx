/**
 * Starts the page. Messages change the model at once; the page is drawn at most once for each frame of the screen.
 *
 * @module
 */
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

import { render } from "preact";
import * as v from "valibot";
import { type ChartLayout, chartLayoutSchema } from "../protocol/protocol.ts";
import { App } from "./app.tsx";
import { connect } from "./connection.ts";
import { emptyModel } from "./model.ts";
import { applyTheme, storedTheme } from "./theme.ts";

/** The charts, once; none where they cannot be had, which a later reload mends. */
async function fetchCharts(): Promise<readonly ChartLayout[]> {
  const url = new URL("api/charts", location.origin + location.pathname);
  url.search = location.search;
  const answer = await fetch(url);
  if (!answer.ok) return [];
  const parsed = v.safeParse(v.array(chartLayoutSchema), await answer.json());
  return parsed.success ? parsed.output : [];
}

/** Puts the page into an element. */
function start(root: HTMLElement): void {
  const model = emptyModel();
  let charts: readonly ChartLayout[] = [];
  let asked = false;
  let due = false;
  const draw = (): void => {
    due = false;
    render(<App model={model} connection={connection} charts={charts} />, root);
  };
  const schedule = (): void => {
    if (due) return;
    due = true;
    requestAnimationFrame(draw);
  };
  const askForCharts = (): void => {
    if (asked || connection.link().kind !== "open") return;
    asked = true;
    fetchCharts().then((found) => {
      charts = found;
      schedule();
    }, () => asked = false);
  };
  const connection = connect({
    model,
    now: Date.now,
    onChange: () => {
      schedule();
      // Not before the first message: until then the agent may not be there.
      queueMicrotask(askForCharts);
    },
  });
  schedule();
}

applyTheme(storedTheme());
const root = document.getElementById("page");
if (root !== null) {
  root.replaceChildren();
  start(root);
}
