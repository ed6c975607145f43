/** The table of lanes over the API: put whole (`PUT /api/lanes`), because its rules only mean something together. */
import { z } from 'zod';
import { LaneTable } from '../lane.js';
import { rowFields } from './stored.js';

export const LanesAnswer = z.object({ definition: LaneTable, ...rowFields }).meta({ id: 'LanesAnswer' });
