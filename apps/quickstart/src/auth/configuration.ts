import { useQuery } from '@tanstack/react-query';
import type { AuthConfiguration, HostedSignIn } from 'movies-client';
import { useStage } from '../app/stage';

/** What the stage says about signing in. It seldom changes. */
export function useAuthConfiguration(): AuthConfiguration | undefined {
    const { stage, client } = useStage();
    const { data } = useQuery({
        queryKey: [stage, 'configuration'],
        queryFn: async ({ signal }) => (await client.api.getAuthConfiguration({ signal })).value,
        staleTime: 300_000,
    });
    return data;
}

/** Where a hosted sign-in comes back to: the address of this app. */
export function redirectUri(): string {
    return location.origin + location.pathname;
}

/** The providers that can come back to this app. */
export function usableProviders(hosted: HostedSignIn | undefined) {
    return hosted?.redirectUris.some(isThisApp) ? hosted.providers : [];
}

/** Whether a redirect URI is that of this app. That of a loopback address holds at any port (RFC 8252, section 7.3). */
function isThisApp(uri: string): boolean {
    const here = new URL(redirectUri());
    const isLoopback = ['localhost', '127.0.0.1', '[::1]'].includes(here.hostname);
    if (!isLoopback || !URL.canParse(uri)) {
        return uri === here.href;
    }
    const allowed = new URL(uri);
    return (
        allowed.protocol === here.protocol &&
        allowed.hostname === here.hostname &&
        allowed.pathname === here.pathname &&
        (allowed.port === '' || allowed.port === here.port)
    );
}
