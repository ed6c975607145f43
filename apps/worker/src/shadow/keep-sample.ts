/** Keeps a sampled call, sealed and for a limited time, where its use case lets content be kept: people may make cases of it. */
import type { MirrorJob } from '#contracts/jobs.js';
import type { PublishedUseCase } from '#contracts/snapshot.js';
import { sampleAad, type SampledCall } from '#domain/suite/suite-hash.js';
import { systemTextOf } from '#protocols/call-shape.js';
import type { KeptSample } from '#postgres/evidence/suite-pass.store.js';
import { seal } from '#runtime/seal.js';
import { offeredIn } from '#venues/bridge/offered-tools.js';
import type { ReadCall } from './read-mirrored.js';

export interface KeepSampleParts {
  keep: (sample: Omit<KeptSample, 'keptAt'>) => Promise<void>;
  sealKey: Buffer;
}

/** Unfinished answers are nothing to expect, and calls of tools only where those are graded. */
export async function keepSample(
  { keep, sealKey }: KeepSampleParts,
  { retention, slug, grader }: PublishedUseCase,
  { callId }: MirrorJob,
  { request, baseline }: ReadCall,
): Promise<void> {
  const { lastUserText } = request.head;
  if (retention !== 'full' || baseline.text === null || lastUserText === '') return;
  const calls = baseline.toolCalls ?? [];
  if (baseline.text === '' && (calls.length === 0 || grader.kind !== 'tool_calls')) return;
  const reading = request.protocol.readHead(request.body);
  if (reading.refusal) return;
  const offered = offeredIn(request.protocol.name, reading.parsed);
  if (!offered) return;
  const sampled: SampledCall = {
    input: lastUserText,
    system: systemTextOf(reading.parsed) || null,
    answer: baseline.text,
    ...offered,
    ...(calls.length > 0 && { calls: calls.map(({ name, arguments: given }) => ({ name, arguments: given })) }),
  };
  await keep({ callId, useCase: slug, sealed: seal(sealKey, Buffer.from(JSON.stringify(sampled)), sampleAad(callId)) });
}
