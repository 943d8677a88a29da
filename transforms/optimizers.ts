/** Optimizers by name: PyTorch's class, and Keras's defaults where PyTorch's differ. */
import type { KerasVersion } from "../src/analysis/constructs.ts";

export interface OptimizerEntry {
  /** The class; strings are compared without case. */
  readonly name: string;
  readonly signatures: Partial<Record<KerasVersion, string>>;
  /** PyTorch's class; undefined where only the helper does it. */
  readonly torch: string | undefined;
  /** The helper that does exactly what Keras does, where PyTorch's class does not. */
  readonly exact?: string;
  /** Keras's parameter -> PyTorch's keyword, with the value that PyTorch takes by itself. */
  readonly keywords: readonly Keyword[];
  /** A known, small difference that no code makes up for. */
  /** Whether it keeps squares of gradients. */
  readonly squares?: true;
  readonly note?: string;
  /** Whether all weights share a count of steps, which an optimizer given to a second model would go on with. */
  readonly counts?: boolean;
  /** How `weight_decay` is written; reported where this is absent. */
  readonly decays?: "class" | "keyword" | "decoupled";
}

interface Keyword {
  readonly keras: string;
  readonly torch: string;
  /** PyTorch's own default, as source; where Keras's value is the same nothing is written. */
  readonly torchDefault: string | undefined;
}

const RATE = (torchDefault?: string): Keyword => ({ keras: "learning_rate", torch: "lr", torchDefault });
const EPSILON: Keyword = { keras: "epsilon", torch: "eps", torchDefault: undefined };
const RHO = (torch: string): Keyword => ({ keras: "rho", torch, torchDefault: undefined });
const BETAS = (torchDefault = "(0.9, 0.999)"): Keyword => ({ keras: "betas", torch: "betas", torchDefault });
const MOMENTUM: Keyword = { keras: "momentum", torch: "momentum", torchDefault: "0.0" };
const flag = (name: string): Keyword => ({ keras: name, torch: name, torchDefault: "False" });
const WEIGHT_DECAY: Keyword = { keras: "weight_decay", torch: "weight_decay", torchDefault: undefined };
const ACCUMULATOR: Keyword = {
  keras: "initial_accumulator_value",
  torch: "initial_accumulator_value",
  torchDefault: undefined,
};

/** Arguments of all optimizers; those that change the update are honoured or reported. */
const COMMON =
  "decay=0., clipnorm=None, clipvalue=None, global_clipnorm=None, weight_decay=None, use_ema=False, ema_momentum=0.99, ema_overwrite_frequency=None, jit_compile=True, name=None, loss_scale_factor=None, gradient_accumulation_steps=None";
const WITHOUT_DECAY = COMMON.replace("decay=0., ", "");

/** @param first the arguments of Keras 1, where the decay stands before `last` */
function signatures(rate: string, first: string, own = first, last = ""): OptimizerEntry["signatures"] {
  return {
    keras1: `lr:learning_rate=${rate}, ${first}, decay=0.${last && `, ${last}`}, *, ${WITHOUT_DECAY}`,
    keras2: `learning_rate=${rate}, ${own}, *, lr:learning_rate=${rate}, ${COMMON}`,
    keras3: `learning_rate=${rate}, ${own}, *, ${COMMON}`,
  };
}

/** Optimizers that only newer Kerases have. */
function modern(rate: string, own: string, keras2Rate = rate): OptimizerEntry["signatures"] {
  const rest = own.includes("weight_decay") ? COMMON.replace("weight_decay=None, ", "") : COMMON;
  return {
    keras2: `learning_rate=${keras2Rate}, ${own}, *, ${rest}`,
    keras3: `learning_rate=${rate}, ${own}, *, ${rest}`,
  };
}

const FTRL: readonly Keyword[] = [
  RATE("0.001"),
  { keras: "learning_rate_power", torch: "lr_power", torchDefault: "-0.5" },
  { ...ACCUMULATOR, torchDefault: "0.1" },
  { keras: "l1_regularization_strength", torch: "l1", torchDefault: "0.0" },
  { keras: "l2_regularization_strength", torch: "l2", torchDefault: "0.0" },
  { keras: "beta", torch: "beta", torchDefault: "0.0" },
];

const EPSILON_NOTE =
  "PyTorch adds epsilon after the bias correction, Keras before it: weights drift by about 1e-6, more where gradients are as small as epsilon";

/** Adam of Keras 3.15: an index that is four times in a batch moves its row twice as far. */
export const SQUARES_NOTE =
  "Keras 3 on TensorFlow squares the gradients of an `Embedding` for each time that an index is in a batch; on its other backends, and here, they are summed first";

const MOMENTS = "beta_1=0.9, beta_2=0.999, epsilon=1e-7";

export const OPTIMIZERS: readonly OptimizerEntry[] = [
  {
    name: "SGD",
    signatures: signatures("0.01", "momentum=0.", "momentum=0., nesterov=False", "nesterov=False"),
    torch: "SGD",
    exact: "KerasSGD",
    keywords: [RATE(), MOMENTUM, flag("nesterov")],
    decays: "keyword",
  },
  {
    name: "Adam",
    signatures: signatures("0.001", MOMENTS, `${MOMENTS}, amsgrad=False`, "amsgrad=False"),
    torch: "Adam",
    squares: true,
    note: EPSILON_NOTE,
    keywords: [RATE("0.001"), BETAS(), EPSILON, flag("amsgrad")],
    counts: true,
    decays: "class",
  },
  {
    name: "AdamW",
    signatures: modern("0.001", `weight_decay=0.004, ${MOMENTS}, amsgrad=False`),
    torch: "AdamW",
    squares: true,
    note: EPSILON_NOTE,
    keywords: [RATE("0.001"), BETAS(), EPSILON, WEIGHT_DECAY, flag("amsgrad")],
    counts: true,
  },
  {
    name: "RMSprop",
    signatures: signatures(
      "0.001",
      "rho=0.9, epsilon=1e-7",
      "rho=0.9, momentum=0., epsilon=1e-7, centered=False",
    ),
    torch: "RMSprop",
    squares: true,
    exact: "KerasRMSprop",
    keywords: [RATE(), RHO("alpha"), MOMENTUM, EPSILON, flag("centered")],
    decays: "keyword",
  },
  {
    name: "Adagrad",
    signatures: signatures("0.001", "epsilon=1e-7", "initial_accumulator_value=0.1, epsilon=1e-7"),
    torch: "Adagrad",
    squares: true,
    keywords: [RATE(), ACCUMULATOR, EPSILON],
  },
  {
    name: "Adadelta",
    signatures: signatures("0.001", "rho=0.95, epsilon=1e-7"),
    torch: "Adadelta",
    squares: true,
    keywords: [RATE(), RHO("rho"), EPSILON],
  },
  {
    name: "Adamax",
    signatures: signatures("0.001", MOMENTS),
    torch: "Adamax",
    keywords: [RATE(), BETAS(), EPSILON],
    counts: true,
  },
  {
    name: "Nadam",
    signatures: {
      keras1: `lr:learning_rate=0.001, ${MOMENTS}, schedule_decay=0.004, *, ${COMMON}`,
      keras2: `learning_rate=0.001, ${MOMENTS}, *, lr:learning_rate=0.001, schedule_decay=0.004, ${COMMON}`,
      keras3: `learning_rate=0.001, ${MOMENTS}, *, ${COMMON}`,
    },
    torch: "NAdam",
    squares: true,
    note: EPSILON_NOTE,
    keywords: [RATE(), BETAS(), EPSILON],
    counts: true,
    decays: "decoupled",
  },
  {
    name: "Ftrl",
    signatures: modern(
      "0.001",
      "learning_rate_power=-0.5, initial_accumulator_value=0.1, l1_regularization_strength=0., l2_regularization_strength=0., l2_shrinkage_regularization_strength=0., beta=0.",
    ),
    torch: undefined,
    exact: "Ftrl",
    keywords: FTRL,
  },
  {
    name: "Lion",
    signatures: modern("0.001", "beta_1=0.9, beta_2=0.99", "0.0001"),
    torch: undefined,
    exact: "Lion",
    keywords: [RATE("0.001"), BETAS("(0.9, 0.99)")],
    decays: "keyword",
  },
];

/** Optimizers of TensorFlow 1, by their own names. */
const TENSORFLOW1: readonly (Omit<OptimizerEntry, "signatures"> & { signature: string })[] = [
  {
    name: "GradientDescentOptimizer",
    signature: "learning_rate, use_locking=False, name=None",
    torch: "SGD",
    keywords: [RATE()],
  },
  {
    name: "MomentumOptimizer",
    signature: "learning_rate, momentum, use_locking=False, name=None, use_nesterov:nesterov=False",
    torch: "SGD",
    keywords: [RATE(), MOMENTUM, flag("nesterov")],
  },
  {
    name: "AdagradOptimizer",
    signature: "learning_rate, initial_accumulator_value=0.1, use_locking=False, name=None, *, epsilon=0.0",
    torch: "Adagrad",
    keywords: [RATE(), ACCUMULATOR, EPSILON],
  },
  {
    name: "AdadeltaOptimizer",
    signature: "learning_rate=0.001, rho=0.95, epsilon=1e-8, use_locking=False, name=None",
    torch: "Adadelta",
    keywords: [RATE(), RHO("rho"), EPSILON],
  },
  {
    // Its mean squares start from 1.
    name: "RMSPropOptimizer",
    signature:
      "learning_rate, decay:rho=0.9, momentum=0.0, epsilon=1e-10, use_locking=False, centered=False, name=None, *, initial_square=1.0",
    torch: undefined,
    exact: "KerasRMSprop",
    keywords: [
      RATE(),
      RHO("rho"),
      MOMENTUM,
      EPSILON,
      flag("centered"),
      { keras: "initial_square", torch: "initial_square", torchDefault: undefined },
    ],
  },
  {
    name: "FtrlOptimizer",
    signature:
      "learning_rate, learning_rate_power=-0.5, initial_accumulator_value=0.1, l1_regularization_strength=0.0, l2_regularization_strength=0.0, use_locking=False, name=None, accum_name=None, linear_name=None, l2_shrinkage_regularization_strength=0.0",
    torch: undefined,
    exact: "Ftrl",
    keywords: FTRL,
  },
  {
    name: "AdamOptimizer",
    signature:
      "learning_rate=0.001, beta1:beta_1=0.9, beta2:beta_2=0.999, epsilon=1e-8, use_locking=False, name=None",
    torch: "Adam",
    note: EPSILON_NOTE,
    keywords: [RATE("0.001"), BETAS(), { ...EPSILON, torchDefault: "1e-8" }],
    counts: true,
  },
];

const byName = new Map<string, OptimizerEntry>(OPTIMIZERS.map((entry) => [entry.name.toLowerCase(), entry]));
for (const { signature, ...entry } of TENSORFLOW1)
  byName.set(`train.${entry.name.toLowerCase()}`, { ...entry, signatures: { keras2: signature } });

/** Where the Keras of TensorFlow 2.9 and 2.10 kept what became its optimizers in 2.11. */
export const EXPERIMENTAL = "experimental.";

/** @param name a string given to `compile`, a class, or `experimental.` and a class */
export function optimizerNamed(name: string): OptimizerEntry | undefined {
  const lower = name.toLowerCase();
  return byName.get(lower.startsWith(EXPERIMENTAL) ? lower.slice(EXPERIMENTAL.length) : lower);
}
