/** Activations as functions of one tensor, as the steps of recurrent layers apply them. */
import { Unsupported } from "../arguments.ts";
import type { LayerContext } from "../layer.ts";

/** An activation argument: its name where it has one, and Python source of a function. */
export function stepFunction(
  context: LayerContext,
  argument: string,
): { name: string | undefined; code: string } {
  const { args } = context;
  const value = args.value(argument);
  if (value.kind === "none") return { name: "linear", code: "nn.Identity()" };
  const entry = context.activationEntry(value);
  const [name] = entry?.names ?? [];
  // Keras 1 and 2 draw it steeper than Keras 3 and PyTorch.
  if (name === "hard_sigmoid")
    return { name, code: context.version === "keras3" ? "F.hardsigmoid" : context.helper("hard_sigmoid") };
  if (entry?.functional !== undefined) return { name, code: entry.functional };
  const step = { shape: [undefined], dtype: "float" } as const;
  const at = args.expr(argument) ?? context.node;
  const [module, ...more] = context.activation(value, step, "last", at);
  const [inner] = module?.inner ?? [];
  if (module?.helper === "Lambda" && inner) return { name, code: context.helper(inner.helper) };
  const plain = module && more.length === 0 && !module.helper && !module.init && !module.weights;
  if (!plain) throw new Unsupported(at, "this activation of a recurrent layer is not supported yet");
  return { name, code: module.code };
}
