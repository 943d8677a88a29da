import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { PythonParser } from "./nodes.ts";
import { type Parse, pythonParser } from "./parser.ts";
import type { Cursor } from "./reader.ts";

export interface LoadOptions {
  /** Which binding to load; without it the native one, and WebAssembly where that is not to be had. */
  readonly backend?: PythonParser["backend"] | undefined;
}

/**
 * Loads tree-sitter with the grammar of Python.
 *
 * The native binding is the faster one, but it is an optional dependency: it needs a compiler where
 * no prebuilt file fits the system. The grammar's WebAssembly build gives the same trees everywhere.
 */
export async function loadParser(options: LoadOptions = {}): Promise<PythonParser> {
  if (options.backend !== "wasm") {
    try {
      return pythonParser("native", loadNative());
    } catch (error) {
      if (options.backend === "native") throw error;
    }
  }
  return pythonParser("wasm", await loadWasm());
}

/** What is used of the native binding, which may not be installed, so that its types may not be either. */
interface NativeParser {
  setLanguage(language: unknown): void;
  parse(
    input: string,
    oldTree: null,
    options: { bufferSize: number },
  ): { readonly rootNode: { readonly hasError: boolean }; walk(): Cursor };
}

function loadNative(): Parse {
  const require = createRequire(import.meta.url);
  const Parser = require("tree-sitter") as new () => NativeParser;
  const parser = new Parser();
  parser.setLanguage(require("tree-sitter-python"));
  return (text) => {
    // One buffer for the whole text: at the seam of two, a surrogate pair would be torn apart.
    const tree = parser.parse(text, null, { bufferSize: text.length + 1 });
    // A native tree is freed with its object, but only between two turns of the event loop.
    return { hasError: tree.rootNode.hasError, cursor: tree.walk(), free() {} };
  };
}

async function loadWasm(): Promise<Parse> {
  const { Parser, Language } = await import("web-tree-sitter");
  await Parser.init();
  // Beside this module in the sources as well as in the bundle.
  const grammar = fileURLToPath(new URL("./tree-sitter-python.wasm", import.meta.url));
  const parser = new Parser().setLanguage(await Language.load(grammar));
  return (text) => {
    const tree = parser.parse((index) => chunk(text, index));
    if (!tree) throw new Error("tree-sitter did not parse");
    const cursor = tree.walk();
    return {
      hasError: tree.rootNode.hasError,
      cursor,
      free() {
        cursor.delete();
        tree.delete();
      },
    };
  };
}

/** Half of what web-tree-sitter's input buffer holds. */
const CHUNK_LENGTH = 4096;

/** The text from `index` on, in pieces that do not end within a surrogate pair. */
function chunk(text: string, index: number): string {
  const end = index + CHUNK_LENGTH;
  const last = text.charCodeAt(end - 1);
  const isHighSurrogate = last >= 0xd800 && last <= 0xdbff;
  return text.slice(index, isHighSurrogate ? end + 1 : end);
}
