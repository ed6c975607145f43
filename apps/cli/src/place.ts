/** Where the CLI runs from, and its settings; handed to every command. */
import type { CliSettings } from './env.js';

export interface Place {
  projectDir: string;
  /** dist of the built project. */
  distDir: string;
  settings: CliSettings;
}
