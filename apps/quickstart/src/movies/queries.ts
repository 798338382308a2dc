import {
    keepPreviousData,
    useInfiniteQuery,
    useQuery,
    useQueryClient,
} from '@tanstack/react-query';
import { NetworkError, type ListMoviesQuery, type MovieResponse } from 'movies-client';
import { useEffect, useMemo, useRef, useState } from 'react';
import { isProblem } from '../app/errors';
import { useOnline } from '../app/online';
import { useProfile } from '../app/profile';
import { useScope, useUserId } from '../app/session';
import { useClient } from '../app/stage';
import type { LocalMovie, ShownMovie } from '../offline/desk';
import { useDesk, useLive } from '../offline/hooks';
import { matches, search } from './local-search';
import type { MovieKey } from './movie-key';

/** After so many milliseconds without an answer, what is on this device is shown. */
const PATIENCE = 4000;

/** True if `waiting` has been true for a while. */
function useTakesLong(waiting: boolean): boolean {
    const [takesLong, setTakesLong] = useState(false);
    useEffect(() => {
        if (!waiting) {
            return setTakesLong(false);
        }
        const timer = setTimeout(() => setTakesLong(true), PATIENCE);
        return () => clearTimeout(timer);
    }, [waiting]);
    return takesLong;
}

/** The movies that a query asks for: those of the service, page after page, with what waits on this device on top. */
export function useMovies(query: ListMoviesQuery) {
    const { api } = useClient();
    const online = useOnline();
    const { store, touched } = useDesk();
    const list = useInfiniteQuery({
        queryKey: [...useScope(), 'movies', query],
        initialPageParam: undefined as string | undefined,
        queryFn: async ({ pageParam, signal }) => {
            const page = await api.listMovies({ ...query, limit: 24, cursor: pageParam }, { signal });
            return page.value;
        },
        getNextPageParam: (page) => page.nextCursor,
        placeholderData: keepPreviousData,
        enabled: online,
    });
    const isOld = list.data === undefined || list.isPlaceholderData;
    const takesLong = useTakesLong(online && isOld && list.isFetching);
    const isLost = list.error instanceof NetworkError && isOld;
    const isLocal = store !== undefined && (!online || takesLong || isLost);

    const movies = useMemo(() => {
        const pages = list.data?.pages.flatMap((page) => page.items) ?? [];
        const rows = pages.map((item): ShownMovie => ({ key: keyOf(item), item, state: 'synced' }));
        return onTop(rows, touched, query);
    }, [list.data, touched, query]);
    return { list, movies, isLocal };
}

/** Puts what is queued or refused here on top of a list of the service. */
function onTop(
    rows: readonly ShownMovie[],
    touched: ReturnType<typeof useDesk>['touched'],
    query: ListMoviesQuery,
): readonly ShownMovie[] {
    const own = new Map<string, ShownMovie | undefined>();
    for (const { collection, writes, shown } of touched.values()) {
        if (collection === 'movies') {
            const id = writes[0]?.id as unknown as MovieKey;
            own.set(keyOf(id), shown as ShownMovie | undefined);
        }
    }
    const listed = new Set(rows.map(({ key }) => key));
    const added = [...own].flatMap(([key, shown]) =>
        shown !== undefined && !listed.has(key) && matches(shown.item, query) ? [{ ...shown, key }] : [],
    );
    const shown = rows.flatMap((row) => {
        if (!own.has(row.key)) {
            return [row];
        }
        const mine = own.get(row.key);
        return mine === undefined ? [] : [{ ...mine, key: row.key }];
    });
    return [...added, ...shown];
}

function keyOf({ title, year }: MovieKey): string {
    return `${year} ${title}`;
}

/** The movies on this device that a query asks for. Undefined until they were read. */
export function useLocalMovies(query: ListMoviesQuery) {
    const { store, status } = useDesk();
    const live = useMemo(() => store?.collections.movies.live(), [store]);
    const all = useLive(live);
    const movies = useMemo(() => all && search(all, query), [all, query]);
    const { ready = false, partial = false } = status?.collections['movies'] ?? {};
    return { movies, isComplete: ready && !partial };
}

/** One movie: as the service has it, or as it is on this device if that is newer, changed here, or all there is. */
export function useMovie(key: MovieKey) {
    const { api } = useClient();
    const online = useOnline();
    const queries = useQueryClient();
    const { store, touched } = useDesk();
    const { title, year } = key;
    const queryKey = [...useScope(), 'movie', title, year];
    const query = useQuery({
        queryKey,
        queryFn: async ({ signal }) => {
            const known = queries.getQueryData<MovieResponse>(queryKey);
            const answer = await api.findMovieCached(key, { ifNoneMatch: known?.etag, signal });
            // Without a value, what is known is still current.
            return answer.value ?? (known as MovieResponse);
        },
        enabled: online,
    });
    const live = useMemo(
        () => store?.collections.movies.liveItem({ title, year }),
        [store, title, year],
    );
    const kept = useLive(live);
    const isDeletedHere = [...touched.values()].some(
        ({ collection, writes, shown }) =>
            collection === 'movies' &&
            shown === undefined &&
            keyOf(writes[0]?.id as unknown as MovieKey) === keyOf(key),
    );
    const isGone = isProblem(query.error, 'movie-not-found');
    const shown = isDeletedHere
        ? undefined
        : newest(kept ?? undefined, isGone ? undefined : query.data, isGone);
    return {
        shown,
        movie: shown?.item,
        isMissing: shown === undefined && (isDeletedHere || isGone),
        isDeletedHere,
        /** Nothing is known of it, and nobody can be asked. */
        isUnknown: shown === undefined && !online && kept === null,
        error: query.error,
        refetch: query.refetch,
    };
}

function newest(
    kept: ShownMovie | undefined,
    told: MovieResponse | undefined,
    isGone: boolean,
): ShownMovie | undefined {
    if (kept === undefined || (kept.state === 'synced' && isGone)) {
        return told && { key: keyOf(told), item: told, state: 'synced' };
    }
    const { createdAt, version = 0 } = kept.item;
    const isOlder =
        kept.state === 'synced' &&
        told !== undefined &&
        (told.createdAt === createdAt ? told.version > version : told.createdAt > (createdAt ?? ''));
    return isOlder ? { ...kept, item: told } : kept;
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

/** Asks the service again for what it was shown of movies whose writes have left the queue. */
export function useFreshAfterSending(): void {
    const { touched } = useDesk();
    const queries = useQueryClient();
    const scope = useScope();
    const before = useRef<ReadonlyMap<string, MovieKey>>(new Map());
    useEffect(() => {
        const now = new Map<string, MovieKey>();
        for (const { collection, writes } of touched.values()) {
            if (collection === 'movies') {
                writes.forEach(({ seq, id }) => now.set(String(seq), id as unknown as MovieKey));
            }
        }
        const gone = [...before.current].filter(([seq]) => !now.has(seq)).map(([, key]) => key);
        before.current = now;
        if (gone.length > 0) {
            void queries.invalidateQueries({ queryKey: [...scope, 'movies'] });
        }
        for (const { title, year } of gone) {
            void queries.resetQueries({ queryKey: [...scope, 'movie', title, year] });
        }
    }, [touched]);
}

/** Whether the user may change and delete a movie: who added it may, and so may editors. */
export function useMayChange(movie: LocalMovie | undefined): boolean {
    const userId = useUserId();
    const { data: profile } = useProfile();
    // One that the service has not seen yet was added here.
    const isOwner = movie !== undefined && (movie.etag === undefined || movie.addedBy === userId);
    return isOwner || (profile?.groups.includes('editors') ?? false);
}
