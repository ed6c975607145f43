/** Keeps a sampled call, sealed and for a limited time, where its use case lets content be kept: people may make cases of it. */
import type { MirrorJob } from '#contracts/jobs.js';
import type { PublishedUseCase } from '#contracts/snapshot.js';
import { sampleAad, type SampledCall } from '#domain/suite/suite-hash.js';
import { systemTextOf } from '#protocols/call-shape.js';
import type { KeptSample } from '#postgres/evidence/suite-pass.store.js';
import { seal } from '#runtime/seal.js';
import type { ReadCall } from './read-mirrored.js';

export interface KeepSampleParts {
  keep: (sample: Omit<KeptSample, 'keptAt'>) => Promise<void>;
  sealKey: Buffer;
}

/** Tool calls and unfinished answers are no text to expect. */
export async function keepSample(
  { keep, sealKey }: KeepSampleParts,
  { retention, slug }: PublishedUseCase,
  { callId }: MirrorJob,
  { request, baseline }: ReadCall,
): Promise<void> {
  const { lastUserText } = request.head;
  if (retention !== 'full' || !baseline.text || lastUserText === '') return;
  const reading = request.protocol.readHead(request.body);
  if (reading.refusal) return;
  const sampled: SampledCall = {
    input: lastUserText,
    system: systemTextOf(reading.parsed) || null,
    answer: baseline.text,
  };
  await keep({ callId, useCase: slug, sealed: seal(sealKey, Buffer.from(JSON.stringify(sampled)), sampleAad(callId)) });
}
