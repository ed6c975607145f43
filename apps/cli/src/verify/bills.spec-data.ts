/** Bills of formats and fees that the published ones do not show, made up with round prices and summed by hand. */

export interface Bill {
  id: string;
  kind: string;
  provider: string;
  model: string;
  usage: unknown;
  context?: Record<string, unknown>;
  at?: string;
  expected: Record<string, unknown>;
}

/** Lines as "unit quantity × rate / per, …", per million where it is not said. */
function linesOf(text: string) {
  return text.split(', ').map((line) => {
    const [unit, quantity, , rateUsd, , per = '1000000'] = line.split(' ');
    return { unit, quantity, rateUsd, per: Number(per) };
  });
}

export const bill = (
  provider: string,
  usage: unknown,
  lines: string,
  totalPicoUsd: string,
  more: Partial<Bill> & { multiplier?: string; exact?: boolean } = {},
): Bill => {
  const { multiplier = '1', exact = true, ...rest } = more;
  const expected = { lines: linesOf(lines), multiplier, totalPicoUsd, exact };
  return { id: 'bill', kind: 'settle', provider, model: 'some-model', usage, expected, ...rest };
};

export const settled: [string, Bill][] = [
  [
    'flex was asked for, standard was served',
    bill('openai', { input_tokens: 10, output_tokens: 1 }, 'input 10 × 2, output 1 × 8', '28000000', {
      context: { requestServiceTier: 'flex', responseServiceTier: 'default' },
    }),
  ],
  [
    'signed in to ChatGPT, the tier asked for was served whatever the answer says',
    bill('openai', { input_tokens: 10, output_tokens: 0 }, 'input_flex 10 × 1, output_flex 0 × 4', '10000000', {
      context: { api: 'chatgpt-codex', requestServiceTier: 'flex', responseServiceTier: 'default' },
    }),
  ],
  [
    'the batch channel',
    bill('openai', { prompt_tokens: 10, completion_tokens: 2 }, 'input_batch 10 × 1, output_batch 2 × 4', '18000000', {
      context: { channel: 'batch' },
    }),
  ],
  [
    'a factor without a place',
    bill('openai', { prompt_tokens: 10, completion_tokens: 2 }, 'input 10 × 2, output 2 × 8', '18000000', {
      multiplier: '0.5',
    }),
  ],
  [
    'a place without a factor of its own',
    bill(
      'anthropic',
      { input_tokens: 10, output_tokens: 2, inference_geo: 'global' },
      'input 10 × 5, output 2 × 25',
      '100000000',
    ),
  ],
  [
    'cache writes that cost what input costs',
    bill(
      'openai',
      { input_tokens: 10, output_tokens: 1, input_tokens_details: { cache_write_tokens: 7 } },
      'input 10 × 2, output 1 × 8',
      '28000000',
    ),
  ],
  [
    'five minutes and an hour',
    bill(
      'anthropic',
      {
        input_tokens: 1,
        output_tokens: 1,
        cache_creation_input_tokens: 30,
        cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 20 },
      },
      'input 1 × 3, cache_write_5m 10 × 3.75, cache_write_1h 20 × 6, output 1 × 15',
      '175500000',
    ),
  ],
  [
    'searches of the venue',
    bill(
      'anthropic',
      { input_tokens: 100, output_tokens: 10, server_tool_use: { web_search_requests: 3, web_fetch_requests: 1 } },
      'input 100 × 3, output 10 × 15, web_search_requests 3 × 10 / 1000',
      '30450000000',
    ),
  ],
  [
    'searches that are items of the answer',
    bill(
      'openai',
      {
        usage: { input_tokens: 10, output_tokens: 1, total_tokens: 11 },
        output: [
          { type: 'web_search_call', action: { type: 'search' } },
          { type: 'web_search_call', action: { type: 'open_page' } },
        ],
      },
      'input 10 × 2, output 1 × 8, web_search_calls 1 × 10 / 1000',
      '10028000000',
    ),
  ],
  [
    'searches counted beside the usage',
    bill(
      'openai',
      { input_tokens: 10, output_tokens: 1, web_search_calls: 2 },
      'input 10 × 2, output 1 × 8, web_search 2 × 0.01 / 1',
      '20028000000',
    ),
  ],
  [
    'cached sound and pictures of a realtime session',
    bill(
      'openai',
      {
        total_tokens: 300,
        input_tokens: 200,
        output_tokens: 100,
        input_token_details: {
          text_tokens: 120,
          audio_tokens: 80,
          cached_tokens: 64,
          cached_tokens_details: { text_tokens: 50, audio_tokens: 14 },
        },
        output_token_details: { text_tokens: 30, audio_tokens: 70 },
      },
      'input_text 70 × 4, input_audio 66 × 32, cache_read_text 50 × 0.4, cache_read_audio 14 × 0.4, output_text 30 × 16, output_audio 70 × 64',
      '7377600000',
    ),
  ],
  [
    'cached kinds of a Gemini prompt',
    bill(
      'google',
      {
        usageMetadata: {
          promptTokenCount: 1000,
          cachedContentTokenCount: 400,
          promptTokensDetails: [
            { modality: 'TEXT', tokenCount: 600 },
            { modality: 'AUDIO', tokenCount: 400 },
          ],
          cacheTokensDetails: [
            { modality: 'TEXT', tokenCount: 100 },
            { modality: 'AUDIO', tokenCount: 300 },
          ],
          candidatesTokenCount: 10,
          totalTokenCount: 1010,
        },
      },
      'input_text 500 × 0.3, input_audio 100 × 1, cache_read_text 100 × 0.03, cache_read_audio 300 × 0.1, output 10 × 2.5',
      '308000000',
    ),
  ],
  [
    'pictures in a prompt of one price',
    bill(
      'google',
      {
        usageMetadata: {
          promptTokenCount: 268,
          promptTokensDetails: [
            { modality: 'TEXT', tokenCount: 10 },
            { modality: 'IMAGE', tokenCount: 258 },
          ],
          candidatesTokenCount: 5,
          totalTokenCount: 273,
        },
      },
      'input 268 × 0.3, output 5 × 2.5',
      '92900000',
    ),
  ],
  [
    'grounding by prompt',
    bill(
      'google',
      {
        usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 },
        groundingMetadata: { webSearchQueries: ['a', 'b'] },
      },
      'input 10 × 0.3, output 5 × 2.5, grounding_prompts 1 × 35 / 1000',
      '35015500000',
      { model: 'gemini-2.5-flash' },
    ),
  ],
  [
    'grounding by query',
    bill(
      'google',
      {
        usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 },
        groundingMetadata: { webSearchQueries: ['a', 'b'] },
      },
      'input 10 × 0.3, output 5 × 2.5, grounding_queries 2 × 14 / 1000',
      '28015500000',
      { model: 'gemini-3-flash' },
    ),
  ],
  [
    'ticks of xAI outrank tokens',
    bill(
      'x-ai',
      {
        prompt_tokens: 12,
        completion_tokens: 1,
        total_tokens: 241,
        completion_tokens_details: { reasoning_tokens: 228 },
        cost_in_usd_ticks: 1176500,
      },
      'provider_cost 1 × 0.00011765 / 1',
      '117650000',
    ),
  ],
  [
    'ticks as a line',
    bill(
      'x-ai',
      { prompt_tokens: 12, completion_tokens: 1, total_tokens: 13, cost_in_usd_ticks: 37_756_000 },
      'ticks 37756000 × 1 / 10000000000',
      '3775600000',
    ),
  ],
  [
    'OpenRouter with its own key',
    bill(
      'openrouter',
      {
        prompt_tokens: 10,
        completion_tokens: 1,
        cost: 0.00000125,
        is_byok: false,
        cost_details: { upstream_inference_cost: 0.1 },
      },
      'provider_reported_cost 1 × 0.00000125 / 1',
      '1250000',
    ),
  ],
  [
    'deep research',
    bill(
      'perplexity',
      {
        prompt_tokens: 10,
        completion_tokens: 100,
        total_tokens: 110,
        citation_tokens: 1000,
        reasoning_tokens: 5000,
        num_search_queries: 3,
      },
      'input 10 × 2, output 100 × 8, citation 1000 × 2, reasoning 5000 × 3, search_queries 3 × 5 / 1000',
      '32820000000',
    ),
  ],
  [
    'credits of BFL',
    bill('black-forest-labs', { cost: 4.5, output_mp: 1.98, input_mp: 0 }, 'credits 4.5 × 0.01 / 1', '45000000000'),
  ],
  [
    'a megapixel begun is a megapixel',
    bill(
      'black-forest-labs',
      {
        width: 1440,
        height: 1024,
        inputImages: [
          [512, 512],
          [1100, 1100],
        ],
      },
      'first_mp 1 × 0.03 / 1, extra_mp 1 × 0.015 / 1, input_mp 3 × 0.015 / 1',
      '90000000000',
    ),
  ],
  ['seconds of sound', bill('openai', { type: 'duration', seconds: 37 }, 'seconds 37 × 0.0001 / 1', '3700000000')],
  [
    'minutes of sound',
    bill('openai', { type: 'duration', seconds: 90 }, 'audio_minutes 1.5 × 0.006 / 1', '9000000000'),
  ],
  ['a price of an hour', bill('groq', { seconds: 10 }, 'seconds 10 × 0.04 / 3600', '111111111', { exact: false })],
  ['parts of a second', bill('openai', { duration: 12.34 }, 'seconds 12.34 × 0.0001 / 1', '1234000000')],
  [
    'video by the second',
    bill('openai', { seconds: 8 }, 'video_seconds 8 × 0.1 / 1', '800000000000', { model: 'sora-2' }),
  ],
  ['video by the frame', bill('somebody', { frames: 48 }, 'frames 48 × 0.002 / 1', '96000000000')],
  [
    'a fee by request',
    bill(
      'perplexity',
      { prompt_tokens: 100, completion_tokens: 0 },
      'input 100 × 1, output 0 × 1, request 1 × 0.005 / 1',
      '5100000000',
    ),
  ],
  [
    'tokens of a transcription',
    bill(
      'openai',
      {
        type: 'tokens',
        input_tokens: 120,
        input_token_details: { text_tokens: 20, audio_tokens: 100 },
        output_tokens: 30,
        total_tokens: 150,
      },
      'input_text 20 × 2.5, input_audio 100 × 6, output 30 × 10',
      '950000000',
    ),
  ],
  [
    'billed units',
    bill(
      'cohere',
      { billed_units: { input_tokens: 12, output_tokens: 7 }, tokens: { input_tokens: 507, output_tokens: 10 } },
      'input 12 × 2.5, output 7 × 10',
      '100000000',
    ),
  ],
];

settled.push(
  [
    'a picture at a price by the picture',
    bill('black-forest-labs', { width: 1024, height: 768 }, 'images 1 × 0.04 / 1', '40000000000', {
      model: 'flux-pro-1.1',
    }),
  ],
  ['counts in other spellings', bill('google', { videoSeconds: 8 }, 'video_seconds 8 × 0.4 / 1', '3200000000000')],
  ['minutes beside', bill('somebody', { audioMinutes: 2 }, 'audio_minutes 2 × 0.006 / 1', '12000000000')],
);

export const held: [string, Bill][] = [
  [
    'the dearest of plain input and cache writes',
    bill(
      'anthropic',
      { request: { estimatedInputTokens: 1000, max_tokens: 100 } },
      'input_ceiling 1000 × 6, output_ceiling 100 × 15',
      '7500000000',
      { kind: 'hold' },
    ),
  ],
  [
    'tools with a cap',
    bill(
      'anthropic',
      {
        request: { estimatedInputTokens: 1000, max_tokens: 100, tools: [{ type: 'web_search_20250305', max_uses: 5 }] },
      },
      'input_ceiling 1000 × 3, output_ceiling 100 × 15, web_search_ceiling 5 × 0.01 / 1',
      '54500000000',
      { kind: 'hold' },
    ),
  ],
  [
    'two attempts at once',
    bill(
      'openai',
      { request: { estimatedInputTokens: 10, max_tokens: 100, attempts: 2 } },
      'input_ceiling 20 × 2, output_ceiling 200 × 8',
      '1640000000',
      { kind: 'hold' },
    ),
  ],
  [
    'a predicted output',
    bill(
      'openai',
      { request: { estimatedInputTokens: 10, max_completion_tokens: 100, prediction_tokens: 50 } },
      'input_ceiling 10 × 2, output_ceiling 150 × 8',
      '1220000000',
      { kind: 'hold' },
    ),
  ],
];
