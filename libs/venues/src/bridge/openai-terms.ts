/** What OpenAI's own models take and refuse; every other name behind the same wire is taken at its word. */
import type { Tier } from '#contracts/price.js';

const reasoning = /^(o\d+(-|$)|gpt-([5-9]|\d\d)(?!.*chat))/;
const flexible = /^(o([3-9]|\d\d)(-|$)|gpt-([5-9]|\d\d)(?!.*chat))/;
const prompt = /^(gpt-4|o([3-9]|\d\d)(-|$)|gpt-([5-9]|\d\d)(?!.*(chat|nano)))/;

export interface OpenAiTerms {
  /** Thinks before it answers, and takes no temperature. */
  refusesSampling: boolean;
  /** Besides standard. */
  tiers: ReadonlySet<Tier>;
}

export function openAiTerms(model: string): OpenAiTerms {
  const tiers = new Set<Tier>();
  if (flexible.test(model)) tiers.add('flex');
  if (prompt.test(model)) tiers.add('priority');
  return { refusesSampling: reasoning.test(model), tiers };
}
