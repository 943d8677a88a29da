/** The rules that diagnostics name: what each means, why it is so, and what to do. */

export interface Rule {
  /** One line. */
  readonly title: string;
  readonly why: string;
  readonly todo: string;
}

const LEFT = "The file stays as it is.";

export const RULES = {
  unsupported: {
    title: "A name of Keras or TensorFlow has no translation here.",
    why: "Branching models, custom training loops and the like are outside of what is converted, or not converted yet.",
    todo: "Convert this part by hand, or leave it out; `--partial` converts the models that can be converted and marks the rest.",
  },
  model: {
    title: "A model, or one of its layers, cannot be converted.",
    why: "A layer or argument has no exact form in PyTorch, the shapes between the layers are not known, or the model is used where it cannot be followed.",
    todo: "Often a literal `input_shape`, or a layer written where it is added, is enough. `keras-to-torch layers` lists what each layer takes.",
  },
  "channels-first": {
    title: "The data are taken to have their channels first.",
    why: "Keras 1 kept the order of axes in a file of settings. With the channels last this model's layers would be left without a cell of what they get.",
    todo: "Nothing, where the data have the shape that the first layer says.",
  },
  compile: {
    title: "What a model is compiled with is not known, or has no exact form.",
    why: "Losses, optimizers and metrics have to be known to be written: which they are must not depend on the path taken.",
    todo: "Give them by name or as objects in the call of `compile`.",
  },
  optimizer: {
    title: "PyTorch's optimizer differs from Keras's a little, or an older Keras had another default.",
    why: "Where it adds epsilon, for instance. The note says how large the difference is.",
    todo: "Nothing, for a small difference. Where results have to be those of an old release, give the learning rate.",
  },
  training: {
    title: "A call of `fit`, `evaluate`, `predict` or their kin cannot be converted.",
    why: "An argument has no form here, or the data are of a kind that is not followed.",
    todo: "Pass arrays, or write the loop in PyTorch.",
  },
  "model-use": {
    title: "Something is done with a model that has no translation here.",
    why: "A module has other attributes and methods than a Keras model.",
    todo: "Leave it out, or convert it by hand. A note only tells of a value of another kind with the same numbers.",
  },
  "unknown-receiver": {
    title: "A method that Keras models have is called on an object that may be one.",
    why: "The object comes from code that is not followed: another file, a container, a parameter nobody passes.",
    todo: "Make the model in the same file, or convert this call by hand.",
  },
  persistence: {
    title: "A file is read or written that PyTorch cannot share with Keras.",
    why: "Keras's files hold an architecture and weights in its own layout; PyTorch's hold a state_dict.",
    todo: "Convert the weights once, or train again; files that the script itself writes are renamed to `.pt` with all their uses.",
  },
  history: {
    title: "Something of what `fit` returns has no translation here.",
    why: "The converted `fit` returns the values of each epoch by name.",
    todo: "Read them with `history.history[...]`.",
  },
  callback: {
    title: "A callback, or a hook or argument of one, cannot be converted.",
    why: "The converted training loop calls the usual hooks only.",
    todo: "Leave it out, or write it into the loop.",
  },
  function: {
    title: "A function of Keras cannot be converted with these arguments.",
    why: "What takes its place covers the usual arguments.",
    todo: "Write what it does with NumPy.",
  },
  images: {
    title: "A generator of images, or an argument of one, cannot be converted.",
    why: "Augmentation has to have the same distribution, and files the same order and sizes.",
    todo: "Use torchvision's transforms in its place.",
  },
  pipeline: {
    title: "A data set of `tf.data`, or a step of one, cannot be converted.",
    why: "The order of the steps and what they give have to be known.",
    todo: "Use the arrays that it is made of, or write the step on them.",
  },
  sequence: {
    title: "A class that gives batches cannot be converted, or changes a little.",
    why: "The converted loop asks it for its length and its batches, as Keras does.",
    todo: "Keep `__len__` and `__getitem__`; a note needs nothing.",
  },
  "source-print": {
    title: "A call that prints its own source text prints PyTorch's now.",
    why: "icecream's `ic(...)` shows the expression that it is given, and that has been rewritten.",
    todo: "Nothing: the values are the same.",
  },
  tensors: {
    title: "An operation of TensorFlow on data stays, or gives a NumPy array.",
    why: "Only what is known to be NumPy data is calculated with NumPy.",
    todo: "A note needs nothing. For an error, convert the data to NumPy arrays first.",
  },
  setup: {
    title: "A setting of Keras or TensorFlow is left out, or has no counterpart.",
    why: "Sessions, devices and the like are PyTorch's own affair.",
    todo: "Look whether the script relies on it.",
  },
  estimator: {
    title: "A wrapper for scikit-learn cannot be converted.",
    why: "The model that it builds, or how it is scored, is not known.",
    todo: "Give it a function of the same file that builds and compiles the model.",
  },
  trainable: {
    title: "Layers are frozen or set free in a way that PyTorch does not share.",
    why: "Keras looks at `trainable` when a model is compiled, PyTorch in every step.",
    todo: "Set `trainable` before `compile`.",
  },
  conditional: {
    title: "What a condition decides cannot be told.",
    why: "It asks for a setting of Keras that is gone.",
    todo: "Keep the branch that runs.",
  },
  call: {
    title: "A call of a model or layer as a function cannot be converted here.",
    why: "Calls on symbolic tensors build branching models.",
    todo: "Write the model as a `Sequential`.",
  },
  version: {
    title: "An older release of Keras had another default.",
    why: "The script leaves an argument to its default, and nothing tells for which release it was written.",
    todo: "Pin the release in requirements.txt, give `--keras-version`, or write the argument.",
  },
  "not-equivalent": {
    title: "The conversion was asked to differ from the original.",
    why: "`--torchvision-weights` starts from other pretrained weights than Keras's.",
    todo: "Train further, and do not expect the same results.",
  },
  "left-out": {
    title: "Something without effect on the results is left out.",
    why: "PyTorch has no such thing, as drawings of models.",
    todo: "Nothing, unless you need it.",
  },
  "syntax-error": {
    title: "The file is not Python.",
    why: "What cannot be parsed cannot be converted.",
    todo: "Mend the place that is shown.",
  },
  python2: {
    title: "The file is Python 2.",
    why: "PyTorch needs Python 3.",
    todo: "Convert it with 2to3 first.",
  },
  encoding: {
    title: "The file is not UTF-8.",
    why: "Other encodings cannot be written back safely yet.",
    todo: "Save it as UTF-8.",
  },
  notebook: {
    title: "The file is a notebook.",
    why: "Only scripts are converted.",
    todo: "Save it as a script: `jupyter nbconvert --to script`.",
  },
  unreadable: { title: "The file cannot be read.", why: "The system says why.", todo: "Mend that." },
  unwritable: {
    title: "The converted file cannot be written.",
    why: `The system says why. ${LEFT}`,
    todo: "Mend that and convert again.",
  },
  "self-check": {
    title: "The conversion did not pass its own check.",
    why: `It would not parse, or name something that is gone: a bug of keras-to-torch. ${LEFT}`,
    todo: "Report it, with the script if you may.",
  },
  "internal-error": {
    title: "The conversion broke off.",
    why: `This is a bug of keras-to-torch. ${LEFT}`,
    todo: "Report it, with the script if you may.",
  },
} as const satisfies Record<string, Rule>;

export type RuleName = keyof typeof RULES;

/** One rule for a terminal. */
export function explain(name: RuleName): string {
  const { title, why, todo } = RULES[name];
  return `${name}\n  ${title}\n  why: ${why}\n  what to do: ${todo}\n`;
}

/** All rules as a document. */
export function rulesAsMarkdown(): string {
  const sections = Object.entries(RULES).map(
    ([name, { title, why, todo }]) =>
      `## ${name}\n\n${title}\n\n**Why:** ${why}\n\n**What to do:** ${todo}\n`,
  );
  return `# Diagnostics\n\nWhat is reported, by the rule in its brackets: \`error[model]\`. An error keeps the file as it is; a note tells something that is\nsmall, or on purpose. \`keras-to-torch explain RULE\` prints the same. This file is made from the rules.\n\n${sections.join("\n")}`;
}
