import { pythonFiles } from "./inputs.ts";
import { measureParsing } from "./parsing.ts";
import { measureStartup } from "./startup.ts";

/** Prints all measurements. `folders` hold further Python files to measure, apart from the repository's. */
export async function main(folders: readonly string[]): Promise<void> {
  const scripts = pythonFiles(["snapshots"]).filter(({ path }) => path.endsWith("keras.py"));
  console.log(await measureParsing("Keras scripts of the snapshots", scripts));
  console.log(await measureParsing("other Python files", pythonFiles(["transforms", "test"])));
  for (const folder of folders) console.log(await measureParsing(folder, pythonFiles([folder])));
  console.log(measureStartup("snapshots/mnist_mlp/keras.py"));
}
