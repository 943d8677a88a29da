/**
 * The helpers' sources. They are cut into functions and classes by their first lines; one is
 * parsed when a script first needs it.
 */
import type { PythonParser } from "../../grammars/nodes.ts";
import type { Helpers, Rendering } from "./specialize.ts";
import type { Helper } from "./specialize-expressions.ts";

export interface Library {
  readonly helpers: Helpers;
  /** Import statements of the sources, by the name that they bind. */
  readonly imports: ReadonlyMap<string, string>;
  /** What was specialized before, by all that it depends on. */
  readonly rendered: Map<string, ReadonlyMap<string, Rendering>>;
  /** Whether a part of what is written into scripts parses; each text is looked at once. */
  isPython(text: string): boolean;
}

const libraries = new WeakMap<PythonParser, Library>();

/** @param sources Python files, in the order in which their functions go into a script */
export function loadLibrary(parser: PythonParser, sources: readonly string[]): Library {
  const known = libraries.get(parser);
  if (known) return known;
  const texts = new Map<string, string>();
  const imports = new Map<string, string>();
  for (const source of sources) cut(source, texts, imports);
  // What one source imports from another is a helper.
  for (const name of texts.keys()) imports.delete(name);
  const checked = new Map<string, boolean>();
  const library: Library = {
    helpers: new LazyHelpers(parser, texts),
    imports,
    rendered: new Map(),
    isPython(text) {
      const before = checked.get(text);
      if (before !== undefined) return before;
      const found = parser.parse(`${text}\n`).module !== null;
      checked.set(text, found);
      return found;
    },
  };
  libraries.set(parser, library);
  return library;
}

class LazyHelpers implements Helpers {
  private readonly parser: PythonParser;
  private readonly texts: ReadonlyMap<string, string>;
  private readonly parsed = new Map<string, Helper>();

  constructor(parser: PythonParser, texts: ReadonlyMap<string, string>) {
    this.parser = parser;
    this.texts = texts;
  }

  has(name: string): boolean {
    return this.texts.has(name);
  }

  keys(): Iterable<string> {
    return this.texts.keys();
  }

  get(name: string): Helper | undefined {
    const known = this.parsed.get(name);
    const text = this.texts.get(name);
    if (known || text === undefined) return known;
    const node = this.parser.parse(text).module?.body[0];
    if (!node) throw new Error(`the helper ${name} does not parse`);
    const helper = { name, text, node };
    this.parsed.set(name, helper);
    return helper;
  }
}

/** What stands at the left edge of our own sources: definitions, imports, switches. */
const DEFINITION = /^(?:def|class) (\w+)/;
const VARIABLE = /^([a-z]\w*) = /;
const IMPORT = /^import ([\w.]+)(?: as (\w+))?$/;
const FROM = /^from ([\w.]+) import (.+)$/;

/** Cuts a source into its top-level definitions and notes its imports. */
function cut(source: string, texts: Map<string, string>, imports: Map<string, string>): void {
  let lines: string[] = [];
  let name: string | undefined;
  const finish = () => {
    if (name !== undefined) texts.set(name, `${lines.join("\n").trimEnd()}\n`);
    [lines, name] = [[], undefined];
  };
  for (const line of source.split("\n")) {
    const edge = line !== "" && !line.startsWith(" ") && !line.startsWith(")");
    // A decorator belongs to what it stands above.
    if (edge && !(lines.length === 1 && lines[0]?.startsWith("@"))) finish();
    if (edge) name = (DEFINITION.exec(line) ?? VARIABLE.exec(line))?.[1];
    if (name !== undefined || line.startsWith("@")) lines.push(line);
    if (edge) noteImport(line, imports);
  }
  finish();
}

function noteImport(line: string, imports: Map<string, string>): void {
  const [statement, module, alias] = IMPORT.exec(line) ?? [];
  if (statement !== undefined && module !== undefined) imports.set(alias ?? module, statement);
  const [, from, names] = FROM.exec(line) ?? [];
  for (const name of names?.split(", ") ?? []) {
    imports.set(name.split(" as ").at(-1) as string, `from ${from} import ${name}`);
  }
}
