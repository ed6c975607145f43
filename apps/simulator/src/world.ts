/** Everything a running simulator knows and remembers. One per simulator; nothing lives at module level. */
import { randomBytes } from 'node:crypto';
import { BillBook, Rates } from './bill.js';
import type { AnswerSources } from './choose-answer.js';
import type { Model, SimulatorConfig, Venue } from './config.js';
import { Dials } from './dials.js';
import { FaultQueue } from './fault.js';
import type { KeptResponses } from './kept-responses.js';
import { Knowledge } from './knowledge.js';
import { PromptCache } from './prompt-cache.js';
import { Recordings } from './recordings.js';
import { RequestLog } from './request-log.js';

export interface SoldModel {
  model: Model;
  /** By service tier as served. */
  rates: Map<string, Rates>;
  cache: PromptCache | null;
}

export interface OpenVenue {
  venue: Venue;
  models: Map<string, SoldModel>;
  kept: KeptResponses;
}

export interface World {
  venues: Map<string, OpenVenue>;
  sources: AnswerSources;
  bill: BillBook;
  dials: Dials;
  faults: FaultQueue;
  log: RequestLog;
  /** `chatcmpl-` and 24 characters; distinct between runs, so that reports of two runs never mix. */
  nextId: () => string;
  /** Unix seconds. */
  startedAt: number;
}

export function createWorld(config: SimulatorConfig, baseFolder: string): World {
  return {
    venues: new Map(config.venues.map((venue) => [venue.id, openVenue(venue)])),
    sources: {
      seed: config.seed,
      knowledge: new Knowledge(config.knowledge),
      recordings: new Recordings(config, baseFolder),
    },
    bill: new BillBook(),
    dials: new Dials(config),
    faults: new FaultQueue(),
    log: new RequestLog(config.keepRequests),
    nextId: idMaker(),
    startedAt: Math.floor(Date.now() / 1000),
  };
}

function openVenue(venue: Venue): OpenVenue {
  return { venue, models: new Map(venue.models.map((model) => [model.id, sell(model)])), kept: new Map() };
}

function sell(model: Model): SoldModel {
  const rates = new Map([['default', new Rates(model.prices)]]);
  for (const [tier, prices] of Object.entries(model.tierPrices)) rates.set(tier, new Rates(prices));
  return {
    model,
    rates,
    cache: model.prices.cachedInputPerMillion === undefined ? null : new PromptCache(model.cacheLifetimeMs),
  };
}

function idMaker(): () => string {
  const run = randomBytes(6).toString('hex');
  let count = 0;
  return () => `chatcmpl-${run}${(++count).toString(36).padStart(12, '0')}`;
}
