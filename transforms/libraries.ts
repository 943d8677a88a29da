/** What is known of libraries other than Keras. */

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
