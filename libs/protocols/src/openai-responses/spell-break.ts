/** The end of a Responses stream that cannot be finished: an `error` event, which OpenAI's clients raise. */
import { refusalKinds, type Refusal } from '#contracts/refusal.js';

/** No `response.completed` follows. Half an event that was relayed already is ended first. */
export function spellStreamBreak(refusal: Refusal, betweenEvents: boolean): Buffer {
  const message = `${refusal.message} ${refusalKinds[refusal.code].advice}`;
  const data = { type: 'error', code: refusal.code, message, param: refusal.param ?? null, sequence_number: 0 };
  return Buffer.from(`${betweenEvents ? '' : '\n\n'}event: error\ndata: ${JSON.stringify(data)}\n\n`);
}
