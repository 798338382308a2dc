import { useQueryClient } from '@tanstack/react-query';
import type { SessionState } from 'movies-client';
import { useEffect, useSyncExternalStore, type ReactNode } from 'react';
import { Redirect } from 'wouter';
import { LoadingPage } from '../ui/loading';
import { address, currentAddress } from './hash-location';
import { useClient, useStage } from './stage';

/** Whether a user is signed in. The component renders again when that changes, in another tab too. */
export function useSessionState(): SessionState {
    const { session } = useClient();
    return useSyncExternalStore(session.subscribe, () => session.state);
}

/** The id of the user who is signed in. */
export function useUserId(): string | undefined {
    const { session } = useClient();
    return useSyncExternalStore(session.subscribe, () => session.userId);
}

/** The beginning of all query keys: what one user sees in one stage is never shown to another. */
export function useScope(): readonly [string, string | undefined] {
    return [useStage().stage, useUserId()];
}

// Where the user goes when the session ends on purpose, in place of the sign-in page.
let farewell: string | undefined;

/** Runs something that ends the session on purpose, and says goodbye at `to`. */
export async function leave(to: string, end: () => Promise<void>): Promise<void> {
    farewell = to;
    try {
        await end();
    } catch (error) {
        farewell = undefined;
        throw error;
    }
}

/** Ends the farewell: from now on, a page that needs a session leads to the sign-in page again. */
export function endFarewell(): void {
    farewell = undefined;
}

/** Shows pages to users who are signed in. Others sign in first, and come back to the same page afterwards. */
export function RequireSession({ children }: { readonly children: ReactNode }) {
    const state = useSessionState();
    const queries = useQueryClient();
    useEffect(() => {
        if (state === 'signedOut') {
            queries.clear();
        }
    }, [state, queries]);

    if (state === 'unknown') {
        return <LoadingPage />;
    }
    if (state === 'signedOut') {
        const here = currentAddress();
        const signIn = address('/sign-in', { to: here === '/' ? undefined : here });
        return <Redirect to={farewell ?? signIn} replace />;
    }
    return children;
}
