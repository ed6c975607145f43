/** Finds the route that made an answer a caller names. What another team was given does not exist for this one. */
import type { ApiKey } from '#contracts/key.js';
import type { Refusal } from '#contracts/refusal.js';
import { requestedRoute } from '#domain/routing/requested-route.js';
import type { PlacedRoute, RoutingIndex } from '#domain/routing/routing-index.js';
import { type AdmittedCall, askedOf, type InboundCall } from './admit-call.js';
import type { KeptAnswer, KeptAnswers } from './kept-answers.js';

export type Recalled = { answer: KeptAnswer; placed: PlacedRoute; refused?: undefined } | { refused: Refusal };

export async function recallAnswer(
  answerId: string,
  key: ApiKey,
  index: RoutingIndex,
  kept: KeptAnswers,
): Promise<Recalled> {
  let answer: KeptAnswer | null;
  try {
    answer = await kept.recall(answerId);
  } catch (error) {
    return {
      refused: {
        code: 'recall_unavailable',
        message: `What was noted of ${answerId} does not come: ${String(error)}.`,
      },
    };
  }
  const placed = answer?.team === key.team ? index.routes.get(answer.route) : undefined;
  if (!answer || !placed) {
    const message = `No answer ${JSON.stringify(answerId)} is known here.`;
    return { refused: { code: 'unknown_answer', message, param: 'previous_response_id' } };
  }
  return { answer, placed };
}

/** The call on the route that made the answer it builds on; where it asks for another model now, on that one's there. */
export async function stayWithAnswer(
  call: AdmittedCall,
  inbound: InboundCall,
  index: RoutingIndex,
  kept: KeptAnswers,
): Promise<AdmittedCall | { refused: Refusal }> {
  if (!call.head.continues) return call;
  const recalled = await recallAnswer(call.head.continues, call.key, index, kept);
  if (recalled.refused) return recalled;
  const { answer, placed } = recalled;
  if (call.head.requestedModel === answer.model) return { ...call, requested: placed, stays: true };
  const asked = askedOf(inbound, call.head, {}, { ...call.wishes, only: [placed.venue.id] });
  const meant = requestedRoute(asked, call.useCase, index);
  return 'refused' in meant ? meant : { ...call, requested: meant.placed, stays: true };
}
