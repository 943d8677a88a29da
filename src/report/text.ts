/** Diagnostics as people read them on a terminal, in the manner of rustc. */
import { type Diagnostic, positionOf } from "../diagnostics.ts";
import { type Colours, plain } from "./colours.ts";
import { display, excerpt } from "./columns.ts";

/** The file that a diagnostic speaks of. */
export interface Subject {
  readonly path: string;
  /** Null where the file could not be read: then there is no line to show, and no place to name. */
  readonly text: string | null;
}

/**
 * ```
 * error[unsupported-layer]: `Merge` has no counterpart
 *   --> scripts/train.py:12:11
 *    |
 * 12 | model.add(Merge([left, right]))
 *    |           ^^^^^^^^^^^^^^^^^^^^
 *    = help: ...
 * ```
 */
export function renderDiagnostic(diagnostic: Diagnostic, subject: Subject, colours: Colours = plain): string {
  const { severity, rule, message, hint } = diagnostic;
  const tint = severity === "error" ? colours.red : colours.cyan;
  const title = colours.bold(tint(`${severity}[${rule}]`)) + colours.bold(`: ${message}`);
  if (subject.text === null) {
    return lines([title, place(1, display(subject.path), colours), help(1, hint, colours)]);
  }
  const { line, column } = positionOf(subject.text, diagnostic.start);
  const gutter = String(line).length;
  const source = lineAround(subject.text, diagnostic.start);
  const { text, indent, width } = excerpt(
    source.text,
    diagnostic.start - source.start,
    Math.max(diagnostic.start, diagnostic.end) - source.start,
  );
  const bar = colours.blue("|");
  return lines([
    title,
    place(gutter, `${display(subject.path)}:${line}:${column}`, colours),
    `${" ".repeat(gutter)} ${bar}`,
    `${colours.blue(String(line))} ${bar} ${text}`.trimEnd(),
    `${" ".repeat(gutter)} ${bar} ${" ".repeat(indent)}${tint("^".repeat(width))}`,
    help(gutter, hint, colours),
  ]);
}

function lines(all: readonly (string | undefined)[]): string {
  return `${all.filter((line) => line !== undefined).join("\n")}\n`;
}

function place(gutter: number, where: string, colours: Colours): string {
  return `${" ".repeat(gutter)}${colours.blue("-->")} ${where}`;
}

function help(gutter: number, hint: string | undefined, colours: Colours): string | undefined {
  return hint && `${" ".repeat(gutter)} ${colours.blue("=")} ${colours.bold("help")}: ${hint}`;
}

/** The line that an offset is in, without its end and without a byte order mark. */
function lineAround(text: string, offset: number): { readonly text: string; readonly start: number } {
  const start = offset === 0 ? 0 : text.lastIndexOf("\n", offset - 1) + 1;
  const end = text.indexOf("\n", offset);
  const line = text.slice(start, end < 0 ? text.length : end);
  return { text: line.endsWith("\r") ? line.slice(0, -1) : line, start };
}
