/** The class of a model that branches, as source. */
import type { Stmt } from "../../grammars/nodes.ts";
import { deeper, lineBreak, lineStart } from "../../src/emit/lines.ts";
import type { ModelPlan, PlannedGraph, PlannedLayer } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";
import { codeOf } from "./model-code.ts";

/** The class up to its `forward`, without indentation. */
export function classHead(
  rewriter: Rewriter,
  plan: ModelPlan,
  graph: PlannedGraph,
  outside: readonly string[],
): string[] {
  const base = rewriter.use("nn.Module");
  const parameters = ["self", ...outside].join(", ");
  const members = plan.layers.flatMap((layer) => memberLines(rewriter, layer, graph.members.get(layer)));
  const inputs = ["self", ...graph.inputs.map(({ name }) => name)].join(", ");
  const lines = [
    `class ${graph.className}(${base}):`,
    `    def __init__(${parameters}):`,
    "        super().__init__()",
    ...members.map((line) => `        ${line}`),
    "",
    `    def forward(${inputs}):`,
  ];
  return reindent(lines, deeper(""));
}

const WIDTH = 100;

function memberLines(rewriter: Rewriter, { modules }: PlannedLayer, name: string | undefined): string[] {
  const [only] = modules;
  if (name === undefined || !only) return [];
  const note = modules.length === 1 && only.note ? `  # ${only.note}` : "";
  if (modules.length === 1) return [`self.${name} = ${codeOf(rewriter, only)}${note}`];
  const codes = modules.map((module) => codeOf(rewriter, module));
  const short = `self.${name} = nn.Sequential(${codes.join(", ")})`;
  if (short.length <= WIDTH && modules.every((module) => !module.note)) return [short];
  const lines = modules.map((module, i) => `    ${codes[i]},${module.note ? `  # ${module.note}` : ""}`);
  return [`self.${name} = nn.Sequential(`, ...lines, ")"];
}

/** Empty lines that a class at module level has before it, or before the comment above it. */
export function blankBefore(rewriter: Rewriter, statement: Stmt): string {
  const { text } = rewriter;
  const start = lineStart(text, statement.start);
  const lines = text.slice(0, start).split(/\r?\n/).slice(0, -1).reverse();
  const blank = lines.findIndex((line) => line.trim() !== "");
  if (statement.parent?.type !== "Module" || blank < 0 || blank > 1) return "";
  if (blank === 0 && lines[0]?.trimStart().startsWith("#")) return "";
  return lineBreak(text).repeat(2 - blank);
}

/** Lines that are indented by four spaces, by another step. */
export function reindent(lines: readonly string[], step: string): string[] {
  return lines.map((line) => {
    const depth = Math.floor((line.length - line.trimStart().length) / 4);
    return step.repeat(depth) + line.slice(4 * depth);
  });
}

/** Lines with white space before them, but for empty ones. */
export function indented(lines: readonly string[], by: string): string[] {
  return lines.map((line) => (line === "" ? "" : by + line));
}
