/**
 * The agent's own machine: its chart with the present state lit, and what can happen next.
 *
 * @module
 */

import type { ChartLayout } from "../protocol.ts";
import { Chart } from "./chart.tsx";
import { momentOfState } from "./history.ts";
import { go, useKeys } from "./hooks.ts";
import type { Model } from "./model.ts";
import { Badge, Empty } from "./parts.tsx";
import { HOME, printRoute } from "./route.ts";
import { Way } from "./run_page.tsx";
import { Agent } from "./side_panels.tsx";

/** What the view of the agent is made of. */
export interface AgentPageProps {
  readonly model: Model;
  readonly charts: readonly ChartLayout[];
  readonly nowMs: number;
}

/** The agent's own machine. */
export function AgentPage({ model, charts, nowMs }: AgentPageProps) {
  useKeys({ Escape: () => go(HOME) });
  const { agent, hello } = model;
  if (agent === null) return <Empty title="Waiting for the agent to answer" />;
  const chart = charts.find(({ name }) => name === "agent") ?? null;
  const moment = momentOfState(agent.state, chart);
  return (
    <article class="run-page agent-page" aria-label="The agent's own machine">
      <header class="run-header">
        <nav aria-label="Breadcrumb">
          <a href={printRoute(HOME)}>Runs</a> <span class="dim" aria-hidden="true">/</span>
        </nav>
        <h1>{hello?.source === "recording" ? "Agent" : hello?.name ?? "Agent"}</h1>
        <Badge name={agent.state} />
      </header>
      <div class="run-grid">
        <div class="run-left">
          <section class="panel now" aria-label="What happens now">
            <h2>
              Now <Badge name={agent.state} />
            </h2>
            <Agent agent={agent} nowMs={nowMs} />
            {moment.next.length === 0
              ? <p class="dim">It has ended, nothing follows</p>
              : (
                <ul class="next" aria-label="What can happen next">
                  {moment.next.map((way) => (
                    <Way key={`${way.event}${way.target}${way.guard}`} way={way} followed={null} />
                  ))}
                </ul>
              )}
          </section>
        </div>
        <div class="run-right">
          <section class="panel chart-panel" aria-label="State chart">
            {chart === null
              ? <Empty title="The chart has not come yet" />
              : <Chart chart={chart} moment={moment} />}
          </section>
        </div>
      </div>
    </article>
  );
}
