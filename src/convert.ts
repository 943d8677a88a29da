/**
 * The pipeline on one page: text in, conversion out. No file system, no process, no globals.
 *
 *   parse -> analyze -> transform -> emit -> check
 */
import type { ImportFrom, Node, PythonParser, SyntaxProblem } from "../grammars/nodes.ts";
import { walk } from "../grammars/walk.ts";
import { HELPER_SOURCES } from "../transforms/helpers/index.ts";
import { transform } from "../transforms/index.ts";
import { reportGivenOn } from "../transforms/passes/imports.ts";
import type { ModelPlan } from "../transforms/plan.ts";
import { registry } from "../transforms/registry.ts";
import type { Pin, Pins } from "../transforms/releases.ts";
import { kerasOf } from "../transforms/version.ts";
import { analyze } from "./analysis/program.ts";
import type { Diagnostic } from "./diagnostics.ts";
import { checkOutput, type Fault } from "./emit/check.ts";
import { OverlapError } from "./emit/edits.ts";
import { writeHeader } from "./emit/header.ts";
import { helperBlock } from "./emit/helpers.ts";
import { loadLibrary } from "./emit/library.ts";
import { mayUseModels, namesKeras } from "./prefilter.ts";

export interface SourceFile {
  /** As diagnostics name it. */
  readonly path: string;
  readonly text: string;
  /** What the requirements of its repository say of Keras. */
  readonly pins?: Pins;
  /**
   * Whether a module that the file imports, dotted and with the leading dots of a relative import, is another
   * file of the repository that uses Keras. Without it every import is taken to be of a library.
   */
  readonly isSibling?: (module: string) => boolean;
}

export interface ConvertOptions {
  /** Write what can be converted, and mark the rest. */
  readonly partial?: boolean;
  /** The Keras that all scripts are written for; without it, their spellings and requirements tell. */
  readonly keras?: Pin;
  /** Take torchvision's pretrained weights for those of `keras.applications`, which differ. */
  readonly torchvisionWeights?: boolean;
}

/**
 * - `converted`: all Keras in it is PyTorch now
 * - `partial`: what could be is, the rest is marked
 * - `unsupported`: something in it has no translation here; the file is left alone
 * - `unrelated`: no Keras in it
 * - `invalid`: not Python 3
 */
export type Verdict = "converted" | "partial" | "unsupported" | "unrelated" | "invalid";

export interface Conversion {
  readonly verdict: Verdict;
  /** The new text; null where the file stays as it is. `unifiedDiff` of report/diff.ts compares it with the old one. */
  readonly output: string | null;
  readonly diagnostics: readonly Diagnostic[];
  /** The models of a conversion: layers, modules, shapes, and how weights are carried over. */
  readonly models: readonly ModelPlan[];
}

export function convert(parser: PythonParser, file: SourceFile, options: ConvertOptions = {}): Conversion {
  const left = (verdict: Verdict, diagnostics: readonly Diagnostic[] = []): Conversion => ({
    verdict,
    output: null,
    diagnostics,
    models: [],
  });
  // Files that neither name Keras nor may get a model from another file are not parsed.
  const named = namesKeras(file.text);
  if (!named && !(file.isSibling && mayUseModels(file.text))) return left("unrelated");
  const { module, problems } = parser.parse(file.text);
  if (!module && !named) return left("unrelated");
  if (!module) return left("invalid", problems.map(syntaxDiagnostic));
  const siblings = siblingsIn(module, file);
  if (!importsKeras(module) && siblings.size === 0) return left("unrelated");

  const { version, release } = options.keras ?? kerasOf(module, file.pins);
  const program = analyze(file.text, module, registry, version, release, siblings);
  const { rewriter, importPlace, models } = transform(program, options.partial, options.torchvisionWeights);
  reportGivenOn(rewriter);
  const byPlace = [...rewriter.diagnostics].sort((a, b) => a.start - b.start);
  const complete = !rewriter.hasErrors;
  if (!complete && (!options.partial || !rewriter.isWorthWriting)) return left("unsupported", byPlace);

  if (complete && rewriter.edits.all.length === 0) return left("unrelated");

  const helpers = helperBlock(rewriter, loadLibrary(parser, HELPER_SOURCES));
  writeHeader(rewriter, importPlace, helpers);
  let output: string;
  try {
    output = rewriter.edits.apply(file.text);
  } catch (error) {
    if (!(error instanceof OverlapError)) throw error;
    return left("unsupported", [...byPlace, internal(error)]);
  }
  const wrong = checkOutput(
    parser,
    output,
    complete ? kerasNames(module) : new Set(),
    registry,
    complete,
    module,
    helpers,
  );
  if (wrong) return left("unsupported", [...byPlace, internal(wrong)]);
  return { verdict: complete ? "converted" : "partial", output, diagnostics: byPlace, models };
}

/** The first names of the modules that a script imports from other files of its repository that use Keras. */
function siblingsIn(module: Node, { isSibling }: SourceFile): ReadonlySet<string> {
  const found = new Set<string>();
  if (!isSibling) return found;
  walk(module, (node) => {
    const modules =
      node.type === "Import"
        ? node.names.map(({ name }) => name)
        : node.type === "ImportFrom"
          ? modulesOf(node)
          : [];
    for (const one of modules) if (isSibling(one)) found.add(one.replace(/^\.+/, "").split(".")[0] ?? "");
    return true;
  });
  return found;
}

/** `from a import b`: the module `a`, and `a.b`, which may be one too. */
function modulesOf({ level, module, names }: ImportFrom): readonly string[] {
  const path = ".".repeat(level) + module;
  const inside = names.map(({ name }) => (path.endsWith(".") ? path + name : `${path}.${name}`));
  return module === "" ? inside : [path, ...inside];
}

function syntaxDiagnostic(problem: SyntaxProblem): Diagnostic {
  const python2 = problem.kind === "python2";
  return {
    rule: problem.kind,
    severity: "error",
    message: python2 ? `this is Python 2: ${problem.detail}` : problem.detail,
    hint: python2 ? "PyTorch needs Python 3; convert the file with 2to3 first." : undefined,
    start: problem.start,
    end: problem.end,
  };
}

function internal({ message, hint }: Fault): Diagnostic {
  return {
    rule: "self-check",
    severity: "error",
    message,
    hint: hint ?? "This is a bug of keras-to-torch; please report it.",
    start: 0,
    end: 0,
  };
}

function importsKeras(module: Node): boolean {
  let found = false;
  walk(module, (node) => {
    if (node.type === "Import")
      found ||= node.names.some((alias) => registry.isKeras(registry.canonical(alias.name)));
    if (node.type === "ImportFrom" && node.level === 0)
      found ||= registry.isKeras(registry.canonical(node.module));
    return !found;
  });
  return found;
}

/** The names that the script's Keras imports bind. */
function kerasNames(module: Node): Set<string> {
  const names = new Set<string>();
  walk(module, (node) => {
    if (node.type === "Import") {
      for (const alias of node.names) {
        if (registry.isKeras(registry.canonical(alias.name)))
          names.add(alias.asname ?? alias.name.split(".")[0] ?? "");
      }
    }
    if (node.type === "ImportFrom" && registry.isKeras(registry.canonical(node.module))) {
      for (const alias of node.names) names.add(alias.asname ?? alias.name);
      if (node.star) for (const name of registry.exports(node.module)) names.add(name);
    }
  });
  return names;
}
