/** Schedules of the learning rate, by the number of batches so far: the rate, and what it is multiplied by. */
import type { Arguments } from "./arguments.ts";

export interface Schedule {
  /** The learning rate that the optimizer starts from. */
  readonly rate: string;
  /** What the rate is multiplied by, as an expression in `step`; or PyTorch's own scheduler and its arguments. */
  readonly factor: string | { readonly scheduler: string; readonly options: string };
  /** An import that the factor needs. */
  readonly imports?: string;
  /** A helper that takes the place of `{}` in the factor. */
  readonly helper?: { readonly name: string; readonly passes: readonly string[] };
  /** A name of the factor with its value, as a default of a parameter. */
  readonly binds?: string;
  /** The function that the schedule is, where it stays one. */
  readonly function?: string;
  /** A known, small difference. */
  readonly note?: string;
}

export interface ScheduleEntry {
  readonly name: string;
  readonly signature: string;
  readonly write: (args: Arguments) => Schedule;
}

const operand = (text: string): string => (isAtom(text) ? text : `(${text})`);

/** Whether a piece of Python binds at least as tightly as a call: numbers, names, attributes and calls. */
function isAtom(text: string): boolean {
  let depth = 0;
  for (const c of text) {
    if (c === "(" || c === "[") depth++;
    else if (c === ")" || c === "]") depth--;
    else if (depth === 0 && !/[\w.]/.test(c)) return false;
  }
  return true;
}

/** `step / n`, in whole numbers for a staircase. */
function progress(args: Arguments, steps: string): string {
  return `step ${args.flag("staircase") ? "//" : "/"} ${operand(args.required(steps))}`;
}

function share(args: Arguments, steps: string): string {
  return `min(step / ${operand(args.required(steps))}, 1)`;
}

function number(args: Arguments, name: string, fallback: string): string {
  return operand(args.text(name) ?? fallback);
}

export const SCHEDULES: readonly ScheduleEntry[] = [
  {
    name: "ExponentialDecay",
    signature: "initial_learning_rate, decay_steps, decay_rate, staircase=False, name=None",
    write: (args) => ({
      rate: args.required("initial_learning_rate"),
      factor: `${operand(args.required("decay_rate"))} ** (${progress(args, "decay_steps")})`,
    }),
  },
  {
    name: "InverseTimeDecay",
    signature: "initial_learning_rate, decay_steps, decay_rate, staircase=False, name=None",
    write: (args) => ({
      rate: args.required("initial_learning_rate"),
      factor: `1 / (1 + ${operand(args.required("decay_rate"))} * (${progress(args, "decay_steps")}))`,
    }),
  },
  {
    name: "PiecewiseConstantDecay",
    signature: "boundaries, values, name=None",
    write: (args) => ({
      rate: "1.0",
      factor: `${operand(args.required("values"))}[bisect_left(${args.required("boundaries")}, step)]`,
      imports: "from bisect import bisect_left",
    }),
  },
  {
    name: "PolynomialDecay",
    signature:
      "initial_learning_rate, decay_steps, end_learning_rate=0.0001, power=1., cycle=False, name=None",
    write: (args) => {
      const [start, end] = [
        number(args, "initial_learning_rate", ""),
        number(args, "end_learning_rate", "0.0001"),
      ];
      const steps = operand(args.required("decay_steps"));
      const cycle = args.flag("cycle");
      // Each time that the steps are over, they become as many more.
      const done = cycle
        ? `step / (${steps} * max(math.ceil(step / ${steps}), 1))`
        : share(args, "decay_steps");
      const power = args.number("power") === 1 ? "" : ` ** ${number(args, "power", "1")}`;
      const factor = `(${start} - ${end}) * (1 - ${done})${power} + ${end}`;
      return { rate: "1.0", factor, ...(cycle && { imports: "import math" }) };
    },
  },
  {
    name: "CosineDecay",
    signature: "initial_learning_rate, decay_steps, alpha=0., name=None, warmup_target=None, warmup_steps=0",
    write: (args) => {
      const warm = args.isGiven("warmup_target") ? number(args, "warmup_steps", "0") : undefined;
      const steps = operand(args.required("decay_steps"));
      const done = warm === undefined ? share(args, "decay_steps") : `min((step - ${warm}) / ${steps}, 1)`;
      const cosine = `0.5 * (1 + math.cos(math.pi * ${done}))`;
      const alpha = number(args, "alpha", "0.0");
      const falling = args.number("alpha") === 0 ? cosine : `(1 - ${alpha}) * ${cosine} + ${alpha}`;
      const rate = args.required("initial_learning_rate");
      if (warm === undefined) {
        args.value("warmup_steps");
        return { rate, factor: falling, imports: "import math" };
      }
      const target = number(args, "warmup_target", "");
      const first = operand(rate);
      const rise = Number(rate) === 0 ? target : `${first} + (${target} - ${first})`;
      const rising = `${rise} * step / ${warm}`;
      const then = falling === cosine ? falling : `(${falling})`;
      return {
        rate: "1.0",
        factor: `${rising} if step < ${warm} else ${target} * ${then}`,
        imports: "import math",
      };
    },
  },
  {
    name: "CosineDecayRestarts",
    signature: "initial_learning_rate, first_decay_steps, t_mul=2.0, m_mul=1.0, alpha=0., name=None",
    write: (args) => {
      const [times, falls] = [args.number("t_mul"), args.number("m_mul")];
      const rate = args.required("initial_learning_rate");
      if (times === undefined || !Number.isInteger(times) || falls !== 1) return restarts(args, rate, times);
      const least =
        args.number("alpha") === 0 ? "" : `, eta_min=${number(args, "alpha", "")} * ${operand(rate)}`;
      return {
        rate,
        factor: {
          scheduler: "CosineAnnealingWarmRestarts",
          options: `T_0=${args.required("first_decay_steps")}${times === 1 ? "" : `, T_mult=${times}`}${least}`,
        },
      };
    },
  },
];

/** Restarts that PyTorch's own scheduler does not know: lower each time, or after another share of the time. */
function restarts(args: Arguments, rate: string, times: number | undefined): Schedule {
  const given = (["t_mul", "m_mul", "alpha"] as const).filter((name) => args.has(name));
  const keywords = given.map((name) => `, ${name}=${args.required(name)}`).join("");
  return {
    rate,
    factor: `{}(step, ${args.required("first_decay_steps")}${keywords})`,
    helper: { name: "cosine_restarts", passes: given },
    // A share such as 1.5 has no rounding error.
    ...((times === undefined || !Number.isInteger(times * 4)) && {
      note: "Keras finds the step of a restart with rounded logarithms: a restart may come one step later here",
    }),
  };
}

export function scheduleNamed(name: string): ScheduleEntry | undefined {
  return SCHEDULES.find((entry) => entry.name === name);
}
