/** Numbers as they are typed after an option. Commander says the option's name before the complaint. */
import { InvalidArgumentError } from 'commander';

/** Between 0 and 1, neither of them. */
export function share(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && value < 1) return value;
  throw new InvalidArgumentError('must be a number between 0 and 1.');
}

export function whole(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError('must be a whole number from 1.');
}

export function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidArgumentError('must be JSON, for example {"kind":"numeric","reference":"suite"}.');
  }
}
