/** What public price lists call the venues that this product knows. A name that is not here becomes a slug of itself. */
const known: Readonly<Record<string, string>> = {
  // LiteLLM
  gemini: 'google',
  'vertex_ai-language-models': 'vertex',
  'vertex_ai-anthropic_models': 'vertex',
  'vertex_ai-llama_models': 'vertex',
  'vertex_ai-mistral_models': 'vertex',
  'vertex_ai-embedding-models': 'vertex',
  vertex_ai: 'vertex',
  bedrock_converse: 'bedrock',
  together_ai: 'together',
  fireworks_ai: 'fireworks',
  black_forest_labs: 'bfl',
  // models.dev
  togetherai: 'together',
  'fireworks-ai': 'fireworks',
  'amazon-bedrock': 'bedrock',
  'google-vertex': 'vertex',
  // genai-prices
  aws: 'bedrock',
  'x-ai': 'xai',
};

/** A slug, or null for a name that none can be made of. `renamed` is the operator's own word for it and wins. */
export function venueNameOf(name: string, renamed: Readonly<Record<string, string>> = {}): string | null {
  const chosen = (Object.hasOwn(renamed, name) ? renamed[name] : Object.hasOwn(known, name) ? known[name] : name) ?? '';
  const slug = chosen
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[._-]+|[._-]+$/g, '');
  return slug.length > 0 && slug.length <= 64 ? (Object.hasOwn(renamed, slug) ? renamed[slug]! : slug) : null;
}
