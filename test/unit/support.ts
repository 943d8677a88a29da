/** Small scripts as lists of lines, analysed or converted. */
import { loadParser } from "../../grammars/index.ts";
import type { Module, PythonParser } from "../../grammars/nodes.ts";
import { analyze, type Program } from "../../src/analysis/program.ts";
import * as symbolic from "../../src/analysis/symbolic.ts";
import type { Num, Value } from "../../src/analysis/values.ts";
import { type Conversion, convert } from "../../src/convert.ts";
import { positionOf } from "../../src/diagnostics.ts";
import { registry } from "../../transforms/registry.ts";
import { versionOf } from "../../transforms/version.ts";

export type Lines = string | readonly string[];

export const parser: PythonParser = await loadParser();

export function text(lines: Lines): string {
  return typeof lines === "string" ? lines : `${lines.join("\n")}\n`;
}

export function parse(lines: Lines): Module {
  const { module, problems } = parser.parse(text(lines));
  if (!module) throw new Error(`the snippet does not parse: ${problems[0]?.detail}`);
  return module;
}

export function analysed(lines: Lines): Program {
  const module = parse(lines);
  return analyze(text(lines), module, registry, versionOf(module));
}

/** What a name of the module is known to be when the script has run, in a short notation. */
export function named(lines: Lines, name: string): string {
  const value = analysed(lines).machine.scope.values.get(name);
  return value === undefined ? "unbound" : show(value);
}

/** `?` stands for what is not known; sizes that the script can write are in back quotes. */
export function show(value: Value): string {
  switch (value.kind) {
    case "num":
      return showNumber(value);
    case "str":
      return JSON.stringify(value.value);
    case "bool":
      return value.value ? "True" : "False";
    case "none":
      return "None";
    case "tuple":
      return `(${[...value.elements.map(show), ...(value.open ? ["..."] : [])].join(", ")})`;
    case "list":
      return `[${[...value.elements.map(show), ...(value.open ? ["..."] : [])].join(", ")}]`;
    case "dict":
      return `{${[...[...value.entries].map(([key, one]) => `${key}: ${show(one)}`), ...(value.open ? ["..."] : [])].join(", ")}}`;
    case "ref":
      return registry.canonical(value.path);
    case "object":
      return `<${value.construct.path}>`;
    case "array":
      return `${value.container ?? "?"}${showShape(value.shape)}${value.dtype ? ` ${value.dtype}` : ""}`;
    case "union":
      return value.values.map(show).sort().join(" | ");
    case "unknown":
      return value.library ? `?${value.library}` : "?";
    default:
      return `<${value.kind}>`;
  }
}

function showNumber(value: Num): string {
  if (value.value !== undefined) return value.isFloat ? `${value.value}f` : String(value.value);
  if (value.sym) return `\`${symbolic.render(value.sym)}\``;
  return value.isFloat ? "float" : "int";
}

export function showShape(shape: readonly (Num | undefined)[] | undefined): string {
  return shape ? `(${shape.map((dim) => (dim ? showNumber(dim) : "None")).join(", ")})` : "(?)";
}

/** The output of each layer of the only model. */
export function shapes(lines: Lines): string[] {
  const { models } = analysed(lines);
  return (models[0]?.layers ?? []).map(({ output }) => showShape(output?.shape));
}

export function converted(lines: Lines): Conversion {
  return convert(parser, { path: "script.py", text: text(lines) });
}

/** Errors and notes as `line:column message`. */
export function reports(lines: Lines): string[] {
  return converted(lines).diagnostics.map(({ start, message }) => {
    const { line, column } = positionOf(text(lines), start);
    return `${line}:${column} ${message}`;
  });
}

/**
 * The script's own part of its conversion: without imports, helpers and blank lines.
 * What is reported takes its place where there is no conversion.
 */
export function own(lines: Lines): string[] {
  const { output } = converted(lines);
  if (output === null) return reports(lines);
  const { body } = parse(output);
  const given = new Set(
    parse(lines).body.map((node) => ("name" in node && typeof node.name === "string" ? node.name : "")),
  );
  let kept = output;
  for (const node of [...body].reverse()) {
    const isOwn = "name" in node && typeof node.name === "string" && given.has(node.name);
    const isHelper = (node.type === "FunctionDef" || node.type === "ClassDef") && !isOwn;
    const isImport = node.type === "Import" || node.type === "ImportFrom";
    const isDevice = /^\w*device = torch\.device\("cuda" if/.test(output.slice(node.start, node.end));
    if (!isHelper && !isImport && !isDevice) continue;
    const first = node.type === "FunctionDef" ? (node.decorators[0]?.start ?? node.start) : node.start;
    const start = output.lastIndexOf("\n", first - 1) + 1;
    kept = kept.slice(0, start) + kept.slice(node.end);
  }
  return kept.split(/\r?\n/).filter((line) => line.trim() !== "");
}

/** The lines of one helper in the conversion. */
export function helper(lines: Lines, name: string): string[] {
  const { output } = converted(lines);
  if (output === null) return reports(lines);
  const node = parse(output).body.find((one) => "name" in one && one.name === name);
  return node ? output.slice(node.start, node.end).split("\n") : [];
}

const IMPORTS = [
  "import numpy as np",
  "from keras.models import Sequential",
  "from keras.layers import *",
  "from keras import backend as K, callbacks, initializers, losses, metrics, optimizers, regularizers",
];

/** A script that begins with the usual imports, five lines of them with the blank one. */
export function script(...lines: string[]): string[] {
  return [...IMPORTS, "", ...lines];
}
