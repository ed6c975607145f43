/** Answers other models really gave, read from JSONL or JSONL.gz. A question is found by its exact text, outer whitespace aside. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { SimulatorConfig } from './config.js';

export class Recordings {
  #idByPrompt = new Map<string, string>();
  #answers = new Map<string, Map<string, string>>();

  /** Reads the questions and every file a model of the configuration names. Throws where one is missing or malformed. */
  constructor(config: SimulatorConfig, baseFolder: string) {
    if (!config.recordings) return;
    const folder = resolve(baseFolder, config.recordings.folder);
    for (const line of readLines(resolve(folder, config.recordings.questions))) {
      this.#idByPrompt.set(textOf(line, 'prompt').trim(), textOf(line, 'id'));
    }
    for (const { answer } of config.venues.flatMap((venue) => venue.models)) {
      if (answer.kind !== 'recorded' || this.#answers.has(keyOf(answer))) continue;
      const lines = readLines(resolve(folder, answer.file));
      this.#answers.set(keyOf(answer), new Map(lines.map((line) => [textOf(line, 'id'), textOf(line, answer.field)])));
    }
  }

  /** Questions known. */
  get size(): number {
    return this.#idByPrompt.size;
  }

  find(rule: { file: string; field: string }, question: string): string | null {
    const id = this.#idByPrompt.get(question);
    return id === undefined ? null : (this.#answers.get(keyOf(rule))?.get(id) ?? null);
  }
}

function keyOf(rule: { file: string; field: string }): string {
  return `${rule.file}#${rule.field}`;
}

function readLines(file: string): Record<string, unknown>[] {
  const stored = readFileSync(file);
  const text = (file.endsWith('.gz') ? gunzipSync(stored) : stored).toString('utf8');
  return text
    .split('\n')
    .map((line, index) => ({ line: line.trim(), number: index + 1 }))
    .filter(({ line }) => line !== '')
    .map(({ line, number }) => parseLine(line, `${file}:${number}`));
}

function parseLine(line: string, place: string): Record<string, unknown> {
  const value: unknown = JSON.parse(line);
  if (typeof value !== 'object' || value === null) throw new Error(`${place} is not a JSON object`);
  return value as Record<string, unknown>;
}

function textOf(line: Record<string, unknown>, field: string): string {
  const value = line[field];
  if (typeof value !== 'string')
    throw new Error(`a recording has no text in "${field}": ${JSON.stringify(line).slice(0, 120)}`);
  return value;
}
