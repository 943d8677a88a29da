/**
 * Releases of Keras: what a text says of them, and defaults that older ones had. Scripts are read as
 * for the last Keras 2 where nothing tells their release.
 */
import type { KerasRelease, KerasVersion } from "../src/analysis/constructs.ts";

/** A default that holds before these releases of the packages that a script may get Keras from. */
export interface FormerDefault {
  readonly argument: string;
  /** As a signature writes it. */
  readonly value: string;
  readonly keras: readonly [number, number];
  readonly tensorflow: readonly [number, number];
}

const HARD: FormerDefault = {
  argument: "recurrent_activation",
  value: "'hard_sigmoid'",
  keras: [2, 3],
  tensorflow: [2, 0],
};
const RESET_BEFORE: FormerDefault = {
  argument: "reset_after",
  value: "False",
  keras: [2, 4],
  tensorflow: [2, 0],
};

/** Dropout of the inputs: other masks for each gate. */
const ONE_MASK_A_GATE: FormerDefault = {
  argument: "implementation",
  value: "1",
  keras: [2, 3],
  tensorflow: [2, 0],
};

/** Standalone Keras became TensorFlow's in 2.4, whose optimizers changed in 1.14. */
const rate = (value: string): FormerDefault => ({
  argument: "learning_rate",
  value,
  keras: [2, 4],
  tensorflow: [1, 14],
});

/** By canonical path; from the sources of Keras 1.2.2, 2.0.9, 2.2.4 and 2.3.1, and of TensorFlow 1.15. */
export const FORMER_DEFAULTS: Readonly<Record<string, readonly FormerDefault[]>> = {
  "keras.layers.LSTM": [HARD],
  "keras.layers.GRU": [HARD, RESET_BEFORE],
  "keras.layers.LSTMCell": [HARD, ONE_MASK_A_GATE],
  "keras.layers.GRUCell": [HARD, RESET_BEFORE, ONE_MASK_A_GATE],
  "keras.optimizers.Adadelta": [rate("1.0")],
  "keras.optimizers.Adagrad": [rate("0.01"), { ...rate("0.0"), argument: "initial_accumulator_value" }],
  "keras.optimizers.Adamax": [rate("0.002")],
  "keras.optimizers.Nadam": [rate("0.002")],
};

/** Whether a release lies before the one that changed something. */
export function isBefore(
  release: KerasRelease,
  former: Readonly<Record<KerasRelease["package"], readonly [number, number]>>,
): boolean {
  const [major, minor] = former[release.package];
  return release.major < major || (release.major === major && release.minor < minor);
}

/** The defaults that a construct had in a release and has no more, by argument. */
export function formerDefaults(
  path: string,
  release: KerasRelease | undefined,
): ReadonlyMap<string, string> | undefined {
  const former = release ? (FORMER_DEFAULTS[path] ?? []).filter((one) => isBefore(release, one)) : [];
  return former.length === 0 ? undefined : new Map(former.map(({ argument, value }) => [argument, value]));
}

/** Whether what is spelled as in Keras 1 is meant so: the first releases of Keras 2 took those spellings too. */
export function isFirst(version: KerasVersion, release: KerasRelease | undefined): boolean {
  return version === "keras1" && (!release || (release.package === "keras" && release.major < 2));
}

/** The version whose spellings a release of Keras or TensorFlow has. TensorFlow brings Keras 3 from 2.16 on. */
export function versionOfRelease({ package: from, major, minor }: KerasRelease): KerasVersion {
  if (from === "tensorflow") return major > 2 || (major === 2 && minor >= 16) ? "keras3" : "keras2";
  return major <= 1 ? "keras1" : major === 2 ? "keras2" : "keras3";
}

/** What is known of the Keras that a script is run with. */
export interface Pin {
  readonly version: KerasVersion;
  /** Known where one release is named, not just a range. */
  readonly release: KerasRelease | undefined;
}

/** By the package that a script imports Keras from. */
export type Pins = Partial<Record<KerasRelease["package"], Pin>>;

/** `1`, `2.2` or `3`, as `--keras-version` takes it; undefined for anything else. */
export function parseRelease(text: string): Pin | undefined {
  const match = /^([123])(?:\.(\d+)(?:\.\d+)*)?$/.exec(text);
  if (!match) return undefined;
  const [, major, minor] = match;
  const release: KerasRelease = { package: "keras", major: Number(major), minor: Number(minor ?? 0) };
  // Of Keras 2 alone the last is meant, as everywhere.
  return { version: versionOfRelease(release), release: text === "2" ? undefined : release };
}

const PACKAGE = /(?<![\w.-])(keras|tensorflow(?:[-_](?:gpu|cpu|intel|macos))?)(?![\w-])/gi;
/** `==2.2.4`, `>=2`, `= "^2.4"`, `=2.2.4=py36_0`. */
const CLAUSE = /([=<>~!^]+)\s*["']?\s*([=<>~^]*)\s*(\d+)(?:\.(\d+))?/g;
const TF_KERAS = /(?<![\w.-])tf[-_]keras(?![\w-])/i;

/** What a file of requirements (requirements.txt, environment.yml, pyproject.toml, Pipfile, setup.py) says of Keras. */
export function pinsOf(requirements: string): Pins {
  const pins: Pins = {};
  for (const line of requirements.split("\n")) {
    const [code = ""] = line.split(/[;#]/);
    const names = [...code.matchAll(PACKAGE)];
    names.forEach((match, i) => {
      const from = match[0].toLowerCase() === "keras" ? "keras" : "tensorflow";
      const pin = readClauses(from, code.slice(match.index + match[0].length, names[i + 1]?.index));
      if (pin) pins[from] ??= pin;
    });
  }
  // tf-keras is the last Keras 2, for a TensorFlow that would bring Keras 3.
  if (TF_KERAS.test(requirements)) pins.tensorflow = { version: "keras2", release: undefined };
  return pins;
}

function readClauses(from: KerasRelease["package"], clauses: string): Pin | undefined {
  let range: Pin | undefined;
  for (const [, first = "", second = "", major, minor] of clauses.matchAll(CLAUSE)) {
    const operator = second || first;
    const release: KerasRelease = { package: from, major: Number(major), minor: Number(minor ?? 0) };
    if (operator.startsWith("!")) continue;
    if (operator.startsWith(">")) {
      if (versionOfRelease(release) === "keras3") range ??= { version: "keras3", release: undefined };
    } else if (operator.startsWith("<")) {
      const version = versionOfRelease(operator === "<" ? before(release) : release);
      if (version !== "keras3") range = { version, release: undefined };
    } else return { version: versionOfRelease(release), release };
  }
  return range;
}

/** The last release below another. */
function before(release: KerasRelease): KerasRelease {
  const { major, minor } = release;
  return minor > 0 ? { ...release, minor: minor - 1 } : { ...release, major: major - 1, minor: 99 };
}

/** The pin that counts for a script: standalone Keras came with TensorFlow 2 as well. */
export function pinFor(pins: Pins, standalone: boolean): Pin | undefined {
  if (!standalone) return pins.tensorflow;
  return pins.keras ?? ((pins.tensorflow?.release?.major ?? 2) >= 2 ? pins.tensorflow : undefined);
}
