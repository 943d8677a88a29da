import { createRequire } from "node:module";
import { loadParser, type PythonParser } from "../../grammars/index.ts";
import { convert } from "../../src/convert.ts";
import { describe, type Input } from "./inputs.ts";
import { measure, table } from "./measure.ts";

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

/** Everything in proportion to a bare tree-sitter parse of the same files in the same process. */
export async function measureParsing(title: string, inputs: readonly Input[]): Promise<string> {
  const bare = loadBareParser();
  const native = await loadParser({ backend: "native" });
  const wasm = await loadParser({ backend: "wasm" });
  const parseAll = (parser: PythonParser) => () => {
    for (const { text } of inputs) parser.parse(text);
  };
  const convertAll = (parser: PythonParser) => () => {
    for (const input of inputs) convert(parser, input);
  };
  const timings = measure(
    {
      "tree-sitter alone": () => {
        for (const { text } of inputs) bare.parse(text, null, { bufferSize: text.length + 1 });
      },
      "parse to the typed tree": parseAll(native),
      convert: convertAll(native),
      "parse, WebAssembly": parseAll(wasm),
      "convert, WebAssembly": convertAll(wasm),
    },
    15,
  );
  return table(`${title} (${describe(inputs)})`, timings);
}
