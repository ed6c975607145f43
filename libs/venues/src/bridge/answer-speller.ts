/** What the bridge asks of a caller's wire format: to spell an answer that came in another one. */
import type { LanguageModelV4Content, LanguageModelV4FinishReason, LanguageModelV4StreamPart } from '@ai-sdk/provider';
import type { Usage } from '#contracts/usage.js';

export interface SpelledWhole {
  content: LanguageModelV4Content[];
  finishReason: LanguageModelV4FinishReason;
  servedModel: string | null;
  usage: Usage;
}

export interface AnswerSpeller {
  /** A body that did not stream. */
  whole(answer: SpelledWhole): string;
  /** Events for one part of a stream; empty where the format has nothing to say of it. */
  part(part: LanguageModelV4StreamPart): string;
  /** The stream's last events. */
  finish(reason: LanguageModelV4FinishReason, usage: Usage): string;
  /** The event of a stream that fails at the venue. */
  error(status: number, message: string): string;
  /** The body of a venue's refusal. */
  refused(status: number, message: string): string;
}
