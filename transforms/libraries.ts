/** What is known of libraries other than Keras. */

/** Functions of libraries that take hold of whatever Keras model is trained. */
const HOOKS: ReadonlySet<string> = new Set(["mlflow.autolog"]);

/** Whether a path of another library leads to its part for Keras: `mlflow.keras.autolog`, `wandb.keras.WandbCallback`. */
export function isForKeras(path: string): boolean {
  const [, ...inside] = path.split(".");
  return HOOKS.has(path) || inside.includes("keras") || inside.includes("tensorflow");
}

/**
 * Libraries whose own estimators are fitted, evaluated and asked to predict under the names that Keras models
 * have. Any other library may be given a Keras model, or make one: tuners, agents, files of the script's author.
 */
export const OF_OWN_ESTIMATORS: ReadonlySet<string> = new Set([
  "catboost",
  "cv2",
  "fbprophet",
  "gensim",
  "hdbscan",
  "hmmlearn",
  "imblearn",
  "lightgbm",
  "mlxtend",
  "numpy",
  "pandas",
  "pmdarima",
  "prophet",
  "scipy",
  "skimage",
  "sklearn",
  "statsmodels",
  "torch",
  "umap",
  "xgboost",
]);
