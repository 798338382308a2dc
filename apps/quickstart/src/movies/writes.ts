import { ProblemError, type AddMovieRequest, type MovieResponse, type UpdateMovieRequest } from 'movies-client';
import { isProblem } from '../app/errors';
import { useStage } from '../app/stage';
import type { LocalMovie, ShownMovie } from '../offline/desk';
import type { Store } from '../offline/open';
import { outcomeOf, refusal } from '../offline/outcome';
import type { MovieKey } from './movie-key';
import { useMovieChanged } from './queries';

/** What became of a change: the form has to ask the user if somebody else changed the movie, too. */
export type Written =
    | { readonly became: 'sent' | 'waiting' }
    /** `theirs` is undefined if they have deleted it. */
    | { readonly became: 'conflict'; readonly theirs: MovieResponse | undefined };

/**
 * Adds, changes and deletes movies: on this device, which sends it when it can, and waits a moment for the answer. Where
 * nothing is kept on the device, it goes to the service alone.
 */
export function useMovieWrites() {
    const { client, desk } = useStage();
    const { api } = client;
    const changed = useMovieChanged();

    const settle = async (store: Store, id: MovieKey): Promise<Written> => {
        const { movies } = store.collections;
        const key = (await movies.get(id))?.key ?? movieKey(id);
        const outcome = await outcomeOf(store, 'movies', key);
        if (outcome.became === 'refused') {
            throw await refusal(store, outcome);
        }
        if (outcome.became === 'conflict') {
            return { became: 'conflict', theirs: (await movies.get(id))?.conflict?.theirs };
        }
        return outcome;
    };

    return {
        /** The movie as it is on this device. */
        find: async (id: MovieKey): Promise<ShownMovie | undefined> =>
            (await desk.opened())?.collections.movies.get(id),

        add: async ({ title, year, ...members }: AddMovieRequest): Promise<Written> => {
            const id = { title: title.normalize().trim(), year };
            const store = await desk.opened();
            if (store === undefined) {
                const { value } = await api.addMovie({ ...id, ...members });
                changed(value, value);
                return { became: 'sent' };
            }
            await store.collections.movies.add(id, members);
            const written = await settle(store, id);
            if (written.became === 'conflict' && written.theirs !== undefined) {
                // The form has what was typed, and leads to the movie that is there.
                await store.collections.movies.takeTheirs(id);
                throw existing();
            }
            return written;
        },

        update: async (
            { title, year, ...changes }: UpdateMovieRequest,
            base: LocalMovie,
        ): Promise<Written> => {
            const id = { title, year };
            const store = await desk.opened();
            if (store !== undefined) {
                await store.collections.movies.update(id, changes, { seen: base });
                return settle(store, id);
            }
            try {
                const { value } = await api.updateMovie({ ...id, ...changes }, { ifMatch: base.etag });
                changed(value, value);
                return { became: 'sent' };
            } catch (error) {
                if (!isProblem(error, 'version-mismatch')) {
                    throw error;
                }
                return { became: 'conflict', theirs: (await api.findMovieCached(id)).value };
            }
        },

        remove: async (base: LocalMovie): Promise<Written> => {
            const id = { title: base.title, year: base.year };
            const store = await desk.opened();
            if (store !== undefined) {
                await store.collections.movies.delete(id, { seen: base });
                return settle(store, id);
            }
            await api.deleteMovie(id, { ifMatch: base.etag });
            changed(id, undefined);
            return { became: 'sent' };
        },

        /** Ends a conflict: what waits for the movie is dropped. */
        takeTheirs: async (id: MovieKey): Promise<void> =>
            (await desk.opened())?.collections.movies.takeTheirs(id),
    };
}

function movieKey({ title, year }: MovieKey): string {
    return `${String(year).padStart(4, '0')} ${title}`;
}

function existing(): ProblemError {
    const title = 'A movie with this title and year exists';
    const problem = { type: '/problems/movie-exists', title, status: 409, detail: '', instance: '' };
    return new ProblemError(409, problem, JSON.stringify(problem), undefined, undefined);
}
