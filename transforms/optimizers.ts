/** Optimizers by name: PyTorch's class, and Keras's defaults where PyTorch's differ. */
import type { KerasVersion } from "../src/analysis/constructs.ts";

export interface OptimizerEntry {
  /** The class; strings are compared without case. */
  readonly name: string;
  readonly signatures: Partial<Record<KerasVersion, string>>;
  readonly torch: string;
  /** Keras's parameter -> PyTorch's keyword, with the value that PyTorch takes by itself. */
  readonly keywords: readonly Keyword[];
  /** A known, small difference that no code makes up for. */
  readonly note?: string;
  /** What an older Keras had as the learning rate, where none is given. */
  readonly oldRate?: string;
}

interface Keyword {
  readonly keras: string;
  readonly torch: string;
  /** PyTorch's own default, as source; where Keras's value is the same nothing is written. */
  readonly torchDefault: string | undefined;
}

const RATE = (torchDefault: string | undefined): Keyword => ({
  keras: "learning_rate",
  torch: "lr",
  torchDefault,
});
const EPSILON: Keyword = { keras: "epsilon", torch: "eps", torchDefault: undefined };
/** Arguments of all optimizers; those that change the update are honoured or reported. */
const COMMON =
  "decay=0., clipnorm=None, clipvalue=None, global_clipnorm=None, weight_decay=None, use_ema=False, ema_momentum=0.99, ema_overwrite_frequency=None, jit_compile=True, name=None, loss_scale_factor=None, gradient_accumulation_steps=None";

function signatures(rate: string, own: string, afterRate = own): OptimizerEntry["signatures"] {
  return {
    keras1: `lr:learning_rate=${rate}, ${own}, decay=0., *, ${COMMON.slice("decay=0., ".length)}`,
    keras2: `learning_rate=${rate}, ${afterRate}, *, lr:learning_rate=${rate}, ${COMMON}`,
    keras3: `learning_rate=${rate}, ${afterRate}, *, ${COMMON}`,
  };
}

const EPSILON_NOTE =
  "PyTorch adds epsilon after the bias correction, Keras before it: weights drift by about 1e-6, more where gradients are as small as epsilon";

const MOMENTS = "beta_1=0.9, beta_2=0.999, epsilon=1e-7";

export const OPTIMIZERS: readonly OptimizerEntry[] = [
  {
    name: "SGD",
    signatures: {
      keras1: `lr:learning_rate=0.01, momentum=0., decay=0., nesterov=False, *, ${COMMON.slice("decay=0., ".length)}`,
      keras2: `learning_rate=0.01, momentum=0., nesterov=False, *, lr:learning_rate=0.01, ${COMMON}`,
      keras3: `learning_rate=0.01, momentum=0., nesterov=False, *, ${COMMON}`,
    },
    torch: "SGD",
    keywords: [
      RATE(undefined),
      { keras: "momentum", torch: "momentum", torchDefault: "0.0" },
      { keras: "nesterov", torch: "nesterov", torchDefault: "False" },
    ],
  },
  {
    name: "Adam",
    signatures: signatures("0.001", MOMENTS, `${MOMENTS}, amsgrad=False`),
    torch: "Adam",
    note: EPSILON_NOTE,
    keywords: [
      RATE("0.001"),
      { keras: "betas", torch: "betas", torchDefault: "(0.9, 0.999)" },
      EPSILON,
      { keras: "amsgrad", torch: "amsgrad", torchDefault: "False" },
    ],
  },
  {
    name: "AdamW",
    signatures: {
      keras2: `learning_rate=0.001, weight_decay=0.004, ${MOMENTS}, amsgrad=False, *, ${COMMON.replace("weight_decay=None, ", "")}`,
    },
    torch: "AdamW",
    note: EPSILON_NOTE,
    keywords: [
      RATE("0.001"),
      { keras: "betas", torch: "betas", torchDefault: "(0.9, 0.999)" },
      EPSILON,
      { keras: "weight_decay", torch: "weight_decay", torchDefault: undefined },
      { keras: "amsgrad", torch: "amsgrad", torchDefault: "False" },
    ],
  },
  {
    name: "RMSprop",
    signatures: signatures(
      "0.001",
      "rho=0.9, epsilon=1e-7",
      "rho=0.9, momentum=0.0, epsilon=1e-7, centered=False",
    ),
    torch: "RMSprop",
    keywords: [RATE(undefined), { keras: "rho", torch: "alpha", torchDefault: undefined }, EPSILON],
  },
  {
    name: "Adagrad",
    signatures: signatures("0.001", "epsilon=1e-7", "initial_accumulator_value=0.1, epsilon=1e-7"),
    torch: "Adagrad",
    oldRate: "0.01",
    keywords: [
      RATE(undefined),
      { keras: "initial_accumulator_value", torch: "initial_accumulator_value", torchDefault: undefined },
      EPSILON,
    ],
  },
  {
    name: "Adadelta",
    signatures: signatures("0.001", "rho=0.95, epsilon=1e-7"),
    torch: "Adadelta",
    oldRate: "1.0",
    keywords: [RATE(undefined), { keras: "rho", torch: "rho", torchDefault: undefined }, EPSILON],
  },
  {
    name: "Adamax",
    signatures: signatures("0.001", MOMENTS),
    torch: "Adamax",
    keywords: [RATE(undefined), { keras: "betas", torch: "betas", torchDefault: "(0.9, 0.999)" }, EPSILON],
  },
  {
    name: "Nadam",
    signatures: {
      ...signatures("0.001", MOMENTS),
      keras1: `lr:learning_rate=0.001, ${MOMENTS}, schedule_decay=0.004, *, ${COMMON}`,
    },
    torch: "NAdam",
    note: EPSILON_NOTE,
    keywords: [RATE(undefined), { keras: "betas", torch: "betas", torchDefault: "(0.9, 0.999)" }, EPSILON],
  },
];

const byName = new Map(OPTIMIZERS.map((entry) => [entry.name.toLowerCase(), entry]));

export function optimizerNamed(name: string): OptimizerEntry | undefined {
  return byName.get(name.toLowerCase());
}
