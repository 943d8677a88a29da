/** Cases of dropout in recurrent layers. */
import type { LayerCases } from "../layer.ts";

/** One mask for all gates; the same at every step where Keras draws anew; and anew where it does not. */
const WRONG_MASKS: Readonly<Record<string, Record<"shared" | "anew", readonly [string, string]>>> = {
  LSTM: {
    shared: ["gates(h, masks,", "gates(h, masks[:1].expand(4, -1, -1),"],
    anew: ["gates(h, masks,", "gates(h, F.dropout(torch.ones_like(masks), self.recurrent_drop),"],
  },
  GRU: {
    shared: ["= masks * h", "= masks[:1].expand(3, -1, -1) * h"],
    anew: ["= masks * h", "= F.dropout(torch.ones_like(masks), self.recurrent_drop) * h"],
  },
  SimpleRNN: {
    shared: ["F.dropout(h, self", "F.dropout1d(h, self"],
    anew: ["h * masks", "F.dropout(h, self.recurrent_drop)"],
  },
};

/** Cases of which inputs and states recurrent layers drop together in training. */
export function dropoutCases(name: string, inputs: LayerCases["inputs"]): LayerCases[] {
  const wrong = WRONG_MASKS[name];
  if (!wrong) throw new Error(name);
  const rates = {
    units: ["3"],
    recurrent_dropout: ["0.3"],
    dropout: ["", "0.2"],
    return_sequences: ["True"],
  };
  return [
    {
      inputs,
      random: true,
      args: { units: ["3"], dropout: ["0.2"], return_sequences: ["", "True"], use_bias: ["", "False"] },
      mutant: ["nn.Dropout(0.2)", "nn.Dropout1d(0.2)"],
    },
    {
      inputs,
      random: true,
      args: { units: ["3"], dropout: ["0.3"], unroll: ["", "True"], return_sequences: ["True"] },
      mutant: ["DropSteps(0.3)", "nn.Dropout(0.3)"],
    },
    { inputs, random: true, args: { units: ["3"], dropout: ["0.3"], activation: ["'softsign'"] } },
    { inputs, random: true, versions: ["keras2"], args: rates, mutant: wrong.shared },
    { inputs, random: true, versions: ["keras3"], args: rates, mutant: wrong.anew },
  ];
}
