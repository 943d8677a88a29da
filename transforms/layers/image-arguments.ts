/** Arguments of layers that change images: ranges of numbers, and what lies outside of an image. */
import { type Arguments, Unsupported } from "../arguments.ts";
import type { LayerContext } from "../layer.ts";
import { float, string, tuple } from "../python.ts";

/** PyTorch's names of what lies outside of an image. */
const FILLS: Readonly<Record<string, string>> = {
  reflect: "reflection",
  nearest: "border",
  constant: "zeros",
};

/** The numbers of a factor as Keras reads it, as source: a number is as much below 0 as above. */
export function range(args: Arguments, name: string): readonly [string, string] {
  const value = args.value(name);
  const expr = args.expr(name);
  if ((value.kind === "tuple" || value.kind === "list") && value.elements.length === 2) {
    const ends = value.elements.map((one) => (one.kind === "num" ? one.value : undefined));
    const [low, high] = ends;
    if (low === undefined || high === undefined || low > high) throw args.unknown(name);
    const texts = expr?.type === "Tuple" || expr?.type === "List" ? expr.elements : [];
    const text = (i: 0 | 1) => (texts[i] ? args.textOf(texts[i]) : float(ends[i] as number));
    return [text(0), text(1)];
  }
  if (value.kind !== "num" || value.value === undefined || value.value < 0) throw args.unknown(name);
  const plain = expr?.type === "Number" || expr?.type === "Name" ? args.textOf(expr) : float(value.value);
  return [`-${plain}`, plain];
}

/** Keywords of a module that reads images elsewhere; those that say the default are left out. */
export function reading({ args, node }: LayerContext): Record<string, string> {
  const fill = args.option("fill_mode");
  const padding = FILLS[fill];
  if (padding === undefined)
    throw new Unsupported(
      args.argument("fill_mode") ?? node,
      `\`fill_mode=${string(fill)}\` has no form in PyTorch`,
    );
  const mode = args.option("interpolation");
  if (mode !== "bilinear" && mode !== "nearest") throw args.unknown("interpolation");
  const filled = args.has("fill_value") && fill === "constant" && args.number("fill_value") !== 0;
  return {
    ...(mode === "nearest" && { mode: string(mode) }),
    ...(fill !== "reflect" && { padding_mode: string(padding) }),
    ...(filled && { fill_value: args.required("fill_value") }),
  };
}

/** `value_range`, where it is not the default. */
export function valueRange(args: Arguments): Record<string, string> {
  if (!args.has("value_range")) return {};
  const value = args.value("value_range");
  const ends = value.kind === "tuple" || value.kind === "list" ? value.elements : [];
  const [low, high] = ends.map((one) => (one.kind === "num" ? one.value : undefined));
  if (low === undefined || high === undefined || low > high || ends.length !== 2)
    throw args.unknown("value_range");
  return low === 0 && high === 255 ? {} : { value_range: tuple([low, high]) };
}
