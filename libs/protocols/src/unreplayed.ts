/** What formats share whose answers no grader reads: they are never sampled, so never read back nor asked again. */
import type { Protocol } from './protocol.js';

const notAsked = (what: string) => (): never => {
  throw new Error(`${what} of a format that is never replayed was asked for`);
};

export const unreplayed: Pick<Protocol, 'answerText' | 'toolCalls' | 'replayBody'> = {
  answerText: () => null,
  toolCalls: () => null,
  replayBody: notAsked('the replay'),
};

/** For formats whose answers come in one piece; their requests are refused when they ask for a stream. */
export const unstreamed: Pick<Protocol, 'tapStream'> = { tapStream: notAsked('a stream') };
