import { measureEpochs } from "./epochs.ts";
import { type Input, pythonFiles } from "./inputs.ts";
import { measureConversion, measureParsing } from "./parsing.ts";
import { measureStartup } from "./startup.ts";

/**
 * Prints all measurements. `folders` hold further Python files to measure, apart from the repository's;
 * `epochs` instead measures what the output needs for an epoch of training.
 */
export async function main(folders: readonly string[]): Promise<void> {
  if (folders[0] === "epochs") return measureEpochs();
  const scripts = pythonFiles(["snapshots"]).filter(({ path }) => path.endsWith("keras.py"));
  await compare("Keras scripts of the snapshots", scripts);
  console.log(`other Python files\n${await measureParsing(pythonFiles(["transforms", "test"]))}`);
  for (const folder of folders) await compare(folder, pythonFiles([folder]));
  console.log(await measureStartup("snapshots/mnist_mlp/keras.py"));
}

async function compare(title: string, inputs: readonly Input[]): Promise<void> {
  console.log(`${title}\n${await measureParsing(inputs)}\n${await measureConversion(inputs)}`);
}
