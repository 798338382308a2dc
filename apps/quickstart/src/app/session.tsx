import { useQueryClient } from '@tanstack/react-query';
import { SessionEndedError, type SessionState } from 'movies-client';
import { useEffect, useSyncExternalStore, type ReactNode } from 'react';
import { Redirect } from 'wouter';
import { LoadingPage } from '../ui/loading';
import { address, currentAddress, navigate } from './hash-location';
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

// True while something ends the session on purpose: then the user is not asked to sign in.
let isLeaving = false;

/** Runs something that ends the session on purpose, and goes to a page that says goodbye. */
export async function leave(to: string, end: () => Promise<void>): Promise<void> {
    isLeaving = true;
    try {
        await end();
        navigate(to, { replace: true });
    } catch (error) {
        if (error instanceof SessionEndedError) {
            navigate(signInAddress(), { replace: true });
        }
        throw error;
    } finally {
        isLeaving = false;
    }
}

/** The sign-in page, which leads back to the page that is shown now. */
function signInAddress(): string {
    const here = currentAddress();
    return address('/sign-in', { to: here === '/' ? undefined : here });
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

    if (state === 'signedIn') {
        return children;
    }
    if (state === 'unknown' || isLeaving) {
        return <LoadingPage />;
    }
    return <Redirect to={signInAddress()} replace />;
}
