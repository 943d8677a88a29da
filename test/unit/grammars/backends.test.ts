import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { loadParser, type PythonParser } from "../../../grammars/index.ts";
import { expectSound, outline, places } from "./support.ts";

const root = resolve(import.meta.dirname, "../../..");

/** The path of an optional package's file; null where the package is not installed. */
function installed(file: string): string | null {
  try {
    return createRequire(import.meta.url).resolve(file);
  } catch {
    return null;
  }
}

/** All Python files below a folder. */
function pythonFiles(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".py"))
    .map((name) => join(root, folder, name));
}

const FILES = ["snapshots", "transforms", "test"].flatMap(pythonFiles);

const BROKEN = [
  "x = = 1\nmodel.fit(\n",
  "def f(:\n  pass\n",
  "print 'a'\nexec b in c\n!ls\n",
  "class A\n  def f(self): pass\n",
  "f(a,, b)\n",
];

test("the grammar's WebAssembly is the one of the installed grammar", (context) => {
  const original = installed("tree-sitter-python/tree-sitter-python.wasm");
  if (!original) return context.skip();
  const vendored = readFileSync(join(root, "grammars/tree-sitter-python.wasm"));
  expect(vendored.equals(readFileSync(original))).toBe(true);
});

test("a backend can be asked for", async () => {
  expect((await loadParser({ backend: "wasm" })).backend).toBe("wasm");
  const expected = installed("tree-sitter") ? "native" : "wasm";
  expect((await loadParser()).backend).toBe(expected);
});

const native = await loadParser();

describe.runIf(native.backend === "native")("WebAssembly gives the trees of the native binding", async () => {
  const wasm = await loadParser({ backend: "wasm" });

  test.each(FILES.map((file) => relative(root, file)))("%s", (file) => {
    const text = readFileSync(join(root, file), "utf8");
    expect(show(wasm, text)).toEqual(show(native, text));
  });

  test.each(BROKEN)("%j", (text) => {
    expect(wasm.parse(text)).toEqual(native.parse(text));
  });
});

function show(parser: PythonParser, text: string) {
  const { module, problems } = parser.parse(text);
  expect(problems).toEqual([]);
  if (!module) throw new Error("no module without problems");
  expectSound(module, text);
  const { comments, identifiers } = module;
  return { outline: module.body.map(outline), places: places(module, text), comments, identifiers };
}
