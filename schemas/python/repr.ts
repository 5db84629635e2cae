/**
 * Values as Python's `repr()` prints them: label lists in the run's environment, failures in messages.
 *
 * @module
 */
import type { Json } from "../json/json.ts";
import { fromJson, type PyValue } from "./value.ts";

/**
 * The `repr()` of some JSON: `pythonRepr(["a", "it's"])` is `['a', "it's"]`, `true` is `True`, null is `None`.
 *
 * A whole number prints without a point.
 *
 * @see recorded: tests/golden/ecs/README.md, section 6
 */
export function pythonRepr(json: Json): string {
  return pythonReprOf(fromJson(json));
}

/**
 * The `repr()` of a Python value.
 *
 * Which characters are printable follows the Unicode tables of this runtime; Python 3.9 has those of Unicode 13. A time
 * prints as its ISO 8601 text.
 */
export function pythonReprOf(value: PyValue): string {
  switch (value.kind) {
    case "none":
      return "None";
    case "ellipsis":
      return "Ellipsis";
    case "bool":
      return value.value ? "True" : "False";
    case "int":
      return value.digits;
    case "float":
      return floatRepr(value.value);
    case "complex":
      return complexRepr(value.real, value.imaginary);
    case "str":
      return quoted(value.value, escapedText);
    case "bytes":
      return `b${quoted(String.fromCharCode(...value.bytes), escapedBytes)}`;
    case "date":
      return `datetime.date(${value.iso.split("-").map(Number).join(", ")})`;
    case "datetime":
      return quoted(value.iso, escapedText);
    default:
      return collectionRepr(value);
  }
}

function collectionRepr(value: Extract<PyValue, { kind: "list" | "tuple" | "set" | "dict" }>): string {
  if (value.kind === "dict") {
    const entries = value.entries.map(([key, member]) => `${pythonReprOf(key)}: ${pythonReprOf(member)}`);
    return `{${entries.join(", ")}}`;
  }
  const items = value.items.map(pythonReprOf).join(", ");
  if (value.kind === "list") return `[${items}]`;
  if (value.kind === "tuple") return value.items.length === 1 ? `(${items},)` : `(${items})`;
  return items === "" ? "set()" : `{${items}}`;
}

/** The shortest text that reads back as the same float: `1.0`, `1e+16`, `1e-05`, `inf`. */
export function floatRepr(value: number): string {
  if (Number.isNaN(value)) return "nan";
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  if (!Number.isFinite(value)) return `${sign}inf`;
  const [mantissa = "0", exponent = "0"] = Math.abs(value).toExponential().split("e");
  return sign + positional(mantissa.replace(".", ""), Number(exponent));
}

// Python writes an exponent below 1e-4 and from 1e16 on; JavaScript below 1e-6 and from 1e21 on.
function positional(digits: string, exponent: number): string {
  if (exponent < -4 || exponent >= 16) return scientific(digits, exponent);
  if (exponent < 0) return `0.${"0".repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  return `${whole}.${digits.slice(exponent + 1) || "0"}`;
}

function scientific(digits: string, exponent: number): string {
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : "";
  const power = String(Math.abs(exponent)).padStart(2, "0");
  return `${digits.slice(0, 1)}${fraction}e${exponent < 0 ? "-" : "+"}${power}`;
}

function complexRepr(real: number, imaginary: number): string {
  const imaginaryText = `${shortFloat(imaginary)}j`;
  if (Object.is(real, 0)) return imaginaryText;
  const plus = imaginaryText.startsWith("-") ? "" : "+";
  return `(${shortFloat(real)}${plus}${imaginaryText})`;
}

function shortFloat(value: number): string {
  return floatRepr(value).replace(/\.0$/, "");
}

function quoted(text: string, escaped: (text: string) => string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const body = escaped(text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\r", "\\r"))
    .replaceAll("\t", "\\t");
  return quote + (quote === "'" ? body.replaceAll("'", "\\'") : body) + quote;
}

function escapedText(text: string): string {
  return text.replace(/[\p{C}\p{Z}]/gu, (char) => char === " " || char === "\t" ? char : codeEscape(char));
}

function escapedBytes(text: string): string {
  return text.replace(/[^ -~\t]/g, codeEscape);
}

function codeEscape(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code <= 0xff) return `\\x${hex.padStart(2, "0")}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}
