// The operations of the feeds, until the contract has them and `MoviesApi` is generated with them.

import type { Feeds } from '../src/offline/index.js';

declare module '../src/generated/api.js' {
    interface MoviesApi extends Feeds {}
}
