/** What one Claude takes and refuses, as the AI SDK knows it. A name it does not know is taken at its word. */
import { getModelCapabilities } from '@ai-sdk/anthropic/internal';

export interface ClaudeTerms {
  /** Answers by a schema natively; else by a tool it must call. */
  writesJson: boolean;
  /** Thinks as much as an effort says; else as many tokens as a budget says. */
  adaptive: boolean;
  alwaysThinks: boolean;
  refusesBudgets: boolean;
  refusesSampling: boolean;
  refusesForcedTools: boolean;
}

export function claudeTerms(model: string): ClaudeTerms {
  const known = getModelCapabilities(model);
  return {
    writesJson: known.supportsStructuredOutput,
    adaptive: known.supportsAdaptiveThinking,
    alwaysThinks: known.rejectsThinkingDisabled,
    refusesBudgets: known.rejectsThinkingDisabled,
    refusesSampling: known.rejectsSamplingParameters,
    refusesForcedTools: known.rejectsForcedToolUse,
  };
}
