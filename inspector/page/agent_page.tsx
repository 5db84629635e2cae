/**
 * The agent's own machine: its chart with the present state lit, and what can happen next.
 *
 * @module
 */

import type { ChartLayout } from "../protocol/protocol.ts";
import { ChartPanel } from "./charts/chart_panel.tsx";
import { momentOfState } from "./runs/history.ts";
import { go, useKeys } from "./hooks.ts";
import type { Model } from "./model.ts";
import { BackToRuns, Badge, Empty } from "./parts.tsx";
import { HOME } from "./route.ts";
import { Agent } from "./side_panels.tsx";
import { Ways } from "./charts/ways.tsx";

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
        <BackToRuns />
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
            <Ways
              ways={moment.next}
              followed={null}
              label="What can happen next"
              none="It has ended, nothing follows"
            />
          </section>
        </div>
        <div class="run-right">
          <ChartPanel chart={chart} moment={moment} />
        </div>
      </div>
    </article>
  );
}
