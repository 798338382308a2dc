import { IndexedDbTokenStorage, MoviesClient } from 'movies-client';

// Apart from React: the service worker has it, too.

const all = ['Development', 'Production'] as const;
export type Stage = (typeof all)[number];

// A published app is of one stage, and has no switch.
const only = all.find((stage) => stage === import.meta.env['VITE_STAGE']);

/** The stages of the back end. Each has movies and accounts of its own, so the app keeps a session for each. */
export const stages: readonly Stage[] = only === undefined ? all : [only];

/** A client of a stage. Its session is that of all tabs. */
export function newClient(stage: Stage): MoviesClient {
    return new MoviesClient(stageUrl(stage), new IndexedDbTokenStorage(`movies-${stage}`));
}

/** Where the API of a stage is. */
export function stageUrl(stage: string): string {
    return `${import.meta.env['VITE_API_ORIGIN'] ?? location.origin}/${stage}`;
}
