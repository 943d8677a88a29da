/** Entry point of the command line: `keras-to-torch`. */
import { version } from "../../package.json";

process.stdout.write(`keras-to-torch ${version}\n`);
