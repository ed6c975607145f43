/** Sorts a call into a lane by a table of rules. Only facts of the call count, so calls of one kind share a lane. */
import {
  type LaneCondition,
  type LaneId,
  type LaneRule,
  type ReasoningEffort,
  reasoningEfforts,
} from '#contracts/lane.js';
import type { Capability } from '#contracts/venue.js';

export interface LaneFacts {
  needs: readonly Capability[];
  /** Null: the call does not say. */
  reasoningEffort: ReasoningEffort | null;
  lastUserText: string;
  inputTokensExpected: number;
  /** Null: the call names no limit. */
  maxOutputTokens: number | null;
}

/** The lane of the first rule that holds. Requires a last rule without conditions, as the contract does. */
export function classifyCall(facts: LaneFacts, rules: readonly LaneRule[]): LaneId {
  const rule = rules.find(({ when }) => holds(when, facts));
  if (!rule) throw new Error('The last rule of a lane table holds for every call.');
  return rule.lane;
}

function holds(when: LaneCondition, facts: LaneFacts): boolean {
  const { needs, reasoningEffortFrom, code, inputTokensFrom, outputTokensFrom } = when;
  if (needs && !needs.every((need) => facts.needs.includes(need))) return false;
  if (reasoningEffortFrom !== undefined && !effortReaches(facts.reasoningEffort, reasoningEffortFrom)) return false;
  if (code !== undefined && holdsCode(facts.lastUserText) !== code) return false;
  if (inputTokensFrom !== undefined && facts.inputTokensExpected < inputTokensFrom) return false;
  return outputTokensFrom === undefined || (facts.maxOutputTokens ?? 0) >= outputTokensFrom;
}

const effortReaches = (effort: ReasoningEffort | null, from: ReasoningEffort): boolean =>
  effort !== null && reasoningEfforts.indexOf(effort) >= reasoningEfforts.indexOf(from);

/** Longer texts are judged by their beginning. */
const lookedAtMax = 20_000;
const fence = /^\s{0,3}(```|~~~)/m;
/** How statements of common languages begin or end; prose seldom has three such lines. */
const statement =
  /^\s*(?:(?:import|from|export|const|let|var|def|class|function|func|fn|pub|public|private|return|if|for|while|switch|package|using|SELECT|INSERT|UPDATE|CREATE)\b.*[({;:=*,]|#include\b.*|.*[{};]|<\/?[a-zA-Z][^>]*>)\s*$/;

/** A fenced block, or three lines that read as statements. */
export function holdsCode(text: string): boolean {
  const looked = text.slice(0, lookedAtMax);
  if (fence.test(looked)) return true;
  let statements = 0;
  for (const line of looked.split('\n')) if (statement.test(line) && ++statements === 3) return true;
  return false;
}
