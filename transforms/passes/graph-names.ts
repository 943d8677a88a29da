/** The names that layers, inputs and the class of a model that branches get. */
import type { Expr } from "../../grammars/nodes.ts";
import { boundName, enclosingStatement } from "../../grammars/walk.ts";
import type { Model } from "../../src/analysis/model.ts";
import type { KerasTensor } from "../../src/analysis/values.ts";
import { Unsupported } from "../arguments.ts";
import type { PlannedLayer, PlannedStep } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";
import { isOutputOfModel } from "./graph-tensors.ts";

/** Shorter names that people give modules, by how the layer's name starts. */
const SHORT: readonly (readonly [string, string])[] = [
  ["GlobalMaxPooling", "pool"],
  ["GlobalAveragePooling", "pool"],
  ["MaxPooling", "pool"],
  ["AveragePooling", "pool"],
  ["BatchNormalization", "norm"],
  ["LayerNormalization", "norm"],
  ["SeparableConv", "conv"],
  ["DepthwiseConv", "conv"],
  ["Conv", "conv"],
  ["UpSampling", "upsample"],
  ["ZeroPadding", "pad"],
];

/** Names of tensors that say nothing of the layer. */
const PASSING: ReadonlySet<string> = new Set(["x", "h", "net", "model"]);

/** Names that modules have already. */
const TAKEN: ReadonlySet<string> = new Set(
  (
    "add_module apply bfloat16 buffers call_super_init children compile cpu cuda double dump_patches eval extra_repr float " +
    "forward get_buffer get_extra_state get_parameter get_submodule half ipu load_state_dict modules mtia named_buffers " +
    "named_children named_modules named_parameters parameters register_buffer register_module register_parameter " +
    "requires_grad_ set_extra_state set_submodule share_memory state_dict to to_empty train training type xpu zero_grad " +
    "stop_training optimizer loss_fn metrics held_norms to_inputs to_targets to_outputs"
  ).split(" "),
);

/** The name that a single assignment gives what an expression makes. */
export function assignedName(made: Expr): string | undefined {
  const statement = enclosingStatement(made);
  return statement?.type === "Assign" && statement.value === made ? boundName(statement)?.id : undefined;
}

/** The name of an input: the script's own. */
export function inputName({ made, layer }: KerasTensor, count: number): string {
  const name = assignedName(made);
  if (layer.kind === "object" && name !== undefined) return name;
  if (layer.kind === "model" && count === 1) return "inputs";
  if (layer.kind === "model") return `${assignedName(layer.model.node) ?? "model"}_input`;
  throw new Unsupported(made, "an input without a name of its own is not supported yet");
}

/** A name for each layer that leaves a module. */
export function memberNames(
  rewriter: Rewriter,
  steps: readonly PlannedStep[],
  layers: readonly PlannedLayer[],
): Map<PlannedLayer, string> {
  const targets = steps.map(({ tensor }) => assignedName(tensor.made));
  const wanted = new Map<PlannedLayer, string>();
  steps.forEach(({ layer, tensor, merged }, i) => {
    if (merged || layer.modules.length === 0 || wanted.has(layer)) return;
    const target = isOutputOfModel(tensor) ? undefined : targets[i];
    const once =
      target !== undefined && !PASSING.has(target) && targets.filter((one) => one === target).length === 1;
    wanted.set(layer, givenName(rewriter, tensor, layer) ?? (once ? target : kindOf(tensor)));
  });
  // Names stand in the order of the calls, whatever the order of the layers.
  const counts = new Map<string, number>();
  for (const name of wanted.values()) counts.set(name, (counts.get(name) ?? 0) + 1);
  const used = new Set<string>(TAKEN);
  const names = new Map<PlannedLayer, string>();
  for (const [layer, name] of wanted) {
    let own = name;
    for (let i = 1; used.has(own) || (counts.get(name) !== 1 && own === name); i++) own = `${name}${i}`;
    used.add(own);
    names.set(layer, own);
  }
  return new Map(layers.flatMap((layer) => (names.has(layer) ? [[layer, names.get(layer) as string]] : [])));
}

/** The name that the script gives a layer: its variable's, or that of its argument. */
function givenName(
  rewriter: Rewriter,
  { layer }: KerasTensor,
  { use: { expr } }: PlannedLayer,
): string | undefined {
  if (expr.type === "Name" && (layer.kind === "model" || rewriter.program.valueOf(expr)?.kind === "object"))
    return expr.id;
  const name = layer.kind === "object" ? layer.args.given.get("name")?.value : undefined;
  return name?.kind === "str" && /^[A-Za-z]\w*$/.test(name.value) ? name.value : undefined;
}

function kindOf({ layer }: KerasTensor): string {
  const path = layer.kind === "object" ? layer.construct.path : "keras.models.Sequential";
  const name = path.slice(path.lastIndexOf(".") + 1);
  const short = SHORT.find(([start]) => name.startsWith(start))?.[1];
  if (short) return short;
  if (name === name.toUpperCase()) return name.toLowerCase();
  return name
    .replace(/[A-Z]+(?=[A-Z][a-z])|[A-Z]/g, (part, at: number) => (at > 0 ? "_" : "") + part.toLowerCase())
    .replace(/_(\d)_d$/, "");
}

/** What functions that make models start with. */
const VERBS: ReadonlySet<string> = new Set(
  "build create construct define generate get init make new".split(" "),
);

/** The class is named after the model, or after the function that returns it. */
export function classNameOf(rewriter: Rewriter, model: Model): string {
  const { owner } = model;
  const maker = owner?.type === "FunctionDef" && owner.name !== "__init__" ? owner.name : "model";
  const words = (name: string) => name.split("_").filter((word) => word !== "" && !VERBS.has(word));
  const assigned = words(assignedName(model.node) ?? maker);
  const own = assigned.length === 1 && assigned[0] === "model" ? words(maker) : assigned;
  const wanted = own.map((word) => word[0]?.toUpperCase() + word.slice(1)).join("") || "Model";
  const count = (rewriter.fresh.get(wanted) ?? 0) + 1;
  rewriter.fresh.set(wanted, count);
  return rewriter.name(count === 1 ? wanted : `${wanted}${count}`);
}
