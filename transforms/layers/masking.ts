/** Masking: steps that are all one value are skipped by the layers after it. */
import { type LayerCases, layer } from "../layer.ts";
import { call } from "../python.ts";

/** Recurrent layers after a mask; `...` is where they are told to give all outputs. */
const RECURRENT = [
  "LSTM(3, activation='relu'...)",
  "LSTM(3, recurrent_activation='hard_sigmoid', use_bias=False...)",
  "GRU(3, reset_after=False...)",
  "GRU(3, activation='softsign', use_bias=False...)",
  "SimpleRNN(3, activation='sigmoid'...)",
  "LSTM(3, go_backwards=True...)",
  "GRU(3, activation='relu', go_backwards=True...)",
  "Bidirectional(layers.LSTM(3...), merge_mode='sum')",
  "Bidirectional(layers.GRU(3, activation='relu'...), merge_mode='mul')",
  "Bidirectional(layers.SimpleRNN(3...), merge_mode='ave')",
  "Bidirectional(layers.LSTM(3, activation='relu', use_bias=False...))",
];

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
        keeps: `(x != ${given ? value : 0}).any(-1)`,
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
      // Each kind of recurrent layer: the last output, and what goes on to the next.
      ...RECURRENT.flatMap((inner): LayerCases[] => [
        {
          inputs: [[6, 3]],
          before: ["layers.Dense(1)", "layers.ReLU()"],
          args: { mask_value: [""] },
          after: [`layers.${inner.replace("...", "")}`],
        },
        {
          inputs: [[6, 3]],
          before: ["layers.Dense(1)", "layers.ReLU()"],
          args: { mask_value: [""] },
          after: [
            `layers.${inner.replace("...", ", return_sequences=True")}`,
            "layers.Dense(2, activation='tanh')",
            "layers.SimpleRNN(2)",
          ],
        },
      ]),
      {
        inputs: [[5, 3]],
        before: ["layers.Dense(1)", "layers.ReLU()"],
        args: { mask_value: ["0.0"] },
        after: [
          "layers.Bidirectional(layers.GRU(3, activation='relu', return_sequences=True))",
          "layers.Dense(2)",
        ],
        mutant: ["back.flip(1) * mask[..., None]", "back.flip(1)"],
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
