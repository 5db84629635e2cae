/**
 * A laid-out chart as an SVG picture that stands by itself, readable on light and dark ground.
 *
 * @module
 */

import type { ChartEdge, ChartLayout, ChartNode } from "../protocol/protocol.ts";

const STYLE = [
  "text{font-family:ui-sans-serif,system-ui,sans-serif;fill:#1f2933}",
  ".name{font-size:13px;font-weight:600;text-anchor:middle}",
  ".actor{font-size:10px;text-anchor:middle;fill:#52606d}",
  ".label{font-size:10px;fill:#52606d}",
  ".box{fill:#fff;stroke:#334e68;stroke-width:1.5}",
  ".final{stroke-width:3.5}",
  ".line{fill:none;stroke:#829ab1}",
  ".ground{fill:#f5f7fa}",
  "@media(prefers-color-scheme:dark){text{fill:#e4e7eb}.actor,.label{fill:#9aa5b1}.box{fill:#243b53;stroke:#829ab1}" +
  ".ground{fill:#102a43}.line{stroke:#627d98}}",
].join("");

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll(
    '"',
    "&quot;",
  );
}

function boxOf({ id, x, y, width, height, kind, description, actor }: ChartNode): string {
  const middle = x + width / 2;
  const nameY = y + height / 2 + (actor === null ? 4 : -2);
  return [
    `<g><title>${escaped(description === "" ? id : description)}</title>`,
    `<rect class="box ${kind}" x="${x}" y="${y}" width="${width}" height="${height}" rx="8"/>`,
    `<text class="name" x="${middle}" y="${nameY}">${kind === "initial" ? "● " : ""}${escaped(id)}</text>`,
    actor === null ? "" : `<text class="actor" x="${middle}" y="${nameY + 15}">${escaped(actor)}</text>`,
    "</g>",
  ].join("");
}

function arrowOf({ points, labels, label }: ChartEdge): string {
  const path = points.map(({ x, y }, i) => `${i === 0 ? "M" : "L"}${x} ${y}`).join("");
  const texts = labels.map((text, i) =>
    `<text class="label" x="${label.x + 3}" y="${label.y + 12 + i * 14}">${escaped(text)}</text>`
  );
  return `<path class="line" d="${path}" marker-end="url(#tip)"/>${texts.join("")}`;
}

/** The picture as text. */
export function toSvg(chart: ChartLayout): string {
  const size = `width="${chart.width}" height="${chart.height}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} viewBox="0 0 ${chart.width} ${chart.height}" role="img">`,
    `<title>${escaped(chart.name)}</title>`,
    `<style>${STYLE}</style>`,
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">' +
    '<path d="M0 0L8 4L0 8z" fill="#829ab1"/></marker></defs>',
    `<rect class="ground" ${size}/>`,
    ...chart.edges.map(arrowOf),
    ...chart.nodes.map(boxOf),
    "</svg>",
    "",
  ].join("\n");
}
