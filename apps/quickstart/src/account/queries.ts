import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { ProfileResponse } from 'movies-client';
import { useScope } from '../app/session';
import { useClient } from '../app/stage';

/** Puts a profile that the service gave in its place. */
export function useStoreProfile() {
    const queries = useQueryClient();
    const queryKey = [...useScope(), 'profile'];
    return (change: (profile: ProfileResponse) => ProfileResponse) =>
        queries.setQueryData<ProfileResponse>(queryKey, (profile) => profile && change(profile));
}

export function usePasskeys() {
    const { api } = useClient();
    return useQuery({
        queryKey: [...useScope(), 'passkeys'],
        queryFn: async ({ signal }) => (await api.listPasskeys({ signal })).value.passkeys,
    });
}

export function useSessions() {
    const { api } = useClient();
    return useQuery({
        queryKey: [...useScope(), 'sessions'],
        queryFn: async ({ signal }) => (await api.listSessions({ signal })).value,
    });
}
