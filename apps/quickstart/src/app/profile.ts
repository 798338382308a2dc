import { useQuery } from '@tanstack/react-query';
import { useScope } from './session';
import { useClient } from './stage';

/** The profile of the user who is signed in. */
export function useProfile() {
    const { api } = useClient();
    return useQuery({
        queryKey: [...useScope(), 'profile'],
        queryFn: async ({ signal }) => (await api.getProfile({ signal })).value,
    });
}
