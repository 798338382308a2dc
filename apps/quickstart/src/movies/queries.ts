import {
    keepPreviousData,
    useInfiniteQuery,
    useMutation,
    useQuery,
    useQueryClient,
} from '@tanstack/react-query';
import type { ListMoviesQuery, MovieResponse } from 'movies-client';
import { useProfile } from '../app/profile';
import { useScope, useUserId } from '../app/session';
import { useClient } from '../app/stage';
import type { MovieKey } from './movie-key';

/** The movies that a query asks for, page after page. */
export function useMovies(query: ListMoviesQuery) {
    const { api } = useClient();
    return useInfiniteQuery({
        queryKey: [...useScope(), 'movies', query],
        initialPageParam: undefined as string | undefined,
        queryFn: async ({ pageParam, signal }) => {
            const page = await api.listMovies({ ...query, limit: 24, cursor: pageParam }, { signal });
            return page.value;
        },
        getNextPageParam: (page) => page.nextCursor,
        placeholderData: keepPreviousData,
    });
}

export function useMovie(key: MovieKey) {
    const { api } = useClient();
    const queries = useQueryClient();
    const queryKey = [...useScope(), 'movie', key.title, key.year];
    return useQuery({
        queryKey,
        queryFn: async ({ signal }) => {
            const known = queries.getQueryData<MovieResponse>(queryKey);
            const answer = await api.findMovieCached(key, { ifNoneMatch: known?.etag, signal });
            // Without a value, what is known is still current.
            return answer.value ?? (known as MovieResponse);
        },
    });
}

/** What to do after a movie was added, changed or deleted: lists may show it or not. */
export function useMovieChanged() {
    const queries = useQueryClient();
    const scope = useScope();
    return (key: MovieKey, movie: MovieResponse | undefined) => {
        void queries.invalidateQueries({ queryKey: [...scope, 'movies'] });
        const queryKey = [...scope, 'movie', key.title, key.year];
        if (movie === undefined) {
            queries.removeQueries({ queryKey });
        } else {
            queries.setQueryData(queryKey, movie);
        }
    };
}

export function useDeleteMovie(movie: MovieResponse) {
    const { api } = useClient();
    const changed = useMovieChanged();
    const { title, year, etag } = movie;
    return useMutation({
        mutationFn: () => api.deleteMovie({ title, year }, { ifMatch: etag }),
        onSuccess: () => changed(movie, undefined),
    });
}

/** Whether the user may change and delete a movie: who added it may, and so may editors. */
export function useMayChange(movie: MovieResponse | undefined): boolean {
    const userId = useUserId();
    const { data: profile } = useProfile();
    const isOwner = movie?.addedBy !== undefined && movie.addedBy === userId;
    return isOwner || (profile?.groups.includes('editors') ?? false);
}
