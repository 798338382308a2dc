import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { PutWatchlistEntryRequest, UpdateWatchlistEntryRequest } from 'movies-client';
import { useMemo } from 'react';
import { useScope } from '../app/session';
import { useClient, useStage } from '../app/stage';
import type { LocalEntry, ShownEntry } from '../offline/desk';
import { useDesk, useLive } from '../offline/hooks';
import type { Store } from '../offline/open';
import { askForSync } from '../offline/outcome';

/** The whole watchlist: it is the user's own, and not long. It is on this device, where the browser keeps anything. */
export function useWatchlist() {
    const { api } = useClient();
    const { store, error: cannotKeep, status } = useDesk();
    const live = useMemo(() => store?.collections.watchlist.live(), [store]);
    const kept = useLive(live);
    const query = useQuery({
        queryKey: [...useScope(), 'watchlist'],
        queryFn: async ({ signal }) => {
            const entries: ShownEntry[] = [];
            for await (const item of api.listWatchlistAll({ limit: 100 }, { signal })) {
                entries.push({ key: item.entryId, item, state: 'synced' });
            }
            return entries as readonly ShownEntry[];
        },
        enabled: cannotKeep !== undefined,
    });
    if (cannotKeep !== undefined) {
        return { entries: query.data, error: query.error, retry: () => void query.refetch() };
    }
    const { ready = false, error } = status?.collections['watchlist'] ?? {};
    // Before all entries came once, only what was added here is known.
    const entries = ready || (kept?.length ?? 0) > 0 ? kept : undefined;
    return { entries, error, retry: () => store?.pullSoon() };
}

/** Adds, changes and removes entries on this device, which sends it; or at the service, where nothing is kept. */
function useWrite<T>(
    here: (store: Store, value: T) => Promise<void>,
    there: (value: T) => Promise<unknown>,
) {
    const { desk } = useStage();
    const queries = useQueryClient();
    const queryKey = [...useScope(), 'watchlist'];
    return useMutation({
        mutationFn: async (value: T) => {
            const store = await desk.opened();
            if (store === undefined) {
                await there(value);
                await queries.invalidateQueries({ queryKey });
            } else {
                await here(store, value);
                askForSync();
            }
        },
    });
}

export function useAddEntry() {
    const { api } = useClient();
    // With the id that the app made, adding the same entry again is no second one.
    return useWrite<{ entryId: string; body: PutWatchlistEntryRequest }>(
        (store, { entryId, body }) => store.collections.watchlist.put({ entryId }, body),
        ({ entryId, body }) => api.putWatchlistEntry(entryId, body),
    );
}

export function useUpdateEntry(entry: LocalEntry) {
    const { api } = useClient();
    const { entryId, etag } = entry;
    return useWrite<UpdateWatchlistEntryRequest>(
        (store, body) => store.collections.watchlist.update({ entryId }, body, { seen: entry }),
        (body) => api.updateWatchlistEntry(entryId, body, { ifMatch: etag }),
    );
}

export function useDeleteEntry({ entryId }: LocalEntry) {
    const { api } = useClient();
    return useWrite<void>(
        (store) => store.collections.watchlist.delete({ entryId }),
        () => api.deleteWatchlistEntry(entryId),
    );
}
