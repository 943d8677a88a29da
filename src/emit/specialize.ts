/**
 * Partial evaluation of the Python helpers: a helper keeps only what one script uses of it.
 *
 * Known are the switches (names in capitals) and the parameters that no call passes, which are
 * their defaults. Conditions on them are folded, dead branches and loops over nothing go, then
 * parameters that nothing reads any more, with their arguments.
 */
import type { FunctionDef } from "../../grammars/nodes.ts";
import { anyDefault, defaultOf } from "./constants.ts";
import type { Facts, Helper } from "./specialize-expressions.ts";
import { Statements } from "./specialize-statements.ts";

/** What a helper's rendering asks for. */
export interface Rendering {
  readonly text: string;
  /** Every name that it reads. */
  readonly reads: ReadonlySet<string>;
}

/** Helpers by name, in the order in which they go into a script. */
export interface Helpers {
  has(name: string): boolean;
  get(name: string): Helper | undefined;
  keys(): Iterable<string>;
}

export class Specializer extends Statements {
  private readonly helpers: Helpers;

  /** @param fromScript the parameters that the script's own calls pass, by helper */
  constructor(
    helpers: Helpers,
    switches: ReadonlyMap<string, boolean>,
    fromScript: ReadonlyMap<string, ReadonlySet<string>>,
    without: ReadonlySet<string> = new Set(),
    renamed: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map(),
  ) {
    super(switches, fromScript, without, renamed);
    this.helpers = helpers;
  }

  /** A helper with what is known of its parameters; undefined for a name that is none. */
  protected helper(name: string): Helper | undefined {
    const helper = this.helpers.get(name);
    if (!helper || this.facts.has(name)) return helper;
    if (helper.node.type === "FunctionDef") this.declare(name, helper.node);
    // A class is called by its constructor's parameters.
    if (helper.node.type === "ClassDef") {
      const init = helper.node.body.find((s) => s.type === "FunctionDef" && s.name === "__init__");
      if (init?.type === "FunctionDef") this.declare(name, init);
    }
    return helper;
  }

  private declare(name: string, node: FunctionDef): void {
    const facts: Facts = { constants: new Map(), dropped: new Set() };
    const given = this.fromScript.get(name);
    for (const parameter of node.params) {
      // A constructor keeps only what is passed; elsewhere a default that says something stays.
      const fallback =
        node.name === "__init__" ? anyDefault(parameter.default) : defaultOf(parameter.default);
      if (given && fallback !== undefined && !given.has(parameter.name))
        facts.constants.set(parameter.name, fallback);
    }
    this.facts.set(name, facts);
  }

  /**
   * The helpers reachable from those asked for, each specialized, in the order they stand in.
   *
   * @param rename the name of a helper or module in the script
   * @param bodies helpers whose text is given
   */
  render(
    roots: Iterable<string>,
    rename: (name: string) => string = (name) => name,
    bodies: ReadonlyMap<string, string> = new Map(),
  ): Map<string, Rendering> {
    this.rename = rename;
    let last = new Map<string, Rendering>();
    // What a helper passes to another settles with it: a few rounds are enough.
    for (let round = 0; round < 6; round++) {
      this.passed = new Map();
      const rendered = new Map<string, Rendering>();
      const queue = [...roots];
      for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
        const helper = this.helper(name);
        if (!helper || rendered.has(name)) continue;
        const text = bodies.get(name);
        const rendering = text === undefined ? this.renderHelper(helper) : { text, reads: new Set<string>() };
        rendered.set(name, rendering);
        queue.push(...rendering.reads);
      }
      const ordered = new Map(
        [...this.helpers.keys()].flatMap((name) => {
          const rendering = rendered.get(name);
          return rendering ? [[name, rendering] as const] : [];
        }),
      );
      const settled = !this.settle() && sameTexts(last, ordered);
      last = ordered;
      if (settled) break;
    }
    return last;
  }

  /** Parameters that only helpers pass, and always as the default, become constants. */
  private settle(): boolean {
    let changed = false;
    for (const [name, facts] of this.facts) {
      const helper = this.helpers.get(name);
      if (helper?.node.type !== "FunctionDef" || this.fromScript.has(name)) continue;
      const passed = this.passed.get(name);
      if (!facts || !passed) continue;
      for (const parameter of helper.node.params) {
        const fallback = defaultOf(parameter.default);
        if (fallback === undefined || facts.constants.has(parameter.name) || passed.has(parameter.name))
          continue;
        facts.constants.set(parameter.name, fallback);
        changed = true;
      }
    }
    return changed;
  }

  private renderHelper(helper: Helper): Rendering {
    this.reads = new Set();
    this.source = helper.text;
    const text = this.statement(helper.node, helper.name) ?? "";
    return { text, reads: this.reads };
  }
}

function sameTexts(a: ReadonlyMap<string, Rendering>, b: ReadonlyMap<string, Rendering>): boolean {
  return a.size === b.size && [...b].every(([name, rendering]) => a.get(name)?.text === rendering.text);
}
