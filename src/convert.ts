/**
 * The pipeline on one page: text in, conversion out. No file system, no process, no globals.
 *
 *   parse -> analyze -> transform -> emit -> check
 */
import type { Node, PythonParser, SyntaxProblem } from "../grammars/nodes.ts";
import { walk } from "../grammars/walk.ts";
import { HELPER_SOURCES } from "../transforms/helpers/index.ts";
import { transform } from "../transforms/index.ts";
import type { ModelPlan } from "../transforms/plan.ts";
import { registry } from "../transforms/registry.ts";
import type { Pin, Pins } from "../transforms/releases.ts";
import { kerasOf } from "../transforms/version.ts";
import { analyze } from "./analysis/program.ts";
import type { Diagnostic } from "./diagnostics.ts";
import { checkOutput } from "./emit/check.ts";
import { OverlapError } from "./emit/edits.ts";
import { writeHeader } from "./emit/header.ts";
import { helperBlock } from "./emit/helpers.ts";
import { loadLibrary } from "./emit/library.ts";

export interface SourceFile {
  /** As diagnostics name it. */
  readonly path: string;
  readonly text: string;
  /** What the requirements of its repository say of Keras. */
  readonly pins?: Pins;
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
  // Files that never name Keras are not parsed.
  if (!file.text.includes("keras")) return left("unrelated");
  const { module, problems } = parser.parse(file.text);
  if (!module) return left("invalid", problems.map(syntaxDiagnostic));
  if (!importsKeras(module)) return left("unrelated");

  const { version, release } = options.keras ?? kerasOf(module, file.pins);
  const program = analyze(file.text, module, registry, version, release);
  const { rewriter, importPlace, models } = transform(program, options.partial, options.torchvisionWeights);
  const byPlace = [...rewriter.diagnostics].sort((a, b) => a.start - b.start);
  const complete = !rewriter.hasErrors;
  if (!complete && (!options.partial || !rewriter.isWorthWriting)) return left("unsupported", byPlace);

  const helpers = helperBlock(rewriter, loadLibrary(parser, HELPER_SOURCES));
  writeHeader(rewriter, importPlace, helpers);
  let output: string;
  try {
    output = rewriter.edits.apply(file.text);
  } catch (error) {
    if (!(error instanceof OverlapError)) throw error;
    return left("unsupported", [...byPlace, internal(error.message)]);
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

function internal(message: string): Diagnostic {
  return {
    rule: "self-check",
    severity: "error",
    message,
    hint: "This is a bug of keras-to-torch; please report it.",
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
