/** An optimizer as PyTorch's class with its keyword arguments. */
import type { Node, Stmt } from "../../grammars/nodes.ts";
import type { KerasVersion } from "../../src/analysis/constructs.ts";
import type { Arguments } from "../arguments.ts";
import type { OptimizerEntry } from "../optimizers.ts";
import type { Rewriter } from "../rewriter.ts";
import type { Schedule } from "../schedules.ts";

/** What is known of the optimizer that a `compile` is given. */
export interface Given {
  readonly entry: OptimizerEntry;
  /** Its own arguments; undefined for a string. */
  readonly own: Arguments | undefined;
  /** Whether it computes as Keras has since TensorFlow 2.11. */
  readonly modern: boolean;
  readonly schedule: Schedule | undefined;
  /** Whether the learning rate is changed while the model trains. */
  readonly isSet: boolean;
  /** `decay`, where it is not 0. */
  readonly decay: string | undefined;
  /** Where it is given to `compile`. */
  readonly at: Node;
  readonly version: KerasVersion;
  /** Defaults that the script's release of Keras had, by argument. */
  readonly former: ReadonlyMap<string, string> | undefined;
  /** Assignments whose values are written at `compile` now. */
  readonly moved: readonly (Stmt | undefined)[];
}

/**
 * The helper that takes the place of PyTorch's class where that drifts away: RMSprop of Keras 3 or
 * with momentum, and momentum of SGD under weight decay or a changing rate, of which a decay of at
 * most 1e-5 makes no difference.
 */
export function exactClass(rewriter: Rewriter, given: Given): string | undefined {
  const { entry, own } = given;
  if (!entry.exact) return undefined;
  const has = (name: string) => own?.has(name) === true && !isOff(own, name);
  if (entry.torch) {
    const changes = given.schedule || given.isSet || (given.decay && !(Number(given.decay) <= 1e-5));
    const drifts =
      entry.name === "SGD"
        ? has("momentum") && (changes || has("weight_decay"))
        : given.modern || has("momentum") || has("centered");
    if (!drifts) return undefined;
  }
  const passes = parts(given, true).map(({ keyword }) => keyword);
  return rewriter.helper(entry.exact, passes);
}

/** Whether an argument is known to be 0, False or None. */
function isOff(own: Arguments, name: string): boolean {
  const value = own.value(name);
  return (
    value.kind === "none" ||
    (value.kind === "num" && value.value === 0) ||
    (value.kind === "bool" && !value.value)
  );
}

/** The class that makes it: the helper, where there is one. */
export function classOf({ entry, own }: Given, helper: string | undefined): string {
  const decays = own?.has("weight_decay") === true && !isOff(own, "weight_decay");
  return helper ?? `torch.optim.${entry.torch}${entry.decays === "class" && decays ? "W" : ""}`;
}

/** Its keyword arguments as they are written. */
export function keywordsOf(given: Given, helper: string | undefined): string[] {
  return parts(given, helper !== undefined).map(({ keyword, text }) => `${keyword}=${text}`);
}

interface Part {
  readonly keyword: string;
  readonly text: string;
  /** Whether the script gives it. */
  readonly isGiven: boolean;
}

/** The keyword arguments that differ from what the class takes by itself. */
export function parts(given: Given, exact: boolean): Part[] {
  const { entry, own, modern } = given;
  const found: Part[] = [];
  for (const { keras, torch, torchDefault } of entry.keywords) {
    const text =
      keras === "betas"
        ? betas(given)
        : keras === "learning_rate" && given.schedule
          ? given.schedule.rate
          : textOf(given, keras);
    if (text === undefined) continue;
    const isDefault =
      torchDefault !== undefined && (text === torchDefault || Number(text) === Number(torchDefault));
    const noMomentum = keras === "nesterov" && (!own?.has("momentum") || isOff(own, "momentum"));
    // The exact classes keep Keras's name for it.
    const keyword = exact && torch === "alpha" ? keras : torch;
    const isGiven = keras === "betas" || own?.isGiven(keras) === true;
    if (!isDefault && !noMomentum) found.push({ keyword, text, isGiven });
  }
  if (entry.name === "Nadam") {
    const decay = modern ? "1.0" : own?.text("schedule_decay");
    const isGiven = own?.isGiven("schedule_decay") === true;
    if (decay !== undefined) found.push({ keyword: "momentum_decay", text: decay, isGiven });
  }
  if (entry.decays && own?.has("weight_decay") && !isOff(own, "weight_decay")) {
    found.push({ keyword: "weight_decay", text: own.required("weight_decay"), isGiven: true });
    if (entry.decays === "decoupled")
      found.push({ keyword: "decoupled_weight_decay", text: "True", isGiven: false });
  }
  return found;
}

/** The argument as written, else Keras's default. */
function textOf({ own, entry, version, former }: Given, name: string): string | undefined {
  if (own?.has(name) && !own.isNone(name)) return own.required(name);
  const before = former?.get(name);
  if (before !== undefined) return before;
  const signature = (version === "keras3" && entry.signatures.keras3) || entry.signatures.keras2 || "";
  const declared = signature.split(", ").find((part) => part.startsWith(`${name}=`));
  const fallback = declared?.slice(name.length + 1);
  return fallback === "0." ? "0.0" : fallback;
}

function betas(given: Given): string | undefined {
  if (!given.own?.has("beta_1") && !given.own?.has("beta_2")) return undefined;
  return `(${textOf(given, "beta_1")}, ${textOf(given, "beta_2")})`;
}
