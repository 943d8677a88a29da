/** A planned model as source: its modules, and the statements that finish it. */
import type { Expr, Node, Stmt } from "../../grammars/nodes.ts";
import { walk } from "../../grammars/walk.ts";
import { indentation, lineBreak, lineEnd } from "../../src/emit/lines.ts";
import { Unsupported } from "../arguments.ts";
import type { Module } from "../layer.ts";
import { type ModelPlan, modulesIn } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";
import { sizeAt } from "../sizes.ts";
import { hasWeights } from "./array-weights.ts";
import { looseSlice, pathOf, placed } from "./placed.ts";

const RULE = "model";

/** The class of the model: where some modules skip masked steps, one that tells them which. */
export function sequential(rewriter: Rewriter, plan: ModelPlan): string {
  const masked = plan.layers.some((layer) => layer.modules.some((module) => module.takesMask));
  return masked ? rewriter.helper("MaskedSequential") : rewriter.use("nn.Sequential");
}

export function codeOf(rewriter: Rewriter, module: Module): string {
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
export function lines(rewriter: Rewriter, modules: readonly Module[]): string[] {
  return modules.map((module) => `${codeOf(rewriter, module)},${module.note ? `  # ${module.note}` : ""}`);
}

/** Whether some module has parameters, so that there is something to initialize. */
export function hasInit(plan: ModelPlan): boolean {
  return plan.layers.some((layer) => layer.modules.some((module) => module.init || isInline(module)));
}

/** Statements that follow the finished model, on lines of their own. */
export function after(rewriter: Rewriter, plan: ModelPlan, target: string): string[] {
  const statements = dryRun(rewriter, plan, target);
  if (plan.prepared?.made !== undefined) statements.unshift(plan.prepared.made);
  statements.push(...initialization(rewriter, plan, target));
  for (const { module, path, own } of placed(plan, target)) {
    if (!own || !module.initialize || module.initialize.length === 0) continue;
    if (path === undefined)
      throw new Unsupported(
        plan.node,
        "initial or frozen weights of a layer that a loop or conditional adds are not supported yet",
      );
    statements.push(...module.initialize.map((line) => line.replaceAll("{}", path)));
  }
  statements.push(...inLoops(plan, target));
  for (const [name, layer] of plan.kept) {
    const before = plan.layers.slice(0, plan.layers.indexOf(layer)).flatMap((one) => one.modules).length;
    const own = Math.max(0, layer.modules.findIndex(hasWeights));
    statements.push(`${name} = ${pathOf(plan, target, before + own)}`);
  }
  return [...statements, ...carried(rewriter, plan, target)];
}

/** How modules that loops add start, by their type. */
function inLoops(plan: ModelPlan, target: string): string[] {
  const types = new Map(
    modulesIn(plan).flatMap(({ each, init }) => (each && init ? [[init.type, each]] : [])),
  );
  if (types.size === 0) return [];
  return [
    `for module in ${target}[${looseSlice(plan)}]:`,
    ...[...types].flatMap(([type, lines]) => [
      `    if isinstance(module, ${type}):`,
      ...lines.map((line) => `        ${line}`),
    ]),
  ];
}

/** The functions that turn data into what the model reads, where the script has models that differ in them. */
export function carried(rewriter: Rewriter, plan: ModelPlan, target: string): string[] {
  const own = [...plan.boundary].filter(([name]) => rewriter.isCarried(name));
  if (own.length === 0) return [];
  const [places, values] = [
    own.map(([name]) => `${target}.${name}`),
    own.map(([, value]) => (value.startsWith("lambda ") ? value : rewriter.name(value))),
  ];
  return [`${places.join(", ")} = ${values.join(", ")}`];
}

/** A model inside this one has been initialized where it was made, and may have been trained since. */
function initialization(rewriter: Rewriter, plan: ModelPlan, target: string): string[] {
  const modules = modulesIn(plan);
  if (!modules.some((module) => module.init || isInline(module))) return [];
  const init = rewriter.name("init_weights");
  if (!modules.some((module) => module.nested && !isInline(module))) return [`${target}.apply(${init})`];
  const own = modules.flatMap((module, i) =>
    module.init || isInline(module) ? [pathOf(plan, target, i)] : [],
  );
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
  const time = plan.layers.at(-1)?.use.time ?? 0;
  const sizes = plan.input.shape.map((dim) => sizeAt(dim, plan.node, time));
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

/** The end of a model's expression: where it has a name, what follows speaks of it by that. */
export function closed(rewriter: Rewriter, plan: ModelPlan, statement: Stmt | null): string {
  const named = targetOf(plan, statement) !== undefined || isReturned(rewriter, plan, statement);
  const init = !named && hasInit(plan) ? `.apply(${rewriter.name("init_weights")})` : "";
  return `)${init}.to(${rewriter.helper("device")})`;
}

/** Writes what follows a finished model below the statement that it stands in. */
export function finishStatement(rewriter: Rewriter, plan: ModelPlan, statement: Stmt | null): void {
  const target = targetOf(plan, statement);
  if (statement && target) {
    finish(rewriter, plan, statement, rewriter.source(target));
  } else if (statement && isReturned(rewriter, plan, statement)) {
    const name = freeName(statement);
    finish(rewriter, plan, statement, name, [`return ${name}`]);
  } else checkNameless(rewriter, plan);
}

/** Reported where a model has no name that what follows it could go by. */
export function checkNameless(rewriter: Rewriter, plan: ModelPlan): void {
  if (needsName(rewriter, plan)) {
    throw new Unsupported(
      plan.node,
      "initializers and data of its own are not supported yet in a model without a name",
    );
  }
}

/** What stands before the model in its statement: `model = `, also where it was returned without a name. */
export function headOf(rewriter: Rewriter, plan: ModelPlan, statement: Stmt): string {
  return isReturned(rewriter, plan, statement)
    ? `${freeName(statement)} = `
    : rewriter.text.slice(statement.start, plan.node.start);
}

/** What the model is assigned to. */
export function targetOf(plan: ModelPlan, statement: Stmt | null): Expr | undefined {
  return targetOfValue(statement, plan.node);
}

/** The one target that a statement assigns a value to, annotated or not. */
export function targetOfValue(statement: Stmt | null, value: Expr): Expr | undefined {
  if (statement?.type === "AnnAssign") return statement.value === value ? statement.target : undefined;
  const assigned = statement?.type === "Assign" && statement.value === value;
  return assigned && statement.targets.length === 1 ? statement.targets[0] : undefined;
}

/** Whether the model is returned and has to have a name before. */
function isReturned(rewriter: Rewriter, plan: ModelPlan, statement: Stmt | null): boolean {
  return statement?.type === "Return" && statement.value === plan.node && needsName(rewriter, plan);
}

/** Whether statements after it speak of the model. */
function needsName(rewriter: Rewriter, plan: ModelPlan): boolean {
  const modules = modulesIn(plan);
  const initialized = modules.some((module) => module.initialize && module.initialize.length > 0);
  return initialized || plan.prepared?.made !== undefined || carried(rewriter, plan, "").length > 0;
}

/** A name for a model that its function does not know yet. */
function freeName(statement: Stmt): string {
  const taken = new Set<string>();
  let around: Node = statement;
  while (around.parent && around.type !== "FunctionDef") around = around.parent;
  walk(around, (node) => {
    if (node.type === "Name") taken.add(node.id);
    if (node.type === "Parameter") taken.add(node.name);
  });
  return ["model", "net", "network"].find((name) => !taken.has(name)) ?? "keras_model";
}

/** Writes what follows a finished model below its statement. */
export function finish(
  rewriter: Rewriter,
  plan: ModelPlan,
  statement: Stmt,
  target: string,
  last: readonly string[] = [],
): void {
  writeBelow(rewriter, statement, [...after(rewriter, plan, target), ...last]);
}

/** Writes lines below a statement, indented as it is, or as another one. */
export function writeBelow(
  rewriter: Rewriter,
  statement: Stmt,
  lines: readonly string[],
  like: Stmt = statement,
): void {
  const { text } = rewriter;
  const start = lineBreak(text) + indentation(text, like.start);
  rewriter.edits.insert(lineEnd(text, statement.end), lines.map((line) => start + line).join(""), RULE);
}
