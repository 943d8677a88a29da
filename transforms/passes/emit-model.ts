/**
 * Writes a planned model in the place of the Keras one: `add` calls in a row and lists become one
 * `nn.Sequential(...)`, a line a layer; other `add` calls become `append` and `extend`.
 */
import type { Call, Expr, Stmt } from "../../grammars/nodes.ts";
import { blockOf, enclosingStatement, walk } from "../../grammars/walk.ts";
import { deeper, indentation, lineBreak, lineEnd, lineStart, nextLine } from "../../src/emit/lines.ts";
import { Unsupported } from "../arguments.ts";
import type { Module } from "../layer.ts";
import type { ModelPlan } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";
import { hasWeights } from "./array-weights.ts";
import { checkShared, removeLayerVariables } from "./layer-variables.ts";
import { placed } from "./placed.ts";

const RULE = "model";

export function emitModel(rewriter: Rewriter, plan: ModelPlan): void {
  rewriter.imports.add("from torch import nn");
  for (const module of plan.layers.flatMap((layer) => layer.modules)) {
    rewriter.use(module.code);
    if (module.helper) rewriter.helper(module.helper, module.keywords);
    for (const inner of module.inner ?? []) rewriter.helper(inner.helper, inner.keywords);
    for (const rule of [module.init, ...(module.inits ?? [])])
      if (rule && rule.lines.length > 0) rewriter.initRules.set(rule.type + rule.lines.join(), rule);
    for (const name of module.switches ?? []) rewriter.switches.set(name, true);
  }
  if (plan.layers.length === 1 && plan.layers[0]?.use.expr === plan.node) {
    emitBase(rewriter, plan);
    return;
  }
  checkShared(rewriter, plan);
  removeLayerVariables(rewriter, plan);
  if (plan.layers.every((layer) => layer.use.add === undefined)) emitList(rewriter, plan);
  else emitAdds(rewriter, plan);
}

/** The class of the model: where some modules skip masked steps, one that tells them which. */
function sequential(rewriter: Rewriter, plan: ModelPlan): string {
  const masked = plan.layers.some((layer) => layer.modules.some((module) => module.takesMask));
  return masked ? rewriter.helper("MaskedSequential") : rewriter.use("nn.Sequential");
}

function codeOf(rewriter: Rewriter, module: Module): string {
  if (module.nested) {
    const inner = rewriter.source(module.nested.expr);
    return module.helper
      ? module.code.replace(module.helper, rewriter.name(module.helper)).replace("{}", inner)
      : inner;
  }
  let { code } = module;
  for (const { helper } of module.inner ?? []) {
    for (const before of ["(", " "])
      for (const after of ["(", ")"])
        code = code.replaceAll(before + helper + after, before + rewriter.name(helper) + after);
  }
  return module.helper ? rewriter.name(module.helper) + code.slice(module.helper.length) : code;
}

/** A module and what is said about it, as a line of `nn.Sequential(...)`. */
function lines(rewriter: Rewriter, modules: readonly Module[]): string[] {
  return modules.map((module) => `${codeOf(rewriter, module)},${module.note ? `  # ${module.note}` : ""}`);
}

/** Whether some module has parameters, so that there is something to initialize. */
function hasInit(plan: ModelPlan): boolean {
  return plan.layers.some((layer) => layer.modules.some((module) => module.init || isInline(module)));
}

/** Statements that follow the finished model, on lines of their own. */
function after(rewriter: Rewriter, plan: ModelPlan, target: string): string[] {
  const statements = dryRun(rewriter, plan, target);
  const modules = plan.layers.flatMap((layer) => layer.modules);
  statements.push(...initialization(rewriter, modules, target));
  for (const { module, path, own } of placed(plan, target)) {
    if (!own || !module.initialize || module.initialize.length === 0) continue;
    if (path === undefined)
      throw new Unsupported(
        plan.node,
        "initial or frozen weights of a layer that a loop or conditional adds are not supported yet",
      );
    statements.push(...module.initialize.map((line) => line.replaceAll("{}", path)));
  }
  for (const [name, layer] of plan.kept) {
    const before = plan.layers.slice(0, plan.layers.indexOf(layer)).flatMap((one) => one.modules).length;
    const own = Math.max(0, layer.modules.findIndex(hasWeights));
    statements.push(`${name} = ${target}[${before + own}]`);
  }
  return [...statements, ...carried(rewriter, plan, target)];
}

/** The functions that turn data into what the model reads, where the script has models that differ in them. */
function carried(rewriter: Rewriter, plan: ModelPlan, target: string): string[] {
  const own = [...plan.boundary].filter(([name]) => (rewriter.variants.get(name)?.size ?? 0) > 1);
  if (own.length === 0) return [];
  const [places, values] = [
    own.map(([name]) => `${target}.${name}`),
    own.map(([, value]) => rewriter.name(value)),
  ];
  return [`${places.join(", ")} = ${values.join(", ")}`];
}

/** A model inside this one has been initialized where it was made, and may have been trained since. */
function initialization(rewriter: Rewriter, modules: readonly Module[], target: string): string[] {
  if (!modules.some((module) => module.init || isInline(module))) return [];
  const init = rewriter.name("init_weights");
  if (!modules.some((module) => module.nested && !isInline(module))) return [`${target}.apply(${init})`];
  const own = modules.flatMap((module, i) => (module.init || isInline(module) ? [`${target}[${i}]`] : []));
  if (own.length < 3) return own.map((one) => `${one}.apply(${init})`);
  return [`for module in [${own.join(", ")}]:`, `    module.apply(${init})`];
}

/** Whether the module is a model made in the place of the layer, with something to initialize. */
function isInline({ nested }: Module): boolean {
  return nested?.plan.inline === true && hasInit(nested.plan);
}

/** Modules that take their sizes from the first data see some before anything else. */
function dryRun(rewriter: Rewriter, plan: ModelPlan, target: string): string[] {
  if (!plan.layers.some((layer) => layer.modules.some((module) => module.code.startsWith("nn.Lazy"))))
    return [];
  const sizes = plan.input.shape.map((dim) => dim?.value);
  if (sizes.some((size) => size === undefined))
    throw new Unsupported(plan.node, "the sizes between the layers of this model are not known");
  const ordered = plan.inputLayout === "first" ? [sizes.at(-1), ...sizes.slice(0, -1)] : sizes;
  const dtype = plan.input.dtype === "int" ? ", dtype=torch.long" : "";
  rewriter.imports.add("import torch");
  return [
    "with torch.no_grad():",
    `    ${target}.eval()(torch.zeros(1, ${ordered.join(", ")}${dtype}, device=${rewriter.helper("device")}))`,
  ];
}

// add, add, add

function emitAdds(rewriter: Rewriter, plan: ModelPlan): void {
  const { text } = rewriter;
  const assignment = enclosingStatement(plan.node);
  if (assignment?.type !== "Assign" || assignment.value !== plan.node || assignment.targets.length !== 1) {
    throw new Unsupported(
      plan.node,
      "a model that layers are added to has to be assigned to a name of its own",
    );
  }
  if (plan.layers.some((layer) => layer.use.add === undefined)) {
    throw new Unsupported(
      plan.node,
      "a model made from a list that more layers are added to is not supported yet",
    );
  }
  const target = rewriter.source(assignment.targets[0] as Expr);
  const adds = plan.layers.map((layer) => addStatement(layer.use.add as Call));
  const block = blockOf(assignment);
  const indent = indentation(text, assignment.start);
  const nl = lineBreak(text);
  if (inARow(rewriter, block, assignment, adds)) {
    const inner = deeper(indent);
    rewriter.edits.replace(plan.node.start, plan.node.end, `${sequential(rewriter, plan)}(`, RULE);
    reindentComments(rewriter, assignment, adds, indent);
    const closing = [
      `${indent}).to(${rewriter.helper("device")})`,
      ...after(rewriter, plan, target).map((line) => indent + line),
    ].join(nl);
    plan.layers.forEach((layer, i) => {
      const add = adds[i] as Stmt;
      const made = indentation(text, layer.use.expr.start);
      const own = lines(rewriter, layer.modules).map((line) => shifted(line, nl, made, inner));
      if (own.length === 0) {
        const end = lineEnd(text, add.end);
        if (i === adds.length - 1) rewriter.edits.replace(lineStart(text, add.start), end, closing, RULE);
        else rewriter.edits.remove(lineStart(text, add.start), end + nl.length, RULE);
        return;
      }
      // A comment after the layer stays with its first module.
      const [head, ...rest] = comment(text, add)
        ? [bare(own[0] as string), ...own.slice(1)]
        : [own.join(nl + inner)];
      rewriter.edits.replace(lineStart(text, add.start), add.end, inner + head, RULE);
      if (rest.length > 0)
        rewriter.edits.insert(lineEnd(text, add.end), rest.map((line) => nl + inner + line).join(""), RULE);
    });
    if (plan.layers.at(-1)?.modules.length !== 0)
      rewriter.edits.insert(lineEnd(text, (adds.at(-1) as Stmt).end), nl + closing, RULE);
    return;
  }
  checkPaths(plan, block, assignment, adds);
  rewriter.edits.replace(plan.node.start, plan.node.end, `${sequential(rewriter, plan)}()`, RULE);
  // After the last statement of the model's own block that a layer is added in.
  const lastInBlock = block.findLast((statement) =>
    adds.some((add) => statement.start <= add.start && add.end <= statement.end),
  );
  const place = lastInBlock ?? assignment;
  const finishing = [`${target}.to(${rewriter.helper("device")})`, ...after(rewriter, plan, target)];
  const last = adds.indexOf(place as (typeof adds)[number]);
  // Where the last layer leaves nothing, its line is there for what follows.
  if (last >= 0 && plan.layers[last]?.modules.length === 0) {
    rewriter.edits.replace(place.start, place.end, finishing.join(nl + indent), RULE);
  } else
    rewriter.edits.insert(
      lineEnd(text, place.end),
      finishing.map((line) => nl + indent + line).join(""),
      RULE,
    );
  plan.layers.forEach((layer, i) => {
    const add = adds[i] as Stmt;
    const own = layer.modules.map((module) => codeOf(rewriter, module));
    if (own.length === 0 && i === last) return;
    if (own.length === 0) rewriter.removeStatement(add, RULE);
    else if (own.length === 1)
      rewriter.edits.replace(add.start, add.end, `${target}.append(${own[0]})`, RULE);
    else rewriter.edits.replace(add.start, add.end, `${target}.extend([${own.join(", ")}])`, RULE);
  });
}

/** The model is finished after the last `add` of its block: every path has to come by there. */
function checkPaths(plan: ModelPlan, block: readonly Stmt[], from: Stmt, adds: readonly Stmt[]): void {
  const within = (statement: Stmt, add: Stmt) => statement.start <= add.start && add.end <= statement.end;
  const last = block.findLastIndex((statement) => adds.some((add) => within(statement, add)));
  for (const model of plan.models) {
    const add = model.layers.at(-1)?.add;
    const finished = add && block[last] && within(block[last], addStatement(add));
    if (add && (!finished || block[last]?.type === "FunctionDef")) {
      throw new Unsupported(
        add,
        "a last layer that is added outside the block that makes the model is not supported yet",
      );
    }
  }
  for (const statement of block.slice(block.indexOf(from), last + 1)) {
    walk(statement, (node) => {
      if (node.type === "Return")
        throw new Unsupported(
          node,
          "a model that is returned before all its layers are added is not supported yet",
        );
      return node.type !== "FunctionDef" && node.type !== "Lambda";
    });
  }
}

function addStatement(add: Call): Stmt {
  const statement = enclosingStatement(add);
  if (statement?.type !== "ExprStmt" || statement.value !== add) {
    throw new Unsupported(add, "`add` inside another expression is not supported");
  }
  return statement;
}

/** Whether the `add` calls follow the assignment with nothing but comments between them, a line each. */
function inARow(
  rewriter: Rewriter,
  block: readonly Stmt[],
  assignment: Stmt,
  adds: readonly Stmt[],
): boolean {
  const first = block.indexOf(assignment);
  if (adds.some((add, i) => block[first + 1 + i] !== add)) return false;
  const { text } = rewriter;
  const last = adds.at(-1) as Stmt;
  const after = text.slice(last.end, lineEnd(text, last.end)).trim();
  if (after !== "" && !after.startsWith("#")) return false;
  return [assignment, ...adds].every((statement, i) => {
    const alone = text.slice(lineStart(text, statement.start), statement.start).trim() === "";
    const next = adds[i];
    const between = next ? text.slice(statement.end, next.start) : "";
    return (
      alone && (!next || (between.includes("\n") && !between.slice(0, between.indexOf("\n")).includes(";")))
    );
  });
}

/** Lines of a model that is made in the place of a layer, moved with it to another indentation. */
function shifted(code: string, nl: string, from: string, to: string): string {
  return code.split(`${nl}${from}`).join(nl + to);
}

/** Whether a comment stands on the line after the statement. */
function comment(text: string, statement: Stmt): boolean {
  return text.slice(statement.end, lineEnd(text, statement.end)).trimStart().startsWith("#");
}

/** A module without its note, which gives way to the script's own comment. */
function bare(line: string): string {
  const note = line.indexOf(",  # ");
  return note < 0 ? line : line.slice(0, note + 1);
}

/** Comments between the layers move in with them. */
function reindentComments(rewriter: Rewriter, from: Stmt, adds: readonly Stmt[], indent: string): void {
  const { text } = rewriter;
  const to = adds.at(-1) as Stmt;
  for (const one of rewriter.program.module.comments) {
    if (one.start < from.end || one.start > to.start) continue;
    if (adds.some((add) => add.start < one.start && one.start < add.end)) continue;
    const start = lineStart(text, one.start);
    if (text.slice(start, one.start).trim() !== "") continue;
    rewriter.edits.replace(start, one.start, deeper(indent), RULE);
  }
}

// keras.applications

/** A pretrained base, which one call makes with all its layers. */
function emitBase(rewriter: Rewriter, plan: ModelPlan): void {
  const modules = plan.layers.flatMap((layer) => layer.modules);
  const codes = modules.map((module) => codeOf(rewriter, module));
  const [only] = codes;
  const code = codes.length === 1 && only ? only : `nn.Sequential(${codes.join(", ")})`;
  if (modules[0]?.note)
    rewriter.note(
      plan.node,
      "not-equivalent",
      "the model starts from torchvision's weights, not from Keras's: its results differ",
    );
  if (plan.inline) {
    rewriter.edits.replace(plan.node.start, plan.node.end, code, RULE);
    return;
  }
  const statement = enclosingStatement(plan.node);
  const target =
    statement?.type === "Assign" && statement.targets.length === 1 ? statement.targets[0] : undefined;
  if (!target || !statement || (statement.type === "Assign" && statement.value !== plan.node))
    throw new Unsupported(plan.node, "a pretrained model without a name of its own is not supported yet");
  const device = rewriter.helper("device");
  const note = modules[0]?.note ? `  # ${modules[0].note}` : "";
  rewriter.edits.replace(plan.node.start, plan.node.end, `${code}.to(${device})${note}`, RULE);
  finish(rewriter, plan, statement, rewriter.source(target));
}

/** Writes what follows a finished model below its statement. */
function finish(rewriter: Rewriter, plan: ModelPlan, statement: Stmt, target: string): void {
  const { text } = rewriter;
  const indent = indentation(text, statement.start);
  const finishing = after(rewriter, plan, target);
  rewriter.edits.insert(
    lineEnd(text, statement.end),
    finishing.map((line) => lineBreak(text) + indent + line).join(""),
    RULE,
  );
}

// Sequential([...])

function emitList(rewriter: Rewriter, plan: ModelPlan): void {
  const { text } = rewriter;
  const nl = lineBreak(text);
  const [argument] = plan.node.args;
  const display = argument?.value;
  const statement = enclosingStatement(plan.node);
  const target =
    statement?.type === "Assign" && statement.value === plan.node && statement.targets.length === 1
      ? statement.targets[0]
      : undefined;
  if (display?.type !== "List" && display?.type !== "Tuple") {
    throw new Unsupported(plan.node, "a model made from a list that stands elsewhere is not supported yet");
  }
  const { elements } = display;
  if (elements.length !== plan.layers.length)
    throw new Unsupported(plan.node, "the layers of this list are not known one by one");
  const open = `${sequential(rewriter, plan)}(`;
  rewriter.edits.replace(plan.node.start, display.start + 1, open, RULE);
  const deeper = extraIndentation(text, plan.node, display);
  // Of the last layers that leave nothing, the commas between them go too.
  const kept = plan.layers.findLastIndex((layer) => layer.modules.length > 0) + 1;
  const [gone, last] = [elements[kept], elements.at(-1)];
  if (gone && last) {
    const end = Math.max(afterComma(text, last.end, display.end), last.end);
    const whole = kept === 0 && text.slice(end, display.end - 1).trim() === "";
    const start = elements[kept - 1]?.end ?? (whole ? display.start + 1 : gone.start);
    rewriter.edits.remove(start, whole ? display.end - 1 : end, RULE);
  }
  plan.layers.forEach((layer, i) => {
    const element = elements[i] as Expr;
    const ownLine = text.slice(lineStart(text, element.start), element.start).trim() === "";
    const next = elements[i + 1];
    const codes = layer.modules.map((module) => codeOf(rewriter, module));
    const notes = layer.modules.map((module) => module.note);
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
  if (deeper) dedent(rewriter, display, elements, deeper);
  if (plan.inline) {
    rewriter.edits.replace(display.end - 1, plan.node.end, ")", RULE);
    return;
  }
  const device = rewriter.helper("device");
  const chain = target
    ? `).to(${device})`
    : `)${hasInit(plan) ? `.apply(${rewriter.name("init_weights")})` : ""}.to(${device})`;
  rewriter.edits.replace(display.end - 1, plan.node.end, chain, RULE);
  const modules = plan.layers.flatMap((layer) => layer.modules);
  if (target && statement) {
    finish(rewriter, plan, statement, rewriter.source(target));
  } else if (modules.some((module) => module.initialize && module.initialize.length > 0)) {
    throw new Unsupported(plan.node, "initializers in a model without a name are not supported yet");
  } else if (carried(rewriter, plan, "").length > 0) {
    throw new Unsupported(
      plan.node,
      "a model without a name that reads its data in another form than others is not supported yet",
    );
  }
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
