import { createRequire } from "node:module";
import { loadParser, type PythonParser } from "../../grammars/index.ts";
import { convert } from "../../src/convert.ts";
import { describe, type Input } from "./inputs.ts";
import { measure, type Tasks, table } from "./measure.ts";

/** What is used of the native binding to parse and do nothing else. */
interface BareParser {
  setLanguage(language: unknown): void;
  parse(text: string, oldTree: null, options: { bufferSize: number }): unknown;
}

function loadBareParser(): BareParser {
  const require = createRequire(import.meta.url);
  const parser = new (require("tree-sitter") as new () => BareParser)();
  parser.setLanguage(require("tree-sitter-python"));
  return parser;
}

const bare = loadBareParser();
const native = await loadParser({ backend: "native" });
const wasm = await loadParser({ backend: "wasm" });

/** The typed tree in proportion to a bare tree-sitter parse of the same files in the same process. */
export function measureParsing(inputs: readonly Input[]): Promise<string> {
  const parseAll = (parser: PythonParser) => () => {
    for (const { text } of inputs) parser.parse(text);
  };
  return compare("parse", inputs, { native: parseAll(native), WebAssembly: parseAll(wasm) });
}

/**
 * The whole conversion against a bare parse of what goes in and what comes out: the output is
 * parsed too, to check it.
 */
export function measureConversion(inputs: readonly Input[]): Promise<string> {
  const outputs = inputs.flatMap((input) => {
    const { output } = convert(native, input);
    return output === null ? [] : [{ ...input, text: output }];
  });
  const convertAll = (parser: PythonParser) => () => {
    for (const input of inputs) convert(parser, input);
  };
  return compare("convert", [...inputs, ...outputs], {
    native: convertAll(native),
    WebAssembly: convertAll(wasm),
  });
}

async function compare(title: string, inputs: readonly Input[], tasks: Tasks): Promise<string> {
  const timings = await measure({
    "tree-sitter alone": () => {
      for (const { text } of inputs) bare.parse(text, null, { bufferSize: text.length + 1 });
    },
    ...tasks,
  });
  return table(`${title}, ${describe(inputs)}`, timings);
}
