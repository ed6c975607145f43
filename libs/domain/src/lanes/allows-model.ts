/** Whether a key may ask for a model by this name. */
import type { ApiKey } from '#contracts/key.js';

/** An entry that ends in `*` allows every name that begins with what stands before it. */
export const allowsModel = ({ modelAllowList }: Pick<ApiKey, 'modelAllowList'>, name: string): boolean =>
  modelAllowList === null ||
  modelAllowList.some((entry) => (entry.endsWith('*') ? name.startsWith(entry.slice(0, -1)) : entry === name));
