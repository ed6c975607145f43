/** Usage in the caller's words, from the parts the bill is made of: what the client reads and what is booked are one count. */
import type { Usage } from '#contracts/usage.js';
import type { JsonObject } from '#protocols/json-value.js';

const sum = ({ parts }: Usage, ...meters: (keyof Usage['parts'])[]): number =>
  meters.reduce((total, meter) => total + (parts[meter] ?? 0), 0);

const read = (usage: Usage) => sum(usage, 'cache_read', 'cache_read_audio', 'cache_read_image');
const written = (usage: Usage) => sum(usage, 'cache_write_5m', 'cache_write_1h');
const uncached = (usage: Usage) => sum(usage, 'input_uncached', 'audio_in', 'image_in', 'video_in');
const output = (usage: Usage) => sum(usage, 'output_text', 'reasoning', 'audio_out', 'image_out');

export function chatUsage(usage: Usage): JsonObject {
  const prompt = uncached(usage) + read(usage) + written(usage);
  return {
    prompt_tokens: prompt,
    completion_tokens: output(usage),
    total_tokens: prompt + output(usage),
    prompt_tokens_details: {
      cached_tokens: read(usage),
      ...(written(usage) > 0 && { cache_write_tokens: written(usage) }),
    },
    completion_tokens_details: { reasoning_tokens: sum(usage, 'reasoning') },
  };
}

export function messagesUsage(usage: Usage): JsonObject {
  return {
    input_tokens: uncached(usage),
    cache_creation_input_tokens: written(usage),
    cache_read_input_tokens: read(usage),
    cache_creation: {
      ephemeral_5m_input_tokens: sum(usage, 'cache_write_5m'),
      ephemeral_1h_input_tokens: sum(usage, 'cache_write_1h'),
    },
    output_tokens: output(usage),
  };
}

export function responsesUsage(usage: Usage): JsonObject {
  const input = uncached(usage) + read(usage) + written(usage);
  return {
    input_tokens: input,
    input_tokens_details: {
      cached_tokens: read(usage),
      ...(written(usage) > 0 && { cache_write_tokens: written(usage) }),
    },
    output_tokens: output(usage),
    output_tokens_details: { reasoning_tokens: sum(usage, 'reasoning') },
    total_tokens: input + output(usage),
  };
}

export function embeddingsUsage(usage: Usage): JsonObject {
  const input = uncached(usage) + read(usage);
  return { prompt_tokens: input, total_tokens: input };
}

export function imagesUsage(usage: Usage): JsonObject {
  const input = uncached(usage) + read(usage) + written(usage);
  const pictures = sum(usage, 'image_in', 'cache_read_image');
  const drawn = sum(usage, 'image_out');
  return {
    input_tokens: input,
    input_tokens_details: { text_tokens: input - pictures, image_tokens: pictures },
    output_tokens: output(usage),
    output_tokens_details: { text_tokens: output(usage) - drawn, image_tokens: drawn },
    total_tokens: input + output(usage),
  };
}
