/**
 * Removes what only sets TensorFlow up: sessions, memory growth, log levels, and the conditionals,
 * loops and `try` statements around them. A name stays where anything else reads it.
 */
import type { Expr, Node, Stmt, With } from "../../grammars/nodes.ts";
import { blockOf, walk } from "../../grammars/walk.ts";
import { lineStart, nextLine, standsAlone, wholeLines } from "../../src/emit/lines.ts";
import { isBlankLine } from "../removal.ts";
import type { Rewriter } from "../rewriter.ts";
import { CHOOSES_DEVICES, SCOPES, SETUP_CALLS, SETUP_VALUES, STRATEGIES, setupPath } from "../setup.ts";
import { headerEnd, holdsLines, isReplicas } from "./blocks.ts";
import { isVersionCheck, rewriteVersions } from "./versions.ts";

const RULE = "setup";

/** The blocks of which only the statements stay. */
export function removeSetup(rewriter: Rewriter): readonly With[] {
  rewriteVersions(rewriter);
  const setup = new Setup(rewriter);
  setup.settle();
  setup.remove();
  return setup.opened();
}

class Setup {
  private readonly rewriter: Rewriter;
  /** Names that hold nothing but what is set up. */
  private readonly names = new Set<string>();
  /** Those among them that something else reads. */
  private readonly kept = new Set<string>();
  private dropped: Stmt[] = [];

  constructor(rewriter: Rewriter) {
    this.rewriter = rewriter;
  }

  /** Which names and statements go: fewer in each round, until all that reads a name goes with it. */
  settle(): void {
    for (let size = -1; size !== this.names.size; ) {
      size = this.names.size;
      this.collectNames();
    }
    this.findDropped();
    for (let size = -1; size !== this.kept.size; ) {
      size = this.kept.size;
      walk(this.rewriter.program.module, (node) => {
        if (this.dropped.includes(node as Stmt) || this.isOpened(node) || isReplicas(node)) return false;
        if (node.type !== "Name" || !this.names.has(node.id) || isBound(node)) return true;
        // What another rule has taken out reads it no more: `x.eval(session=sess)`.
        if (!this.rewriter.edits.covers(node.start, node.end)) this.kept.add(node.id);
        return true;
      });
      this.findDropped();
    }
  }

  private collectNames(): void {
    const others = new Set<string>();
    walk(this.rewriter.program.module, (node) => {
      if (node.type === "Parameter") others.add(node.name);
      if (node.type !== "Name" || !isBound(node)) return;
      const { parent } = node;
      const ofSetup =
        (parent?.type === "Assign" && this.isSetup(parent.value)) ||
        (parent?.type === "For" && this.isSetup(parent.iter)) ||
        (parent?.type === "With" &&
          parent.items.some((one) => one.target === node && this.isSetup(one.context)));
      if (ofSetup) this.names.add(node.id);
      else others.add(node.id);
    });
    for (const name of others) this.names.delete(name);
  }

  private findDropped(): void {
    this.dropped = [];
    walk(this.rewriter.program.module, (node) => {
      if (!isStatement(node) || !this.goes(node, false)) return true;
      this.dropped.push(node);
      return false;
    });
  }

  remove(): void {
    const { rewriter } = this;
    // Where lines go between two empty ones, one of these goes with them.
    let [end, afterBlank] = [-1, false];
    for (const statement of this.dropped) {
      this.noteDevices(statement);
      rewriter.edits.absorb(rewriter.text, statement.start, statement.end);
      const block = statement.parent?.type === "Module" ? undefined : blockOf(statement);
      // The first statement of a block that would be empty is `pass`.
      if (
        block &&
        block[0] === statement &&
        block.length > 1 &&
        block.every((one) => this.dropped.includes(one))
      ) {
        rewriter.edits.replace(statement.start, statement.end, "pass", RULE);
      } else rewriter.removeStatement(statement, RULE);
      if (block || !standsAlone(rewriter.text, statement)) continue;
      const lines = wholeLines(rewriter.text, statement);
      if (lines.start !== end)
        afterBlank = isBlankLine(rewriter.text, lineStart(rewriter.text, lines.start - 1));
      end = lines.end;
      if (!afterBlank || !isBlankLine(rewriter.text, end)) continue;
      const after = nextLine(rewriter.text, end);
      rewriter.edits.remove(end, after, RULE);
      end = after;
    }
  }

  /** Blocks in a session, on a device or under a strategy: the statements stay, to be moved out at the end. */
  opened(): With[] {
    const { edits, text } = this.rewriter;
    const found: With[] = [];
    walk(this.rewriter.program.module, (node) => {
      if (this.dropped.includes(node as Stmt)) return false;
      if (node.type === "With" && this.opens(node)) {
        edits.replace(node.start, headerEnd(text, node), "if True:", RULE);
        found.push(node);
      }
      if (isReplicas(node) && node.type === "Attribute" && this.isSetup(node.value))
        edits.replace(node.start, node.end, "1", RULE);
      return true;
    });
    return found;
  }

  private opens({ items, body, isAsync, start }: With): boolean {
    const { text } = this.rewriter;
    const [first] = body;
    const scoped = ({ context, target }: With["items"][number]) =>
      context.type === "Call" &&
      (this.isSetup(context) || SCOPES.has(this.pathOf(context.func) ?? "")) &&
      (!target || (target.type === "Name" && this.names.has(target.id) && !this.kept.has(target.id)));
    return (
      !isAsync &&
      items.every(scoped) &&
      first !== undefined &&
      lineStart(text, first.start) > start &&
      !body.some((one) => holdsLines(text, one))
    );
  }

  /** Whether a node stands in the first line of a block that is opened. */
  private isOpened(node: Node): boolean {
    return (
      node.parent?.type === "With" &&
      node.parent.items.some((one) => one.context === node) &&
      this.opens(node.parent)
    );
  }

  /** @param inside whether it stands in a conditional, loop or `try` that would go as a whole */
  private goes(node: Stmt, inside: boolean): boolean {
    const all = (body: readonly Stmt[]) => body.every((one) => this.goes(one, true));
    switch (node.type) {
      case "ExprStmt":
        return (
          this.isSetupCall(node.value) ||
          (this.isPrint(node.value) && (inside || this.listsDevices(node.value)))
        );
      case "Assign":
        return node.targets.every((target) =>
          target.type === "Name"
            ? this.names.has(target.id) && !this.kept.has(target.id) && this.isSetup(node.value)
            : (target.type === "Attribute" || target.type === "Subscript") && this.isSetup(target.value),
        );
      case "Pass":
        return inside;
      case "If":
        return this.readsOnlySetup(node.test) && all(node.body) && all(node.orelse);
      case "For":
        return this.isSetup(node.iter) && all(node.body) && all(node.orelse);
      case "Try": {
        const harmless = (one: Stmt) => one.type === "Raise" || this.goes(one, true);
        return (
          all(node.body) &&
          node.body.some(
            (one) => one.type !== "Pass" && !(one.type === "ExprStmt" && this.isPrint(one.value)),
          ) &&
          node.handlers.every((handler) => handler.body.every(harmless)) &&
          all(node.orelse) &&
          all(node.finalbody)
        );
      }
      case "Assert":
        return isVersionCheck(this.rewriter, node.test);
      default:
        return false;
    }
  }

  private pathOf(node: Expr): string | undefined {
    const value = this.rewriter.program.valueOf(node);
    return value?.kind === "ref"
      ? setupPath(this.rewriter.program.registry.canonical(value.path))
      : undefined;
  }

  /** Something that only TensorFlow has: a device, a session, a configuration or a part of one. */
  private isSetup(node: Expr): boolean {
    switch (node.type) {
      case "Name":
        return this.names.has(node.id);
      case "Attribute":
      case "Subscript":
        return this.isSetup(node.value);
      case "Call":
        return (
          SETUP_VALUES.has(this.pathOf(node.func) ?? "") ||
          (node.func.type === "Attribute" && this.isSetup(node.func.value))
        );
      default:
        return false;
    }
  }

  private isSetupCall(node: Expr): boolean {
    if (node.type !== "Call") return false;
    const path = this.pathOf(node.func) ?? "";
    // What a session computes is no setup.
    const method =
      node.func.type === "Attribute" && node.func.attr !== "run" && this.isSetup(node.func.value);
    return SETUP_CALLS.has(path) || SETUP_VALUES.has(path) || method;
  }

  private isPrint(node: Expr): boolean {
    return node.type === "Call" && this.pathOf(node.func) === "builtins.print";
  }

  private listsDevices(node: Expr): boolean {
    return (
      node.type === "Call" &&
      node.args.length === 1 &&
      node.args.every(
        ({ value }) => value.type === "Call" && this.pathOf(value.func)?.endsWith(".list_local_devices"),
      )
    );
  }

  private readsOnlySetup(test: Expr): boolean {
    let [some, only] = [false, true];
    walk(test, (node) => {
      if (node.type === "Call" && this.isSetup(node)) {
        some = true;
        return false;
      }
      if (node.type !== "Name") return true;
      if (this.names.has(node.id)) some = true;
      else if (this.pathOf(node) !== "builtins.len") only = false;
      return true;
    });
    return some && only;
  }

  private noteDevices(statement: Stmt): void {
    walk(statement, (node) => {
      if (node.type === "Call" && STRATEGIES.has(this.pathOf(node.func) ?? ""))
        this.rewriter.note(
          node,
          RULE,
          "the model trains on one device: with several, Keras splits each batch and normalizes each part by itself",
        );
      if (node.type === "Call" && CHOOSES_DEVICES.has(this.pathOf(node.func) ?? ""))
        this.rewriter.note(
          node,
          RULE,
          "which devices the script uses is not carried over: the environment variable CUDA_VISIBLE_DEVICES tells PyTorch",
        );
    });
  }
}

function isStatement(node: Node): node is Stmt {
  return ["ExprStmt", "Assign", "If", "For", "Try", "Assert"].includes(node.type);
}

function isBound(node: Extract<Node, { type: "Name" }>): boolean {
  let at: Node = node;
  let { parent } = node;
  while (parent && (parent.type === "Tuple" || parent.type === "List" || parent.type === "Starred")) {
    at = parent;
    parent = parent.parent;
  }
  switch (parent?.type) {
    case "Assign":
      return parent.targets.includes(at as Expr);
    case "AugAssign":
    case "AnnAssign":
    case "NamedExpr":
    case "For":
      return parent.target === at;
    case "With":
      return parent.items.some((item) => item.target === at);
    case "Comprehension":
      return parent.clauses.some((clause) => clause.target === at);
    default:
      return false;
  }
}
