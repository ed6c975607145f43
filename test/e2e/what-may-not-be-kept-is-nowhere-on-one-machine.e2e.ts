/** The same where PostgreSQL is all there is. */
import { keptContentSuite } from '../support/kept-content.js';

keptContentSuite('PostgreSQL');
