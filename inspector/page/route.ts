/**
 * Where the page is, as the part of the address behind `#`, so that everything seen can be sent to somebody else.
 *
 * @module
 */

/** Columns that the table can be sorted by. */
export const SORT_KEYS = ["name", "flow", "state", "since", "attempt", "task"] as const;

/** A column that the table can be sorted by. */
export type SortKey = typeof SORT_KEYS[number];

/** Order of the table. */
export interface Sort {
  readonly key: SortKey;
  readonly descending: boolean;
}

/** The list of runs. */
export interface OverviewRoute {
  readonly page: "overview";
  /** Words that a row must have, all of them. */
  readonly query: string;
  /** States or outcomes shown; empty: all. */
  readonly states: readonly string[];
  readonly sort: Sort;
}

/** One run. */
export interface RunRoute {
  readonly page: "run";
  readonly id: string;
  /** {@link Step.n} of the step looked at, null: the present. */
  readonly step: number | null;
}

/** The agent's own machine. */
export interface AgentRoute {
  readonly page: "agent";
}

/** Where the page is. */
export type Route = OverviewRoute | RunRoute | AgentRoute;

/** The agent's own machine. */
export const AGENT: AgentRoute = { page: "agent" };

/** Newest first: what just moved is what one looks for. */
export const DEFAULT_SORT: Sort = { key: "since", descending: true };

/** Everything, newest first. */
export const HOME: OverviewRoute = { page: "overview", query: "", states: [], sort: DEFAULT_SORT };

/** Reads the part of an address behind `#`; what cannot be understood is the overview. */
export function parseRoute(hash: string): Route {
  const [path = "", search = ""] = hash.replace(/^#/, "").split(/\?(.*)/s);
  const asked = new URLSearchParams(search);
  const id = /^\/run\/(.+)$/.exec(path)?.[1];
  if (id !== undefined) return { page: "run", id: decoded(id), step: stepOf(asked.get("step")) };
  if (path === "/agent") return AGENT;
  return {
    page: "overview",
    query: asked.get("q") ?? "",
    states: (asked.get("states") ?? "").split(",").filter((state) => state !== ""),
    sort: sortOf(asked.get("sort")),
  };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a percent sign typed by hand
  }
}

function stepOf(text: string | null): number | null {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null;
}

function sortOf(text: string | null): Sort {
  const key = SORT_KEYS.find((known) => known === text?.replace(/^-/, ""));
  return key === undefined ? DEFAULT_SORT : { key, descending: text?.startsWith("-") ?? false };
}

/** The part of the address behind and with `#`; what is usual is left out. */
export function printRoute(route: Route): string {
  if (route.page === "run") {
    const step = route.step === null ? "" : `?step=${route.step}`;
    return `#/run/${encodeURIComponent(route.id)}${step}`;
  }
  if (route.page === "agent") return "#/agent";
  const asked = new URLSearchParams();
  if (route.query !== "") asked.set("q", route.query);
  if (route.states.length > 0) asked.set("states", route.states.join(","));
  const { key, descending } = route.sort;
  if (key !== DEFAULT_SORT.key || descending !== DEFAULT_SORT.descending) {
    asked.set("sort", `${descending ? "-" : ""}${key}`);
  }
  const search = asked.toString();
  return search === "" ? "#/" : `#/?${search}`;
}
