/**
 * Usage of OpenAI's images and sound, where kinds of token overlap with cached ones. A modality is a subset of its
 * side's total, and `cached_tokens_details` says how much of it was cached.
 */
import type { Usage, UsageParts } from '#contracts/usage.js';
import {
  countOf,
  has,
  isReported,
  missingUsage,
  partsFrom,
  quarantined,
  type Reported,
  reported,
  within,
} from './count.js';

/** What the output is made of where nobody says it. */
type Output = 'text' | 'image' | 'audio';

/** Text, sound and pictures of one side; null where named kinds are not the whole. Text unnamed is the remainder. */
function kindsOf(details: Reported, total: number): { text: number; audio: number; image: number } | null {
  const [audio, image] = [countOf(details.audio_tokens), countOf(details.image_tokens)];
  const text = has(details, 'text_tokens') ? countOf(details.text_tokens) : total - audio - image;
  return text >= 0 && text + audio + image === total ? { text, audio, image } : null;
}

/** The cached tokens by kind: as detailed, else all of them text, which is what caches held before sound and pictures. */
function cachedOf(details: Reported): { text: number; audio: number; image: number } | null {
  const cached = countOf(details.cached_tokens);
  return has(details, 'cached_tokens_details')
    ? kindsOf(within(details, 'cached_tokens_details'), cached)
    : { text: cached, audio: 0, image: 0 };
}

function mediaParts(usage: Reported, silent: Output): UsageParts | null {
  const [input, output] = [countOf(usage.input_tokens ?? NaN), countOf(usage.output_tokens ?? NaN)];
  if (has(usage, 'total_tokens') && countOf(usage.total_tokens) !== input + output) return null;
  const inside = within(usage, 'input_tokens_details', 'input_token_details');
  const made = within(usage, 'output_tokens_details', 'output_token_details');
  const named = ['text_tokens', 'audio_tokens', 'image_tokens'].some((name) => has(made, name));
  const [kinds, cached] = [kindsOf(inside, input), cachedOf(inside)];
  const out = named ? kindsOf(made, output) : { text: 0, audio: 0, image: 0, [silent]: output };
  if (!kinds || !cached || !out) return null;
  const counts = {
    input_uncached: kinds.text - cached.text,
    audio_in: kinds.audio - cached.audio,
    image_in: kinds.image - cached.image,
    cache_read: cached.text,
    cache_read_audio: cached.audio,
    cache_read_image: cached.image,
    output_text: out.text,
    audio_out: out.audio,
    image_out: out.image,
  };
  return partsFrom(counts, ['input_uncached']);
}

/** Images: without output details the output is image tokens. An answer without usage is counted by its `data`. */
export function readImagesUsage(raw: unknown, data?: unknown): Usage {
  if (raw === undefined || raw === null)
    return Array.isArray(data) ? reported({ images: data.length }, { images: data.length }) : missingUsage;
  return isReported(raw) ? reported(raw, mediaParts(raw, 'image')) : quarantined(raw);
}

/** Seconds of sound or pictures; a fraction is counted in milliseconds, and is no count beyond those. */
export function durationParts(seconds: unknown, whole: 'seconds' | 'video_seconds'): UsageParts | null {
  if (typeof seconds !== 'number' && typeof seconds !== 'string') return null;
  const text = String(seconds);
  if (/^\d{1,12}$/.test(text)) return { [whole]: Number(text) };
  const match = /^(\d{1,9})\.(\d{1,3})0*$/.exec(text);
  if (!match) return null;
  const milliseconds = Number(match[1]) * 1000 + Number(match[2]!.padEnd(3, '0'));
  return milliseconds % 1000 === 0 ? { [whole]: milliseconds / 1000 } : { milliseconds };
}

/** Transcription by tokens or by duration, realtime, and speech counted in characters. */
export function readAudioUsage(raw: unknown): Usage {
  if (raw === undefined || raw === null) return missingUsage;
  if (!isReported(raw)) return quarantined(raw);
  if (has(raw, 'characters')) return reported(raw, partsFrom({ characters: countOf(raw.characters) }, ['characters']));
  if (raw.type === 'duration' || !has(raw, 'input_tokens'))
    return reported(raw, durationParts(raw.seconds ?? raw.duration, 'seconds'));
  return reported(raw, mediaParts(raw, 'text'));
}

/** Video by frames, or by seconds: exactly one of them. */
export function readVideoUsage(raw: unknown): Usage {
  if (raw === undefined || raw === null) return missingUsage;
  if (!isReported(raw)) return quarantined(raw);
  const frames = raw.frames ?? raw.video_frames ?? raw.num_frames;
  const seconds = raw.seconds ?? raw.video_seconds ?? raw.duration_seconds;
  if (frames !== undefined && frames !== null)
    return reported(raw, partsFrom({ video_frames: countOf(frames) }, ['video_frames']));
  return reported(raw, durationParts(seconds, 'video_seconds'));
}
