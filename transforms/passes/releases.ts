/** Notes of defaults that older releases of Keras had, for scripts whose release is not known. */

import { FORMER_DEFAULTS } from "../releases.ts";
import type { Rewriter } from "../rewriter.ts";
import { importsStandalone } from "../version.ts";

/**
 * A script for standalone Keras may be as old as one with other defaults: once for each argument that
 * it leaves to them. TensorFlow's own Keras has had today's since TensorFlow 2.
 */
export function noteFormerDefaults(rewriter: Rewriter): void {
  const { machine, module, version, calls } = rewriter.program;
  if (version === "keras3" || machine.release || !importsStandalone(module)) return;
  const told = new Set<string>();
  for (const [call, facts] of calls) {
    for (const { construct, args } of facts) {
      for (const { argument, value, keras } of FORMER_DEFAULTS[construct.path] ?? []) {
        const key = `${construct.path} ${argument}`;
        if (args.given.has(argument) || told.has(key)) continue;
        told.add(key);
        const name = construct.path.slice(construct.path.lastIndexOf(".") + 1);
        rewriter.note(
          call,
          "version",
          `\`${name}\` has today's default of \`${argument}\` here; before Keras ${keras.join(".")} it was ${value} (a pinned release or --keras-version tells which)`,
        );
      }
    }
  }
}
