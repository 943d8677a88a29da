/** Masking: steps that are all one value are skipped by the layers after it. */
import { layer } from "../layer.ts";
import { call } from "../python.ts";

export const masking = [
  layer({
    names: ["Masking"],
    signatures: { keras2: "mask_value=0." },
    layout: "last-axis",
    torch: "`Masking`, an own module, in a `Sequential` that tells recurrent modules which steps to skip",
    shape: (_, input) => input,
    emit: ({ args }) => {
      const value = args.text("mask_value");
      const given = value !== undefined && args.number("mask_value") !== 0;
      return {
        modules: [
          {
            code: call("Masking", given ? [value] : []),
            helper: "Masking",
            keywords: given ? ["value"] : [],
            switches: ["MASKED_VALUES"],
          },
        ],
        masked: true,
      };
    },
    cases: () => [
      {
        inputs: [[5, 3]],
        before: ["layers.Dense(1)", "layers.ReLU()"],
        args: { mask_value: ["", "0.0", "0.5"] },
        after: ["layers.LSTM(3)"],
        mutant: ["MaskedSequential(", "nn.Sequential("] as const,
      },
      {
        inputs: [[5, 3]],
        before: ["layers.Dense(1)", "layers.ReLU()"],
        args: { mask_value: ["0.0"] },
        after: [
          "layers.Dense(4)",
          "layers.GRU(3, return_sequences=True)",
          "layers.TimeDistributed(layers.Dense(3, activation='relu'))",
          "layers.Bidirectional(layers.SimpleRNN(2))",
        ],
      },
    ],
  }),
];
