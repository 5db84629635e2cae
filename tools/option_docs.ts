/**
 * Writes the option tables of `docs/ecs.md`, `docs/fargate.md` and `docs/worker.md` from the rows the command line is made of, so that
 * they cannot drift. With `--check` nothing is written, and a stale page ends it with exit code 1.
 *
 * @module
 */

import {
  commonOptionRows,
  FLAVOUR_ROWS,
  type FlavourRows,
  workerRows,
} from "../commands/cli/flavour_rows.ts";
import type { OptionRow } from "../schemas/options/option.ts";
import { configurationFileRows, configurationRows } from "../schemas/prefect1/config/configuration_rows.ts";
import { explainOptionRows } from "../commands/cli/explain_options.ts";
import { jobEnvironmentRows } from "../commands/cli/job_environment_options.ts";
import { installOptionRows } from "../flavours/kubernetes_agent/install/option_rows.ts";
import { oldJobRows } from "../flavours/kubernetes_agent/option_rows.ts";
import { launchOptionRows as kubernetesLaunchRows } from "../schemas/kubernetes/launch_option_rows.ts";
import { taskEnvironmentOptionRows } from "../commands/cli/task_environment_options.ts";

/** How the names of a table are written. */
export type NameStyle = "option" | "pair" | "key";

/** One generated table. */
export interface Table {
  /** Names the place in a page: `<!-- options:NAME -->` to `<!-- /options:NAME -->`. */
  readonly name: string;
  readonly style: NameStyle;
  readonly rows: readonly OptionRow[];
}

/** Every table, wherever it is used. */
export const TABLES: readonly Table[] = [
  { name: "common", style: "option", rows: commonOptionRows },
  ...FLAVOUR_ROWS.flatMap(tablesOf),
  { name: "explain", style: "option", rows: explainOptionRows },
  { name: "worker-common", style: "option", rows: withoutOwn(workerRows) },
  { name: "worker-explain", style: "option", rows: workerRows.explaining },
  { name: "kubernetes-launching", style: "option", rows: kubernetesLaunchRows },
  { name: "kubernetes-variables", style: "key", rows: oldJobRows },
  { name: "kubernetes-install", style: "option", rows: installOptionRows },
  { name: "job-environment", style: "option", rows: jobEnvironmentRows },
  { name: "task-environment", style: "option", rows: taskEnvironmentOptionRows },
  { name: "configuration", style: "key", rows: configurationRows },
  { name: "configuration-files", style: "key", rows: configurationFileRows },
];

/** Own options of a flavour, and its pairs. */
function tablesOf({ name, own, keys }: FlavourRows): readonly Table[] {
  return [{ name, style: "option", rows: own }, { name: `${name}-pairs`, style: "pair", rows: keys }];
}

/** The options of a flavour that it shares with others, as they are for it. */
function withoutOwn({ options, own }: FlavourRows): readonly OptionRow[] {
  return options.filter((row) => !own.includes(row));
}

/** The pages that hold tables, relative to the project. */
export const PAGES: readonly string[] = [
  "docs/ecs.md",
  "docs/fargate.md",
  "docs/worker.md",
  "docs/kubernetes.md",
];

const HEADINGS = ["Name", "Variable", "Type", "Unit", "Default", "Since", "What it says", "Note"];

/** One table as Markdown; the formatter leaves it alone. */
export function renderTable({ style, rows }: Table): string {
  const lines = rows.map((row) => line(cellsOf(row, style)));
  return [
    "<!-- deno-fmt-ignore-start -->",
    "",
    line(HEADINGS),
    line(HEADINGS.map(() => "---")),
    ...lines,
    "",
    "<!-- deno-fmt-ignore-end -->",
  ].join("\n");
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

function cellsOf(row: OptionRow, style: NameStyle): readonly string[] {
  return [
    nameOf(row, style),
    row.variable === undefined ? "" : code(row.variable),
    typeOf(row),
    row.unit ?? "",
    row.default ?? "",
    row.since,
    sentence(row.description),
    sentence(row.note ?? ""),
  ].map(escaped);
}

function nameOf(row: OptionRow, style: NameStyle): string {
  if (style === "key") return code(row.name);
  if (style === "pair") return code(row.type === "flag" ? row.name : `${row.name}=…`);
  const short = row.short === undefined ? "" : `, ${code(`-${row.short}`)}`;
  return `${code(`--${row.name}`)}${short}`;
}

function typeOf(row: OptionRow): string {
  if (row.choices !== undefined) return row.choices.map(code).join(", ");
  return row.type === "list" ? "text, repeatable" : row.type;
}

function code(text: string): string {
  return `\`${text}\``;
}

function sentence(text: string): string {
  return text.replace(/\.$/, "");
}

function escaped(cell: string): string {
  return cell.replaceAll("|", "\\|").replace(/\s*\n\s*/g, " ");
}

/**
 * A page with its tables renewed; the text around them stays.
 *
 * @throws {SyntaxError} for a marker that names no table or is not closed
 */
export function withTables(page: string, tables: readonly Table[]): string {
  return page.replace(
    /<!-- options:([\w-]+) -->[\s\S]*?(<!-- \/options:\1 -->|$(?![\s\S]))/g,
    (_, name: string, end: string) => {
      const table = tables.find((candidate) => candidate.name === name);
      if (table === undefined) {
        throw new SyntaxError(`Cannot fill in options:${name}: there is no such table`);
      }
      if (end === "") throw new SyntaxError(`Cannot fill in options:${name}: its end marker is missing`);
      return `<!-- options:${name} -->\n\n${renderTable(table)}\n\n${end}`;
    },
  );
}

async function main(argv: readonly string[]): Promise<number> {
  const stale: string[] = [];
  for (const page of PAGES) {
    const before = await Deno.readTextFile(page);
    const after = withTables(before, TABLES);
    if (before === after) continue;
    stale.push(page);
    if (!argv.includes("--check")) await Deno.writeTextFile(page, after);
  }
  const word = argv.includes("--check") ? "stale" : "written";
  const text = stale.map((page) => `${word}: ${page}\n`).join("") + `option docs: ${PAGES.length} pages\n`;
  await Deno.stdout.write(new TextEncoder().encode(text));
  return argv.includes("--check") && stale.length > 0 ? 1 : 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
