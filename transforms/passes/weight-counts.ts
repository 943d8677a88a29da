/** `len(model.trainable_weights)`: how many weights a model has, counted as PyTorch counts parameters. */
import type { Call, Node } from "../../grammars/nodes.ts";
import type { Module } from "../layer.ts";
import { modulesInside } from "../plan.ts";
import { hasWeights, isPlain } from "./array-weights.ts";

/** The call that counts a list. */
export function counting(node: Node): Call | undefined {
  const call = node.parent?.type === "Argument" ? node.parent.parent : undefined;
  const counts = call?.type === "Call" && call.func.type === "Name" && call.func.id === "len";
  return counts && call.args.length === 1 ? call : undefined;
}

/**
 * The number of weights, of all, those that are trained, or those that are not, of a model that stands
 * for these modules; undefined where PyTorch has other parameters than Keras has weights.
 */
export function countOf(
  trained: boolean | undefined,
  modules: readonly Module[],
  model: string,
): string | undefined {
  if (!hasParameters(trained, modules)) return undefined;
  if (trained === undefined) return `len(list(${model}.parameters()))`;
  return `sum(${trained ? "" : "not "}parameter.requires_grad for parameter in ${model}.parameters())`;
}

/** Whether the parameters of that kind are Keras's weights. */
export function hasParameters(trained: boolean | undefined, modules: readonly Module[]): boolean {
  return modules.every(trained ? trainsSameParameters : hasSameParameters);
}

/** Whether its parameters are Keras's weights; those of a base are torchvision's in any case. */
function hasSameParameters(module: Module): boolean {
  if (module.nested) return modulesInside(module).every(hasSameParameters);
  return !hasWeights(module) || isPlain(module) || isBase(module);
}

/** Whether each weight that Keras trains is one parameter; what only PyTorch has is frozen. */
function trainsSameParameters(module: Module): boolean {
  if (module.nested) return modulesInside(module).every(trainsSameParameters);
  if (!hasWeights(module) || isBase(module)) return true;
  const trained = module.weights?.filter(({ torch }) => !torch.some((one) => one.startsWith("running_")));
  return trained?.every(({ torch }) => torch.length === 1) ?? false;
}

function isBase({ code }: Module): boolean {
  return code.includes("torchvision.models.");
}
