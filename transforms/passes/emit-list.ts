/** `Sequential([...])` becomes `nn.Sequential(...)`, and its layers stay where they are. */
import type { Call, Expr } from "../../grammars/nodes.ts";
import { enclosingStatement, isWithin } from "../../grammars/walk.ts";
import { indentation, lineBreak, lineStart, nextLine } from "../../src/emit/lines.ts";
import { Unsupported } from "../arguments.ts";
import type { ModelPlan, PlannedLayer } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";
import { closed, codeOf, finishStatement, headOf, sequential } from "./model-code.ts";

const RULE = "model";

export type Display = Extract<Expr, { type: "List" | "Tuple" }>;

export function emitList(rewriter: Rewriter, plan: ModelPlan): void {
  const { text } = rewriter;
  const [argument] = plan.node.args;
  const display = argument?.value;
  const statement = enclosingStatement(plan.node);
  if (display?.type !== "List" && display?.type !== "Tuple")
    throw new Unsupported(plan.node, "the layers of this model are not known one by one");
  const { elements } = display;
  const groups = elements.map((element) => plan.layers.filter(({ use }) => isWithin(use.expr, element)));
  const plain = elements.length === plan.layers.length;
  if (!plain && groups.flat().length !== plan.layers.length)
    throw new Unsupported(plan.node, "the layers of this list are not known one by one");
  if (statement?.type === "Return")
    rewriter.edits.replace(statement.start, plan.node.start, headOf(rewriter, plan, statement), RULE);
  const open = `${sequential(rewriter, plan)}(`;
  rewriter.edits.replace(plan.node.start, display.start + 1, open, RULE);
  const deeper = extraIndentation(text, plan.node, display);
  writeElements(rewriter, plain ? plan.layers.map((one) => [one]) : groups, display, deeper);
  if (deeper) dedent(rewriter, display, elements, deeper);
  if (plan.inline) {
    rewriter.edits.replace(display.end - 1, plan.node.end, ")", RULE);
    return;
  }
  rewriter.edits.replace(display.end - 1, plan.node.end, closed(rewriter, plan, statement), RULE);
  finishStatement(rewriter, plan, statement);
}

/** Writes the modules of layers in the places of the elements of their list, that much further to the left. */
export function writeElements(
  rewriter: Rewriter,
  layers: readonly (readonly PlannedLayer[] | undefined)[],
  display: Display,
  deeper: string,
): void {
  const { text } = rewriter;
  const nl = lineBreak(text);
  const { elements } = display;
  // Of the last layers that leave nothing, the commas between them go too.
  const leaves = (group: (typeof layers)[number]) => group?.some(({ modules }) => modules.length > 0) ?? true;
  const kept = layers.findLastIndex(leaves) + 1;
  const [gone, last] = [elements[kept], elements.at(-1)];
  if (gone && last) {
    const end = Math.max(afterComma(text, last.end, display.end), last.end);
    const whole = kept === 0 && text.slice(end, display.end - 1).trim() === "";
    const start = elements[kept - 1]?.end ?? (whole ? display.start + 1 : gone.start);
    rewriter.edits.remove(start, whole ? display.end - 1 : end, RULE);
  }
  layers.forEach((group, i) => {
    // A list that has a name, `*hidden`, is written where it is made.
    if (!group) return;
    const element = elements[i] as Expr;
    const ownLine = text.slice(lineStart(text, element.start), element.start).trim() === "";
    const next = elements[i + 1];
    const modules = group.flatMap((layer) => layer.modules);
    const codes = modules.map((module) => codeOf(rewriter, module));
    const notes = modules.map((module) => module.note);
    if (codes.length === 0) {
      if (i < kept && next) rewriter.edits.remove(element.start, next.start, RULE);
      return;
    }
    const indent = less(indentation(text, element.start), deeper);
    const separator = ownLine ? `,${nl}${indent}` : ", ";
    const joined = codes
      .map((code, at) => {
        const lastOne = at === codes.length - 1;
        const note =
          ownLine && !lastOne && notes[at] ? `,  # ${notes[at]}${nl}${indent}` : lastOne ? "" : separator;
        return code + note;
      })
      .join("");
    rewriter.edits.replace(element.start, element.end, joined, RULE);
  });
}

/** What the layers are indented too far by, once a bracket on a line of its own is gone. */
function extraIndentation(text: string, node: Call, display: Expr): string {
  if (text.slice(lineStart(text, display.start), display.start).trim() !== "") return "";
  const [outer, inner] = [indentation(text, node.start), indentation(text, display.start)];
  return inner.startsWith(outer) ? inner.slice(outer.length) : "";
}

function less(indent: string, extra: string): string {
  return extra && indent.endsWith(extra) ? indent.slice(0, -extra.length) : indent;
}

/** Takes that indentation from the lines between the brackets, but for what the layers themselves hold. */
function dedent(rewriter: Rewriter, display: Expr, elements: readonly Expr[], extra: string): void {
  const { text } = rewriter;
  for (let at = nextLine(text, display.start); at < display.end; at = nextLine(text, at)) {
    const indent = indentation(text, at);
    const within = elements.some((element) => element.start < at && at < element.end);
    const removed = rewriter.edits.covers(at, at + extra.length);
    if (!within && !removed && indent.endsWith(extra)) rewriter.edits.remove(at, at + extra.length, RULE);
  }
}

/** The end of an element with the comma after it. */
function afterComma(text: string, from: number, limit: number): number {
  let at = from;
  while (at < limit - 1 && (text[at] === " " || text[at] === ",")) at++;
  return at;
}
