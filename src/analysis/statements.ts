/** Execution of statements in order: each returns whether the next one can be reached. */
import type { ClassDef, If, Stmt } from "../../grammars/nodes.ts";
import { enclosingStatement, walk } from "../../grammars/walk.ts";
import { evaluate, functionValue } from "./expressions.ts";
import { bindImport, bindImportFrom } from "./imports.ts";
import type { Machine } from "./machine.ts";
import { layerOfList, layersOneByOne } from "./models.ts";
import { numericBinOp } from "./operators.ts";
import { Scope } from "./scope.ts";
import { bindTarget, bindVarying, elementOf } from "./targets.ts";
import { alternatives, join, loosen, NONE, type Sequence, truth, UNKNOWN, type Value } from "./values.ts";

export function executeBlock(m: Machine, body: readonly Stmt[]): boolean {
  let reachable = true;
  for (const [i, statement] of body.entries()) {
    if (reachable && returnsLoaded(m, statement)) {
      const taken = truth(evaluate(m, statement.test));
      const rest = () => executeBlock(m, body.slice(i + 1));
      if (taken === undefined) return m.branch(taken, rest, () => executeBlock(m, statement.body));
    }
    // What cannot be reached is read all the same, so that every Keras name in it is seen.
    if (reachable) reachable = execute(m, statement);
    else {
      const before = m.save();
      const { returned } = m;
      execute(m, statement);
      m.returned = returned;
      before.restore();
    }
  }
  return reachable;
}

/** `if os.path.exists(path): return load_model(path)`: what follows makes the model that a run before has saved. */
function returnsLoaded(m: Machine, node: Stmt): node is If {
  return (
    node.type === "If" &&
    node.orelse.length === 0 &&
    node.body.at(-1)?.type === "Return" &&
    loads(m, node.body)
  );
}

function execute(m: Machine, node: Stmt): boolean {
  switch (node.type) {
    case "ExprStmt":
      evaluate(m, node.value);
      return !isExit(m, node);
    case "Assign": {
      const value = evaluate(m, node.value);
      for (const target of node.targets) bindTarget(m, target, value);
      return true;
    }
    case "AnnAssign":
      evaluate(m, node.annotation);
      if (node.value) bindTarget(m, node.target, evaluate(m, node.value));
      return true;
    case "AugAssign": {
      const before = evaluate(m, node.target);
      const operand = evaluate(m, node.value);
      const grown = alternatives(before).some((one) => one.kind === "list");
      const value =
        before.kind === "num" && operand.kind === "num"
          ? numericBinOp(node.op, before, operand)
          : before.kind === "array"
            ? before
            : grown
              ? growList(m, before, operand, node)
              : before.kind === "unknown"
                ? before
                : UNKNOWN;
      bindTarget(m, node.target, value);
      return true;
    }
    case "Return":
      if (node.value) {
        const value = evaluate(m, node.value);
        m.returned = m.returned === undefined ? value : join(m.returned, value);
      } else m.returned = m.returned === undefined ? NONE : join(m.returned, NONE);
      return false;
    case "If": {
      const test = evaluate(m, node.test);
      // A script is read as it runs, not as it is imported.
      const taken = isMainGuard(m, node.test) ? true : truth(test);
      const [then, otherwise] = [() => executeBlock(m, node.body), () => executeBlock(m, node.orelse)];
      // What one way loads, the other way has saved, in a run before.
      if (taken === undefined && loads(m, node.body) && !loads(m, node.orelse))
        return m.branch(taken, otherwise, then);
      return m.branch(taken, then, otherwise);
    }
    case "For": {
      const iterable = evaluate(m, node.iter);
      const each = layersOneByOne(m, iterable, node.body);
      if (each && node.target.type === "Name") {
        for (const layer of each) {
          bindTarget(m, node.target, layer);
          executeBlock(m, node.body);
        }
        executeBlock(m, node.orelse);
        return true;
      }
      const element = layerOfList(m, iterable) ?? elementOf(m, iterable);
      loop(m, () => {
        if (node.target.type === "Name") {
          bindVarying(m, node.target.id, element);
          m.record(node.target, element);
        } else bindTarget(m, node.target, element);
        return executeBlock(m, node.body);
      });
      executeBlock(m, node.orelse);
      return true;
    }
    case "While":
      loop(m, () => {
        evaluate(m, node.test);
        return executeBlock(m, node.body);
      });
      executeBlock(m, node.orelse);
      return true;
    case "With":
      for (const item of node.items) {
        const value = evaluate(m, item.context);
        if (item.target) bindTarget(m, item.target, value.kind === "unknown" ? value : UNKNOWN);
      }
      return executeBlock(m, node.body);
    case "Try": {
      const [handler] = node.handlers;
      if (handler && node.handlers.length === 1 && loads(m, node.body) && !loads(m, handler.body)) {
        const falls = m.branch(
          undefined,
          () => {
            if (handler.exception) evaluate(m, handler.exception);
            if (handler.name) m.bind(handler.name, UNKNOWN);
            return executeBlock(m, handler.body);
          },
          () => executeBlock(m, [...node.body, ...node.orelse]),
        );
        return executeBlock(m, node.finalbody) && falls;
      }
      const before = m.save();
      let falls = executeBlock(m, node.body);
      if (falls) falls = executeBlock(m, node.orelse);
      for (const handler of node.handlers) {
        const after = m.save();
        before.joinInto();
        m.conditional++;
        if (handler.exception) evaluate(m, handler.exception);
        if (handler.name) m.bind(handler.name, UNKNOWN);
        const handled = executeBlock(m, handler.body);
        m.conditional--;
        if (handled && falls) after.joinInto();
        else if (!handled) after.restore();
        falls ||= handled;
      }
      return executeBlock(m, node.finalbody) && falls;
    }
    case "FunctionDef":
      for (const decorator of node.decorators) evaluate(m, decorator);
      for (const { annotation } of node.params) if (annotation) evaluate(m, annotation);
      if (node.returns) evaluate(m, node.returns);
      m.bind(node.name, functionValue(m, node));
      return true;
    case "ClassDef":
      m.bind(node.name, classValue(m, node));
      return true;
    case "Import":
      bindImport(m, node);
      return true;
    case "ImportFrom":
      bindImportFrom(m, node);
      return true;
    case "Global":
      for (const name of node.names) m.scope.elsewhere.set(name, m.scope.module);
      return true;
    case "Nonlocal":
      for (const name of node.names) {
        const owner = m.scope.parent?.find(name);
        if (owner) m.scope.elsewhere.set(name, owner);
      }
      return true;
    case "Delete":
      for (const target of node.targets) {
        if (target.type === "Name") m.bind(target.id, UNKNOWN);
        else {
          evaluate(m, target);
          const owner = target.type === "Subscript" ? m.values.get(target.value) : undefined;
          for (const one of owner ? alternatives(owner) : []) {
            if (one.kind === "list") loosen(one);
            if (one.kind === "dict") one.unsure = true;
          }
        }
      }
      return true;
    case "Raise":
      if (node.exc) evaluate(m, node.exc);
      return false;
    case "Assert":
      evaluate(m, node.test);
      if (node.msg) evaluate(m, node.msg);
      return true;
    case "Match":
      evaluate(m, node.subject);
      for (const one of node.cases) {
        m.branch(
          undefined,
          () => {
            for (const name of one.names) bindTarget(m, name, UNKNOWN);
            for (const read of one.reads) evaluate(m, read);
            if (one.guard) evaluate(m, one.guard);
            return executeBlock(m, one.body);
          },
          () => true,
        );
      }
      return true;
    case "Break":
    case "Continue":
      return false;
    default:
      return true;
  }
}

/**
 * A loop body runs twice: the second round sees what the first left, joined with what was there
 * before, so that values that change from round to round are not taken for constant.
 */
function loop(m: Machine, body: () => boolean): void {
  m.conditional++;
  for (let round = 0; round < 2; round++) {
    const before = m.save();
    body();
    before.joinInto();
  }
  m.conditional--;
}

function growList(m: Machine, before: Value, operand: Value, at: Stmt): Value {
  for (const one of alternatives(before)) if (one.kind === "list") extendList(m, one, operand, at);
  return before;
}

/** What a list has after more elements were put at its end. */
export function extendList(m: Machine, list: Sequence, more: Value, at: Stmt | null): void {
  const known = (more.kind === "list" || more.kind === "tuple") && !more.open;
  const straight = at !== null && list.node && at.parent === enclosingStatement(list.node)?.parent;
  if (!known || more.node === undefined || !straight) list.appended = undefined;
  if (more.kind === "list" || more.kind === "tuple") list.elements.push(...more.elements);
  if (!known || m.conditional > 0) list.open = true;
}

function classValue(m: Machine, node: ClassDef): Value {
  for (const decorator of node.decorators) evaluate(m, decorator);
  const bases = node.bases.map((base) => evaluate(m, base.value));
  const outer = m.scope;
  const members = new Scope("class", outer);
  m.scope = members;
  executeBlock(m, node.body);
  m.scope = outer;
  const cls = { kind: "class", node, scope: outer, bases, members } as const;
  const prototype = { kind: "instance", cls, attributes: new Map<string, Value>() } as const;
  m.prototypes.set(node, prototype);
  for (const [name, member] of members.values) {
    if (member.kind !== "function" || member.node.type !== "FunctionDef" || member.node.parent !== node)
      continue;
    const decorated = member.node.decorators.some((d) => d.type === "Name" && d.id === "staticmethod");
    if (!decorated) members.values.set(name, { ...member, self: prototype });
    m.functions.set(member.node, decorated ? member : { ...member, self: prototype });
  }
  return cls;
}

function isMainGuard(m: Machine, test: Parameters<typeof evaluate>[1]): boolean {
  if (test.type !== "Compare" || test.left.type !== "Name" || test.left.id !== "__name__") return false;
  const [operand] = test.comparators;
  return operand?.type === "String" && operand.value === "__main__" && !m.scope.find("__name__");
}

const EXITS = new Set(["builtins.exit", "builtins.quit", "sys.exit", "os._exit"]);

function isExit(m: Machine, node: Extract<Stmt, { type: "ExprStmt" }>): boolean {
  if (node.value.type !== "Call") return false;
  const callee = m.values.get(node.value.func);
  return callee?.kind === "ref" && EXITS.has(callee.path);
}

/** Whether statements read a model from a file, as a whole. */
function loads(m: Machine, body: readonly Stmt[]): boolean {
  if (!m.module.identifiers.has("load_model")) return false;
  let found = false;
  for (const statement of body) {
    walk(statement, (node) => {
      if (node.type === "Name") found ||= node.id === "load_model";
      if (node.type === "Attribute") found ||= node.attr === "load_model";
      return !found;
    });
  }
  return found;
}
