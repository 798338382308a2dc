import { useMutation } from '@tanstack/react-query';
import { UnexpectedAnswerError, type StartedHostedSignIn } from 'movies-client';
import { useEffect, useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import { navigate } from '../app/hash-location';
import { useClient } from '../app/stage';
import { LoadingPage } from '../ui/loading';
import { ErrorNotice } from '../ui/notices';
import { Page } from '../ui/page';
import { redirectUri, usableProviders, useAuthConfiguration } from './configuration';

const STORED = 'hosted-sign-in';

/** What the app has to remember while the browser is at the provider's page. */
interface Kept {
    readonly started: StartedHostedSignIn;
    readonly to: string;
}

const names: Readonly<Record<string, string>> = {
    SignInWithApple: 'Apple',
    Google: 'Google',
};

/** A button for each provider of the stage, to sign in with on its own page. */
export function HostedSignInButtons({ to }: { readonly to: string }) {
    const { accounts } = useClient();
    const providers = usableProviders(useAuthConfiguration()?.hostedSignIn);
    const start = useMutation({
        mutationFn: async (provider: string) => {
            const request = { redirectUri: redirectUri(), provider };
            const started = await accounts.startHostedSignIn(request);
            const kept: Kept = { started, to };
            sessionStorage.setItem(STORED, JSON.stringify(kept));
            location.assign(started.url);
        },
    });
    if (providers.length === 0) {
        return null;
    }
    return (
        <div className="providers">
            <p className="or">or</p>
            <ErrorNotice error={start.error} />
            {providers.map(({ name, type }) => (
                <button
                    key={name}
                    type="button"
                    className="button"
                    aria-disabled={start.isPending}
                    onClick={() => start.mutate(name)}
                >
                    Sign in with {names[type] ?? name}
                </button>
            ))}
        </div>
    );
}

/** Takes the answer of a hosted sign-in out of the page's address, once. */
function takeCallback(): { callback: string; kept: Kept | undefined } | undefined {
    const parameters = new URLSearchParams(location.search);
    if (!parameters.has('state') || !(parameters.has('code') || parameters.has('error'))) {
        return undefined;
    }
    const callback = location.href;
    const stored = sessionStorage.getItem(STORED);
    sessionStorage.removeItem(STORED);
    // The code works once, and must not stay in the browser's history.
    history.replaceState(null, '', location.pathname + location.hash);
    return { callback, kept: stored === null ? undefined : (JSON.parse(stored) as Kept) };
}

const returned = takeCallback();
let isTaken = false;

/** Finishes a hosted sign-in that has come back to the page, before it shows any other. */
export function HostedSignInReturn({ children }: { readonly children: ReactNode }) {
    const { accounts } = useClient();
    const [isDone, setIsDone] = useState(returned === undefined);
    const finish = useMutation({
        mutationFn: async () => {
            if (returned?.kept === undefined) {
                throw new UnexpectedAnswerError('a sign-in that this tab did not start');
            }
            await accounts.finishHostedSignIn(returned.kept.started, returned.callback);
            navigate(returned.kept.to, { replace: true });
            setIsDone(true);
        },
    });
    useEffect(() => {
        if (!isDone && !isTaken) {
            isTaken = true;
            finish.mutate();
        }
    }, []);
    if (isDone) {
        return children;
    }
    if (finish.error === null) {
        return <LoadingPage />;
    }
    const isInUse = returned?.callback.includes('address-in-use');
    return (
        <Page title="Sign-in not finished" narrow>
            {finish.error instanceof UnexpectedAnswerError ? (
                <div className="notice notice-error" role="alert">
                    <p className="notice-title">
                        {isInUse
                            ? 'There is an account with this address already'
                            : 'The sign-in was not finished'}
                    </p>
                    <p>
                        {isInUse
                            ? 'Sign in the way that you did before.'
                            : 'It was cancelled, or took too long. Begin again.'}
                    </p>
                </div>
            ) : (
                <ErrorNotice error={finish.error} />
            )}
            <p>
                <Link
                    href="/sign-in"
                    className="button button-primary"
                    onClick={() => setIsDone(true)}
                >
                    Back to sign-in
                </Link>
            </p>
        </Page>
    );
}
