/**
 * Optimizers with their options: 30 steps of a small network, from equal weights. `off` is the largest difference
 * of a weight from real Keras's, rounded up; where the emitted code is exact it is rounding alone. `mutant` is a
 * mistake in the output, which must show.
 */
export interface OptimizerCase {
  readonly keras: 2 | 3;
  readonly optimizer: string;
  /** What stands before the model. */
  readonly before?: string;
  /** What stands between the two calls of `fit`. */
  readonly between?: string;
  readonly off: number;
  readonly mutant: readonly [from: string, to: string];
}

/** PyTorch adds Adam's epsilon elsewhere. */
const EPSILON = 2e-5;
const EXACT = 2e-6;

const keras2 = (optimizer: string, from: string, to: string, off = EXACT): OptimizerCase => ({
  keras: 2,
  optimizer,
  off,
  mutant: [from, to],
});
const keras3 = (optimizer: string, from: string, to: string, off = EXACT): OptimizerCase => ({
  ...keras2(optimizer, from, to, off),
  keras: 3,
});

const WARM = "K.set_value(model.optimizer.lr, K.get_value(model.optimizer.lr) * 0.3)";
const SET = 'param_groups[0]["lr"] = ';
const HOOK = "scheduler.step()";

export const CASES: readonly OptimizerCase[] = [
  keras2("'sgd'", "lr=0.01", "lr=0.011"),
  keras2("'SGD'", "lr=0.01", "lr=0.011"),
  keras2("optimizers.SGD(lr=0.05, momentum=0.9)", "momentum=0.9", "momentum=0.8"),
  keras2("optimizers.SGD(0.05, 0.9, True)", ", nesterov=True", ""),
  keras2("optimizers.SGD(learning_rate=0.05, nesterov=True)", "lr=0.05", "lr=0.05, momentum=0.1"),
  keras2("optimizers.SGD(lr=0.05, decay=0.1)", HOOK, "None"),
  keras2("optimizers.SGD(lr=0.05, decay=1e-6, momentum=0.9, nesterov=True)", ", nesterov=True", "", 3e-5),
  keras2("optimizers.SGD(lr=0.05, decay=0.05, momentum=0.9)", "KerasSGD(m", "torch.optim.SGD(m"),
  keras2("optimizers.SGD(lr=0.05, momentum=0.9, clipnorm=0.1)", "optimizer, 0.1)", "optimizer, 0.2)"),
  keras2("optimizers.SGD(lr=0.05, clipvalue=0.05)", "optimizer, 0.05)", "optimizer, 0.06)"),
  keras2("optimizers.SGD(lr=0.05, global_clipnorm=0.1)", "clip_grad_norm_(", "clip_grad_value_("),
  { ...keras2("optimizers.SGD(lr=0.05, momentum=0.9)", SET, "unused = "), between: WARM },
  {
    ...keras2("optimizers.Adagrad(lr=0.1)", SET, "unused = "),
    between: "model.optimizer.learning_rate = 0.02",
  },
  { ...keras2("optimizers.RMSprop(lr=0.01)", SET, "unused = "), between: "model.optimizer.lr.assign(0.002)" },
  keras2("'rmsprop'", "alpha=0.9", "alpha=0.95"),
  keras2("optimizers.RMSprop(lr=0.01, decay=0.1)", HOOK, "None"),
  keras2("optimizers.RMSprop(0.01, 0.8, epsilon=1e-3)", "eps=1e-3", "eps=1e-4"),
  keras2("optimizers.RMSprop(lr=0.01, momentum=0.5)", "momentum=0.5", "momentum=0.4"),
  keras2("optimizers.RMSprop(lr=0.01, centered=True)", ", centered=True", ""),
  keras2("'adam'", "eps=1e-7", "lr=0.0011, eps=1e-7", EPSILON),
  keras2("'Adam'", "eps=1e-7", "eps=1e-2", EPSILON),
  keras2("optimizers.Adam(lr=0.01, beta_1=0.8, beta_2=0.99, epsilon=1e-4)", "eps=1e-4", "eps=1e-1", 4e-4),
  keras2("optimizers.Adam(lr=0.01, beta_2=0.5, amsgrad=True)", ", amsgrad=True", "", EPSILON),
  keras2("optimizers.Adam(lr=0.01, decay=0.1)", HOOK, "None", EPSILON),
  keras2("optimizers.Adam(lr=0.01, beta_2=0.9)", "0.9)", "0.99)", EPSILON),
  keras2("optimizers.legacy.Adam(learning_rate=0.01)", "lr=0.01", "lr=0.011", EPSILON),
  keras2("optimizers.experimental.RMSprop(learning_rate=0.01)", "square + self.eps", "square + 1e-3"),
  keras2(
    "optimizers.AdamW(learning_rate=0.01, weight_decay=0.1)",
    "weight_decay=0.1",
    "weight_decay=0.2",
    EPSILON,
  ),
  keras2("optimizers.Adam(learning_rate=0.01, weight_decay=0.1)", "AdamW", "Adam", EPSILON),
  keras2("optimizers.Lion(weight_decay=0.1)", "lr=0.0001", "lr=0.0002"),
  keras2("optimizers.Ftrl(learning_rate=0.1, l1_regularization_strength=0.01)", "l1=0.01", "l1=0.02"),
  keras2(
    "optimizers.Ftrl(learning_rate=0.1, l2_regularization_strength=0.1, beta=0.1)",
    "beta=0.1",
    "beta=0.2",
  ),
  keras2("'adagrad'", "initial_accumulator_value=0.1", "initial_accumulator_value=0.0"),
  keras2("optimizers.Adagrad(learning_rate=0.1, initial_accumulator_value=0.5)", "eps=1e-7", "eps=1e-2"),
  keras2("'adadelta'", "rho=0.95", "rho=0.9", 1e-7),
  keras2("optimizers.Adadelta(lr=1.0, rho=0.9, epsilon=1e-6)", "eps=1e-6", "eps=1e-7", 1e-5),
  keras2("'adamax'", "lr=0.001", "lr=0.002"),
  keras2("optimizers.Adamax(lr=0.01, beta_1=0.8, epsilon=1e-4)", "(0.8,", "(0.9,", 1e-4),
  keras2("'nadam'", "lr=0.001", "lr=0.002"),
  keras2(
    "optimizers.Nadam(lr=0.01, schedule_decay=0.01)",
    "momentum_decay=0.01",
    "momentum_decay=0.004",
    EPSILON,
  ),
  keras2("optimizers.train.AdamOptimizer(0.01)", "lr=0.01", "lr=0.011", EPSILON),
  keras2("optimizers.train.GradientDescentOptimizer(0.05)", "lr=0.05", "lr=0.06"),
  keras2("optimizers.train.MomentumOptimizer(0.05, 0.9, use_nesterov=True)", ", nesterov=True", ""),
  keras2("optimizers.train.MomentumOptimizer(learning_rate=0.05, momentum=0.8)", "m=0.8", "m=0.9"),
  keras2("optimizers.train.AdagradOptimizer(0.05)", "value=0.1", "value=0.0"),
  keras2("optimizers.train.AdadeltaOptimizer(0.5)", "eps=1e-8", "eps=1e-7"),
  keras2("optimizers.train.RMSPropOptimizer(0.01, momentum=0.5)", ", initial_square=1.0", ""),
  keras2(
    "optimizers.train.RMSPropOptimizer(0.01, decay=0.8, centered=True)",
    "centered=True",
    "centered=False",
  ),
  keras2("optimizers.train.FtrlOptimizer(0.1, l2_regularization_strength=0.01)", "l2=0.01", "l2=0.02"),
  keras2("optimizers.SGD(optimizers.schedules.ExponentialDecay(0.05, 10, 0.5))", "step / 10", "step // 10"),
  keras2(
    "optimizers.SGD(optimizers.schedules.ExponentialDecay(0.05, 10, 0.5, staircase=True))",
    "step // 10",
    "step / 10",
  ),
  keras2(
    "optimizers.SGD(optimizers.schedules.InverseTimeDecay(0.05, decay_steps=10, decay_rate=0.5))",
    "* (step / 10)",
    "* step",
  ),
  {
    ...keras2(
      "optimizers.SGD(learning_rate=schedule, momentum=0.9)",
      "bisect_left([10, 20]",
      "bisect_left([11, 20]",
    ),
    before: "schedule = optimizers.schedules.PiecewiseConstantDecay([10, 20], [0.05, 0.02, 0.01])",
  },
  keras2(
    "optimizers.SGD(optimizers.schedules.PolynomialDecay(0.05, 20, end_learning_rate=0.01, power=2.0))",
    "** 2.0",
    "** 1.0",
  ),
  {
    ...keras2("opt", "math.pi * min(step / 25, 1)", "math.pi * step / 25"),
    before:
      "rate = optimizers.schedules.CosineDecay(0.05, 25, alpha=0.1)\nopt = optimizers.SGD(learning_rate=rate)",
  },
  keras2("optimizers.SGD(optimizers.schedules.CosineDecayRestarts(0.05, 8, alpha=0.1))", ", T_mult=2", ""),
  keras2(
    "optimizers.SGD(optimizers.schedules.CosineDecayRestarts(0.05, 5, t_mul=1.5, m_mul=0.8, alpha=0.1))",
    ", m_mul=0.8",
    "",
  ),
  keras2(
    "optimizers.SGD(optimizers.schedules.CosineDecayRestarts(0.05, 7, t_mul=1.0, m_mul=0.5))",
    "t_mul=1.0",
    "t_mul=2.0",
  ),
  keras2("optimizers.SGD(optimizers.schedules.CosineDecayRestarts(0.05, 7, 1.0))", "T_0=7", "T_0=8"),
  keras2(
    "optimizers.SGD(optimizers.schedules.PolynomialDecay(0.05, 8, 0.01, power=0.5, cycle=True))",
    "math.ceil(step / 8)",
    "math.ceil(step / 7)",
  ),
  keras2(
    "optimizers.SGD(optimizers.schedules.CosineDecay(0.01, 12, alpha=0.2, warmup_target=0.08, warmup_steps=6))",
    "min((step - 6) / 12",
    "min(step / 12",
  ),
  keras3("'sgd'", "lr=0.01", "lr=0.011"),
  keras3(
    "optimizers.SGD(optimizers.schedules.CosineDecay(0.0, 12, warmup_target=0.08, warmup_steps=6))",
    "step < 6",
    "step < 4",
  ),
  keras3(
    "optimizers.SGD(optimizers.schedules.ExponentialDecay(0.05, 7, 0.8, staircase=True))",
    "step // 7",
    "step / 7",
  ),
  keras3(
    "optimizers.SGD(optimizers.schedules.InverseTimeDecay(0.05, 7, 0.8, staircase=True))",
    "step // 7",
    "step / 7",
  ),
  keras3(
    "optimizers.SGD(optimizers.schedules.PolynomialDecay(0.05, 8, cycle=True))",
    "math.ceil(step / 8)",
    "math.ceil(step / 7)",
  ),
  keras3(
    "optimizers.SGD(optimizers.schedules.CosineDecayRestarts(0.05, 5, t_mul=1.5, m_mul=0.8))",
    ", m_mul=0.8",
    "",
  ),
  keras3(
    "optimizers.SGD(optimizers.schedules.PiecewiseConstantDecay([6, 15], [0.05, 0.02, 0.01]))",
    "bisect_left([6, 15]",
    "bisect_left([7, 15]",
  ),
  keras3("optimizers.SGD(0.05, momentum=0.9, nesterov=True, weight_decay=0.1)", ", nesterov=True", ""),
  keras3("optimizers.SGD(0.05, weight_decay=0.1)", "weight_decay=0.1", "weight_decay=0.2"),
  keras3("optimizers.SGD(0.05, clipnorm=0.1)", "optimizer, 0.1)", "optimizer, 0.2)"),
  keras3(
    "'rmsprop'",
    "KerasRMSprop(model.parameters(), lr=0.001, rho=0.9, eps=1e-7)",
    "torch.optim.RMSprop(model.parameters(), lr=0.001, alpha=0.95, eps=1e-7)",
  ),
  keras3("optimizers.RMSprop(0.01, momentum=0.5, centered=True, weight_decay=0.1)", ", centered=True", ""),
  keras3("'adam'", "eps=1e-7", "lr=0.0011, eps=1e-7", EPSILON),
  keras3("optimizers.Adam(0.01, beta_2=0.5, amsgrad=True)", ", amsgrad=True", "", EPSILON),
  keras3("optimizers.AdamW(0.01)", "weight_decay=0.004", "weight_decay=0.01", EPSILON),
  keras3("optimizers.Adagrad(0.1)", "lr=0.1", "lr=0.11"),
  keras3("optimizers.Adadelta(1.0)", "rho=0.95", "rho=0.9", 1e-5),
  keras3("'adamax'", "lr=0.001", "lr=0.002"),
  keras3("optimizers.Nadam(0.01)", ", momentum_decay=1.0", "", EPSILON),
  keras3("optimizers.Nadam(0.01, weight_decay=0.1)", ", decoupled_weight_decay=True", "", EPSILON),
  keras3(
    "optimizers.Ftrl(0.1, l1_regularization_strength=0.01, l2_regularization_strength=0.1)",
    "l2=0.1",
    "l2=0.2",
  ),
  keras3("'lion'", "1 - self.beta2", "self.beta2"),
  keras3("optimizers.Lion(0.01, beta_1=0.8, weight_decay=0.1)", "(0.8, 0.99)", "(0.9, 0.99)"),
  keras3("optimizers.SGD(0.05, loss_scale_factor=64.0)", "lr=0.05", "lr=0.06"),
  {
    ...keras3("optimizers.Adagrad(Falling(0.1))", "float(step)", "float(step + 1)"),
    before:
      "class Falling(optimizers.schedules.LearningRateSchedule):\n    def __init__(self, rate):\n        self.rate = rate\n\n    def __call__(self, step):\n        return self.rate * ops.exp(-ops.cast(step, 'float32') / 10)\n",
  },
  keras3("optimizers.SGD(optimizers.schedules.CosineDecay(0.05, 25))", "step / 25", "step / 20"),
  {
    ...keras3("optimizers.SGD(0.05, momentum=0.9)", SET, "unused = "),
    between: "model.optimizer.learning_rate = 0.01",
  },
];

/** What the case is called in `recorded.json`. */
export function nameOf({ keras, optimizer, before, between }: OptimizerCase): string {
  return [`Keras ${keras}`, before, optimizer, between].filter((part) => part !== undefined).join("; ");
}

/** The script of the case; the lines up to `# weights` make the model. */
export function scriptOf({ keras, optimizer, before = "", between = "" }: OptimizerCase): string {
  return `import numpy as np
${keras === 3 ? "from keras import layers, models, ops, optimizers" : "from keras import backend as K\nfrom keras import layers, models, optimizers"}

rng = np.random.RandomState(0)
x = rng.randn(40, 4).astype("float32")
y = (x[:, :1] - x[:, 1:2] ** 2).astype("float32")
${before}
model = models.Sequential([layers.Dense(6, activation="tanh", input_shape=(4,)), layers.Dense(1)])
model.compile(loss="mse", optimizer=${optimizer})
# weights
model.fit(x, y, batch_size=8, epochs=3, shuffle=False, verbose=0)
${between}
model.fit(x, y, batch_size=8, epochs=3, shuffle=False, verbose=0)
`;
}
