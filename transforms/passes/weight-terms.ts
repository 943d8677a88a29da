/** What regularizers add to the loss, and what constraints do after each step: functions over the model. */
import { Unsupported } from "../arguments.ts";
import type { Module } from "../layer.ts";
import type { ModelPlan } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";
import { placed } from "./placed.ts";
import { lossUses } from "./training-calls.ts";

const LINE = 110;

/** The functions that all models of a script share, or that each carries where they differ. */
export function setWeightTerms(rewriter: Rewriter, plans: readonly ModelPlan[]): void {
  const outer = plans.filter((plan) => !plan.inline && isTrained(plan));
  for (const kind of [PENALTY, CONSTRAIN]) {
    const terms = outer.map((plan) => termsOf(plan, kind.of));
    if (terms.every((one) => one.length === 0)) continue;
    rewriter.switches.set(kind.flag, true);
    outer.forEach((plan, i) => {
      const body = { doc: kind.doc, lines: kind.lines(terms[i] as Term[]) };
      plan.boundary.set(kind.name, rewriter.addBody(kind.name, body));
      for (const line of body.lines) rewriter.use(line);
    });
  }
}

function isTrained(plan: ModelPlan): boolean {
  return lossUses(plan).length > 0 || plan.models.some((model) => model.estimators.length > 0);
}

/** A term of one module, or of all modules of a type. */
interface Term {
  readonly text: string;
  readonly type: string | undefined;
}

interface Kind {
  readonly name: string;
  readonly flag: string;
  readonly doc: string;
  readonly of: (module: Module) => readonly string[];
  readonly lines: (terms: readonly Term[]) => string[];
}

const PENALTY: Kind = {
  name: "penalty",
  flag: "PENALTY",
  doc: "What the regularizers add to the loss.",
  of: (module) => module.penalties ?? [],
  lines: (terms) => {
    if (terms.length === 0) return ["return 0.0"];
    const texts = terms.map(({ text, type }) =>
      type === undefined ? text : `sum(${text} for module in model if isinstance(module, ${type}))`,
    );
    const line = `return ${texts.join(" + ")}`;
    if (line.length <= LINE) return [line];
    return ["return (", ...texts.map((text, i) => `    ${i > 0 ? "+ " : ""}${text}`), ")"];
  },
};

const CONSTRAIN: Kind = {
  name: "constrain",
  flag: "CONSTRAINTS",
  doc: "What the constraints do after each step.",
  of: (module) => module.constraints ?? [],
  lines: (terms) => {
    if (terms.length === 0) return ["pass"];
    const types = [...new Set(terms.flatMap(({ type }) => (type === undefined ? [] : [type])))];
    const grouped = types.flatMap((type) => [
      "    for module in model:",
      `        if isinstance(module, ${type}):`,
      ...terms.filter((term) => term.type === type).map(({ text }) => `            ${text}`),
    ]);
    const single = terms.filter(({ type }) => type === undefined).map(({ text }) => `    ${text}`);
    return ["with torch.no_grad():", ...single, ...grouped];
  },
};

/** How many modules of a type have to say the same before they are told by their type. */
const MANY = 3;

function termsOf(plan: ModelPlan, of: Kind["of"]): Term[] {
  const modules = placed(plan, "model");
  const flat = plan.layers.every((layer) => layer.modules.every((module) => !module.nested));
  const done = new Set<string>();
  return modules.flatMap(({ module, path }): Term[] => {
    const own = of(module);
    if (own.length === 0) return [];
    const type = classOf(module);
    const others = modules.filter((other) => classOf(other.module) === type);
    const alike = flat && others.every((other) => of(other.module).join() === own.join());
    if (alike && (others.length >= MANY || others.some((other) => other.path === undefined))) {
      if (done.has(type)) return [];
      done.add(type);
      return own.map((text) => ({ text: text.replaceAll("{}", "module"), type }));
    }
    if (path === undefined)
      throw new Unsupported(
        plan.node,
        "different regularizers or constraints in a loop or conditional are not supported yet",
      );
    return own.map((text) => ({ text: text.replaceAll("{}", path), type: undefined }));
  });
}

/** The class that its constructor call names. */
function classOf({ code }: Module): string {
  return code.slice(0, code.indexOf("("));
}
