import { useMutation } from '@tanstack/react-query';
import { momentToDate, type SessionResponse } from 'movies-client';
import { leave } from '../app/session';
import { useClient } from '../app/stage';
import { useSignOutQuestion } from '../offline/sign-out';
import { Loading } from '../ui/loading';
import { ErrorNotice } from '../ui/notices';
import { useSessions } from './queries';
import { Section } from './section';

export function Sessions() {
    const { accounts } = useClient();
    const { data: sessions, error, refetch } = useSessions();
    const signOut = useMutation({
        mutationFn: () => leave('/goodbye', () => accounts.signOut({ timeLimit: 5000 })),
    });
    const signOutEverywhere = useMutation({
        mutationFn: () => leave('/goodbye', () => accounts.signOutEverywhere()),
    });
    const { ask, question } = useSignOutQuestion();
    return (
        <Section title="Where you are signed in">
            {sessions ? (
                <>
                    <ul className="rows">
                        {sessions.items.map((session) => (
                            <SessionRow key={session.id} session={session} />
                        ))}
                    </ul>
                    {!sessions.complete && <p className="small">There may be others.</p>}
                </>
            ) : error ? (
                <ErrorNotice error={error} onRetry={() => void refetch()} />
            ) : (
                <Loading what="your sessions" />
            )}
            <ErrorNotice error={signOut.error ?? signOutEverywhere.error} />
            <div className="actions">
                <button
                    type="button"
                    className="button"
                    aria-disabled={signOut.isPending}
                    onClick={() => ask(() => signOut.mutate())}
                >
                    Sign out
                </button>
                <button
                    type="button"
                    className="button"
                    aria-disabled={signOutEverywhere.isPending}
                    onClick={() => ask(() => signOutEverywhere.mutate())}
                >
                    Sign out everywhere
                </button>
            </div>
            {question}
        </Section>
    );
}

function SessionRow({ session }: { readonly session: SessionResponse }) {
    const { name, userAgent, current, createdAt, lastUsedAt } = session;
    const at = lastUsedAt ?? createdAt;
    return (
        <li>
            <div>
                <p>
                    {name ?? device(userAgent)}
                    {current && <span className="tag">this one</span>}
                </p>
                {at !== undefined && (
                    <p className="small">
                        Last used{' '}
                        {momentToDate(at).toLocaleString('en', {
                            dateStyle: 'medium',
                            timeStyle: 'short',
                        })}
                    </p>
                )}
            </div>
        </li>
    );
}

/** A short name for a `User-Agent`, as far as it tells. */
function device(userAgent = ''): string {
    const find = (names: readonly (readonly [RegExp, string])[]) =>
        names.find(([pattern]) => pattern.test(userAgent))?.[1];
    const browser = find([
        [/Edg\//, 'Edge'],
        [/Firefox\//, 'Firefox'],
        [/Chrome\//, 'Chrome'],
        [/Safari\//, 'Safari'],
    ]);
    const system = find([
        [/Android/, 'Android'],
        [/iPhone|iPad/, 'iOS'],
        [/Mac OS X/, 'macOS'],
        [/Windows/, 'Windows'],
        [/Linux/, 'Linux'],
    ]);
    return [browser, system].filter(Boolean).join(' on ') || 'Another app';
}
