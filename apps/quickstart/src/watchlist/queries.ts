import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type {
    PutWatchlistEntryRequest,
    UpdateWatchlistEntryRequest,
    WatchlistEntryResponse,
} from 'movies-client';
import { useScope } from '../app/session';
import { useClient } from '../app/stage';

type Entries = readonly WatchlistEntryResponse[];

function useWatchlistKey() {
    return [...useScope(), 'watchlist'];
}

/** The whole watchlist: it is the user's own, and not long. */
export function useWatchlist() {
    const { api } = useClient();
    return useQuery({
        queryKey: useWatchlistKey(),
        queryFn: async ({ signal }) => {
            const entries: WatchlistEntryResponse[] = [];
            for await (const entry of api.listWatchlistAll({ limit: 100 }, { signal })) {
                entries.push(entry);
            }
            return entries as Entries;
        },
    });
}

/** Puts an entry that the service gave in its place, or removes it. */
function useStoreEntry() {
    const queries = useQueryClient();
    const queryKey = useWatchlistKey();
    return (entryId: string, entry: WatchlistEntryResponse | undefined) =>
        queries.setQueryData<Entries>(queryKey, (entries = []) => [
            ...entries.filter((other) => other.entryId !== entryId),
            ...(entry === undefined ? [] : [entry]),
        ]);
}

export function useAddEntry() {
    const { api } = useClient();
    const store = useStoreEntry();
    return useMutation({
        // With the id that the app made, adding the same entry again is no second one.
        mutationFn: async (entry: { entryId: string; body: PutWatchlistEntryRequest }) =>
            (await api.putWatchlistEntry(entry.entryId, entry.body)).value,
        onSuccess: (entry) => store(entry.entryId, entry),
    });
}

export function useUpdateEntry({ entryId, etag }: WatchlistEntryResponse) {
    const { api } = useClient();
    const store = useStoreEntry();
    return useMutation({
        mutationFn: async (body: UpdateWatchlistEntryRequest) =>
            (await api.updateWatchlistEntry(entryId, body, { ifMatch: etag })).value,
        onSuccess: (entry) => store(entryId, entry),
    });
}

export function useDeleteEntry({ entryId }: WatchlistEntryResponse) {
    const { api } = useClient();
    const store = useStoreEntry();
    return useMutation({
        mutationFn: () => api.deleteWatchlistEntry(entryId),
        onSuccess: () => store(entryId, undefined),
    });
}
