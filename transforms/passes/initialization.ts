/**
 * Which initialization stands in `init_weights` and which after its model: modules of one PyTorch
 * type share a branch of the function, with what most of them ask for.
 */
import { enclosingStatement } from "../../grammars/walk.ts";
import { Unsupported } from "../arguments.ts";
import type { InitRule, Module } from "../layer.ts";
import type { ModelPlan, PlannedLayer } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";
import { targetOfValue } from "./model-code.ts";
import { placed } from "./placed.ts";

interface Found {
  readonly plan: ModelPlan;
  readonly layer: PlannedLayer;
  readonly at: number;
  readonly module: Module;
  readonly init: InitRule;
  /** Whether it is a part of the module that the rule is for. */
  readonly inside: boolean;
}

interface Place extends Found {
  /** The lines that initialize it, over `module`; what may stand in the function, and what else follows. */
  readonly lines: readonly string[];
  readonly rest: readonly string[];
}

/** Rewrites the modules of all plans so that few lines stand after the models. */
export function settleInitialization(rewriter: Rewriter, plans: readonly ModelPlan[]): void {
  const pretrained = new Set<string>();
  const byType = new Map<string, Found[]>();
  for (const plan of plans) {
    for (const layer of plan.layers) {
      for (const [at, module] of layer.modules.entries()) {
        if (module.pretrained !== undefined) pretrained.add(module.pretrained);
        for (const init of [module.init, ...(module.inits ?? [])]) {
          if (!init) continue;
          // What stands inside another module has no place of its own after the model.
          const inside = init !== module.init || isWrapper(module);
          const known = byType.get(init.type) ?? [];
          byType.set(init.type, [...known, { plan, layer, at, module, init, inside }]);
        }
      }
    }
  }
  for (const [type, found] of byType) {
    const parts = new Parts(found.map(({ init }) => init));
    const places = found.map((place): Place => ({ ...place, ...effective(rewriter, place, parts) }));
    const chosen = pretrained.has(type) ? [] : choose(places, parts);
    const settled = places.map((place) => settle(rewriter, place, chosen, parts, places));
    places.forEach(({ layer, at, inside }, i) => {
      if (!inside) layer.modules[at] = settled[i] as Module;
    });
  }
}

/** The lines of a module with those of its arguments in the place of the defaults. */
function effective(
  rewriter: Rewriter,
  { module, init, inside }: Found,
  parts: Parts,
): Pick<Place, "lines" | "rest"> {
  if (inside) return { lines: init.lines, rest: module.initialize ?? [] };
  const lines = [...init.lines];
  const rest: string[] = [];
  for (const line of module.initialize ?? []) {
    const own = line.replaceAll("{}", "module");
    const target = parameterOf(own);
    const at = target === undefined ? -1 : lines.findIndex((one) => parameterOf(one) === target);
    // A branch of the function copes with modules without a bias by its zeros only.
    if (at < 0 || parts.isOptional(lines[at] ?? "") || rewriter.localLines.has(line)) rest.push(line);
    else lines[at] = own;
  }
  return { lines, rest };
}

/** Whether what the rule is for is a part of the module: its weights are named by a path. */
function isWrapper({ weights }: Module): boolean {
  return (weights ?? []).some((map) => map.torch.some((name) => name.includes(".")));
}

/** The parameter that a line initializes: `module.weight`. */
function parameterOf(line: string): string | undefined {
  const open = line.indexOf("(");
  const inner = line.slice(open + 1);
  if (line.startsWith("module.") || !inner.startsWith("module.")) return undefined;
  const end = [...inner].findIndex((char) => char === "," || char === ")");
  return inner.slice(0, end);
}

/** What only some modules of a type have: a second direction, and a bias where not all have one. */
class Parts {
  private readonly marks: readonly string[];

  constructor(all: readonly InitRule[]) {
    const biased = all.every(({ lines }) => lines.some((line) => line.includes(BIAS)));
    this.marks = biased ? [REVERSE] : [REVERSE, BIAS, "module.bias_"];
  }

  isOptional(line: string): boolean {
    return this.marks.some((part) => line.includes(part));
  }

  /** What tells the lines of two modules apart. */
  shared(lines: readonly string[]): string[] {
    return lines.filter((line) => !this.isOptional(line));
  }
}

const REVERSE = "_reverse";
const BIAS = "module.bias)";

/** The lines that most modules of a type ask for; those that cannot have any after their model decide. */
function choose(places: readonly Place[], parts: Parts): readonly string[] {
  const counts = new Map<string, { lines: string[]; count: number; bound: boolean; usual: boolean }>();
  for (const place of places) {
    const lines = parts.shared(place.lines);
    const known = counts.get(lines.join()) ?? { lines, count: 0, bound: false, usual: false };
    known.count++;
    known.usual ||= parts.shared(place.init.lines).join() === lines.join();
    known.bound ||= !hasPlaceAfter(place);
    counts.set(lines.join(), known);
  }
  const all = [...counts.values()].sort(
    (a, b) => Number(b.bound) - Number(a.bound) || b.count - a.count || Number(b.usual) - Number(a.usual),
  );
  return all[0]?.lines ?? [];
}

/** Whether lines about the module can follow its model, which have to name it. */
function hasPlaceAfter({ plan, module, inside }: Place): boolean {
  if (inside) return false;
  const statement = enclosingStatement(plan.node);
  const returned = statement?.type === "Return" && statement.value === plan.node;
  const named = statement?.type === "Assign" || statement?.type === "AnnAssign" || returned;
  if (!named || plan.layers.every((layer) => !layer.use.add)) return plan.inline || named;
  return placed(plan, "").some((one) => one.module === module && one.path !== undefined);
}

/** The module with the rule of its type, and with the lines that it needs beside that. */
function settle(
  rewriter: Rewriter,
  place: Place,
  chosen: readonly string[],
  parts: Parts,
  all: readonly Place[],
): Module {
  const { module, init, inside, lines, rest } = place;
  const same = parts.shared(lines).join() === chosen.join();
  const rule = same ? lines : [...chosen, ...lines.filter((line) => parts.isOptional(line))];
  const wanted = same ? [] : parts.shared(lines).filter((line) => !chosen.includes(line));
  if (inside && same) return module;
  const after = [...wanted.map((line) => line.replaceAll("module.", "{}.")), ...rest];
  if ((inside ? !same : after.length > 0) && !hasPlaceAfter(place)) {
    if (isAlike(rewriter, place, all, parts)) {
      const each = [...wanted, ...rest.map((line) => line.replaceAll("{}", "module"))];
      return { ...module, init: { type: init.type, lines: rule }, initialize: [], each };
    }
    throw new Unsupported(
      place.plan.node,
      "initial weights in a model that is built in a loop or conditional, or has no name, are not supported yet",
    );
  }
  return { ...module, init: { type: init.type, lines: rule }, initialize: after };
}

/** Whether a loop adds the module, and all of its type that loops add to the model start alike. */
function isAlike(rewriter: Rewriter, place: Place, all: readonly Place[], parts: Parts): boolean {
  const { plan } = place;
  const isLoose = (one: Place) => !one.inside && !hasPlaceAfter(one);
  const start = (one: Place) => parts.shared(one.lines).join();
  const others = all.filter((one) => one.plan === plan && isLoose(one));
  return (
    isLoose(place) &&
    plan.layers.some((layer) => layer.use.add) &&
    targetOfValue(enclosingStatement(plan.node), plan.node) !== undefined &&
    place.rest.every((line) => rewriter.parameterLines.has(line)) &&
    others.every((one) => one.rest.join() === place.rest.join() && start(one) === start(place))
  );
}
