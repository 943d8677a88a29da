/** What NumPy's functions are on tensors. */
import { type TorchForm, torchExtreme, torchOperator, torchReduction, torchUnary } from "./torch.ts";

export const TORCH: Readonly<Record<string, TorchForm>> = {
  ...Object.fromEntries(
    "abs square sqrt exp log log1p sign round floor ceil sin cos tan tanh"
      .split(" ")
      .map((name) => [`np.${name}`, torchUnary(`.${name}()`)]),
  ),
  "np.negative": torchUnary(".neg()"),
  "np.logical_not": torchUnary(".logical_not()", true),
  "np.add": torchOperator("+"),
  "np.subtract": torchOperator("-"),
  "np.multiply": torchOperator("*"),
  "np.divide": torchOperator("/"),
  "np.power": torchOperator("**"),
  "np.maximum": torchExtreme("maximum"),
  "np.minimum": torchExtreme("minimum"),
  "np.equal": torchOperator("==", true),
  "np.not_equal": torchOperator("!=", true),
  "np.greater": torchOperator(">", true),
  "np.greater_equal": torchOperator(">=", true),
  "np.less": torchOperator("<", true),
  "np.less_equal": torchOperator("<=", true),
  "np.logical_and": torchOperator("&", true),
  "np.logical_or": torchOperator("|", true),
  "np.mean": torchReduction("mean", "", true),
  "np.sum": torchReduction("sum"),
  "np.std": torchReduction("std", "correction=0"),
  "np.var": torchReduction("var", "correction=0"),
  "np.max": torchReduction("amax"),
  "np.min": torchReduction("amin"),
  "np.any": torchReduction("any"),
  "np.all": torchReduction("all"),
};
