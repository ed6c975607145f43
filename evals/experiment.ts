/** What an experiment is to `npm run evals`: a name, a sentence, and something that ends with an exit code. */
export interface ExperimentPlace {
  projectDir: string;
  /** dist of the built project: experiments start the apps from there. */
  distDir: string;
  /** What stood behind the name on the command line. */
  args: string[];
}

export interface Experiment {
  name: string;
  about: string;
  /** 0: the claim holds. 1: it does not. 2: the command line is wrong. 3: what it reads is not there. */
  run: (place: ExperimentPlace) => Promise<number> | number;
}
