import { useMutation } from '@tanstack/react-query';
import type { MovieResponse } from 'movies-client';
import type { QueuedWrite } from 'movies-client/offline';
import { useLayoutEffect, useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import { explainType, fieldText } from '../app/errors';
import { useOnline } from '../app/online';
import { ConflictSheet } from '../movies/conflict-sheet';
import { formatDate } from '../movies/format';
import { members, toFormValues, toUpdateRequest } from '../movies/movie-form-values';
import { editAddress, movieAddress, type MovieKey } from '../movies/movie-key';
import { Loading } from '../ui/loading';
import { EmptyState, ErrorNotice } from '../ui/notices';
import { Page } from '../ui/page';
import { tell } from '../ui/toast';
import type { LocalEntry, LocalMovie, ShownMovie, Touched } from './desk';
import { useDesk } from './hooks';
import type { Store } from './open';

/** What waits on this device, what others changed, too, and what was refused: with what the user can do about it. */
export default function WaitingPage() {
    const { store, touched, error } = useDesk();
    const all = [...touched.values()];
    const conflicts = all.filter(({ shown }) => shown?.state === 'conflict');
    const writesOf = (state: string) =>
        all.flatMap((item) =>
            item.writes.filter((write) => write.state === state).map((write) => ({ item, write })),
        );
    const [refused, waiting] = [writesOf('refused'), writesOf('waiting')];
    useLayoutEffect(() => {
        // A button goes with its item, and would take the focus along.
        if (document.activeElement === document.body) {
            document.querySelector('h1')?.focus({ preventScroll: true });
        }
    }, [touched]);
    return (
        <Page title="Waiting changes" narrow>
            {store === undefined ? (
                error === undefined ? (
                    <Loading what="what waits" />
                ) : (
                    <ErrorNotice error={error} />
                )
            ) : conflicts.length + refused.length + waiting.length === 0 ? (
                <EmptyState title="Nothing waits">
                    <p>The service has everything that you changed.</p>
                </EmptyState>
            ) : (
                <>
                    {conflicts.length > 0 && (
                        <Group title="You decide">
                            {conflicts.map((item) => (
                                <Conflict key={nameOf(item)} item={item} store={store} />
                            ))}
                        </Group>
                    )}
                    {refused.length > 0 && (
                        <Group title="Refused">
                            {refused.map(({ item, write }) => (
                                <Refused key={write.seq} item={item} write={write} store={store} />
                            ))}
                        </Group>
                    )}
                    {waiting.length > 0 && <Waiting writes={waiting} store={store} />}
                </>
            )}
        </Page>
    );
}

function Group({ title, children }: { readonly title: string; readonly children: ReactNode }) {
    return (
        <section className="waiting-group">
            <h2>{title}</h2>
            <ul className="waiting-list">{children}</ul>
        </section>
    );
}

interface ItemProps {
    readonly item: Touched;
    readonly store: Store;
}

interface WriteProps extends ItemProps {
    readonly write: QueuedWrite;
}

/** What an item is called. An entry that is gone has its title in the write that removed it no more. */
function titleOf({ shown, writes }: Touched): { readonly title: string; readonly year?: number } {
    const known = shown?.conflict?.theirs ?? shown?.conflict?.before ?? shown?.item;
    const named = known ?? [...writes].reverse().map(({ id, members }) => ({ ...id, ...members }));
    const { title, year } = (Array.isArray(named) ? (named.at(-1) ?? {}) : named) as Partial<MovieKey>;
    return { title: title ?? 'An entry', ...(year !== undefined && { year }) };
}

function nameOf({ collection, writes }: Touched): string {
    return `${collection} ${writes[0]?.key ?? ''}`;
}

const operations = {
    movies: { add: 'Add', put: 'Change', update: 'Change', delete: 'Delete' },
    watchlist: {
        add: 'Add to the watchlist',
        put: 'Add to the watchlist',
        update: 'Change in the watchlist',
        delete: 'Remove from the watchlist',
    },
} as const;

function Heading({ item, write }: { readonly item: Touched; readonly write?: QueuedWrite }) {
    const { title, year } = titleOf(item);
    return (
        <p className="waiting-title">
            {write && `${operations[item.collection][write.operation]}: `}
            {year === undefined ? title : <Link href={movieAddress({ title, year })}>{title}</Link>}{' '}
            {year !== undefined && <span className="year">{year}</span>}
        </p>
    );
}

function Waiting({ writes, store }: { readonly writes: readonly Omit<WriteProps, 'store'>[]; readonly store: Store }) {
    const online = useOnline();
    const send = useMutation({ mutationFn: () => store.sync() });
    return (
        <>
            <Group title="Waiting">
                {writes.map(({ item, write }) => (
                    <li key={write.seq} className="waiting-item">
                        <Heading item={item} write={write} />
                        <p className="small">
                            {write.tried
                                ? 'Sent, but no answer came. It is sent again, and done once.'
                                : 'Not sent yet.'}
                        </p>
                    </li>
                ))}
            </Group>
            <p>
                {online
                    ? 'It is sent as soon as the service answers.'
                    : 'It is sent when there is a network.'}
            </p>
            <ErrorNotice error={send.error} />
            <p className="actions">
                <button
                    type="button"
                    className="button"
                    aria-disabled={send.isPending}
                    onClick={() => {
                        if (!send.isPending) {
                            send.mutate();
                        }
                    }}
                >
                    {send.isPending ? 'Trying …' : 'Try now'}
                </button>
            </p>
        </>
    );
}

const reasons = {
    changed: 'Somebody else changed it, too.',
    deleted: 'Somebody else deleted it.',
    exists: 'Somebody else added it before.',
    expired: 'It was sent long ago, and is not there: it was never added, or is deleted since.',
};

function Conflict({ item, store }: ItemProps) {
    const { movies, watchlist } = store.collections;
    const { shown, collection, writes } = item;
    const [isChoosing, setIsChoosing] = useState(false);
    const id = writes[0]?.id as never;
    const settle = useMutation({
        mutationFn: async (choice: 'mine' | 'theirs') => {
            const handle = collection === 'movies' ? movies : watchlist;
            await (choice === 'mine' ? handle.keepMine(id) : handle.takeTheirs(id));
        },
        onSuccess: (_, choice) =>
            tell(choice === 'mine' ? 'Yours is sent.' : 'Yours is dropped.'),
    });
    const conflict = shown?.conflict;
    if (conflict === undefined) {
        return null;
    }
    const { reason, mine, theirs, before } = conflict;
    const { title } = titleOf(item);
    const parts = differences(collection, mine, theirs);
    const movieConflict =
        collection === 'movies' && mine !== undefined && theirs !== undefined && before !== undefined
            ? (conflict as Required<NonNullable<ShownMovie['conflict']>>)
            : undefined;
    return (
        <li className="waiting-item">
            <Heading item={item} />
            <p>
                {reasons[reason]}
                {mine === undefined && ' You deleted it.'}
            </p>
            {parts.length > 0 && (
                <dl className="waiting-parts">
                    {parts.map(({ label, mine: own, theirs: others }) => (
                        <div key={label}>
                            <dt>{label}</dt>
                            <dd>Yours: {own}</dd>
                            <dd>Theirs: {others}</dd>
                        </div>
                    ))}
                </dl>
            )}
            <ErrorNotice error={settle.error} />
            <p className="actions">
                <button
                    type="button"
                    className="button"
                    aria-label={`Keep mine: ${title}`}
                    onClick={() => settle.mutate('mine')}
                >
                    {mine === undefined ? 'Delete it all the same' : 'Keep mine'}
                </button>
                <button
                    type="button"
                    className="button"
                    aria-label={`Take theirs: ${title}`}
                    onClick={() => settle.mutate('theirs')}
                >
                    {theirs === undefined ? 'Drop mine' : 'Take theirs'}
                </button>
                {movieConflict && (
                    <button type="button" className="button" onClick={() => setIsChoosing(true)}>
                        Choose part by part
                    </button>
                )}
            </p>
            {movieConflict?.theirs && movieConflict.mine && movieConflict.before && isChoosing && (
                <ConflictSheet
                    base={movieConflict.before}
                    mine={toFormValues(movieConflict.mine)}
                    theirs={movieConflict.theirs}
                    onClose={() => setIsChoosing(false)}
                    onResolve={(values) => {
                        setIsChoosing(false);
                        void putTogether(store, movieConflict.theirs as MovieResponse, values);
                    }}
                />
            )}
        </li>
    );
}

/** Sends what the user put together in place of what waited. */
async function putTogether(
    store: Store,
    theirs: MovieResponse,
    values: Parameters<typeof toUpdateRequest>[1],
): Promise<void> {
    const { title, year } = theirs;
    const request = toUpdateRequest(theirs, values);
    await store.collections.movies.takeTheirs({ title, year });
    if (request !== undefined) {
        const { title: _, year: __, ...changes } = request;
        await store.collections.movies.update({ title, year }, changes, { seen: theirs });
    }
}

interface Part {
    readonly label: string;
    readonly mine: string;
    readonly theirs: string;
}

type Side = LocalMovie | LocalEntry | undefined;

/** In what two versions of an item differ. */
function differences(collection: Touched['collection'], mine: Side, theirs: Side): readonly Part[] {
    const parts = collection === 'movies' ? movieParts : entryParts;
    const [own, others] = [mine && parts(mine as never), theirs && parts(theirs as never)];
    return Object.keys({ ...own, ...others })
        .map((label) => ({
            label,
            mine: textOf(own, label),
            theirs: textOf(others, label),
        }))
        .filter(({ mine: one, theirs: other }) => one !== other);
}

function textOf(parts: Readonly<Record<string, string>> | undefined, label: string): string {
    return parts === undefined ? 'deleted' : parts[label] || 'nothing';
}

function movieParts(movie: LocalMovie): Readonly<Record<string, string>> {
    const values = toFormValues(movie);
    return Object.fromEntries(members.map(({ name, label }) => [label, [values[name]].flat().join(', ')]));
}

function entryParts({ watched, watchedOn, rating, note }: LocalEntry): Readonly<Record<string, string>> {
    return {
        Watched: watched ? 'yes' : 'no',
        'Watched on': watchedOn === undefined ? '' : formatDate(watchedOn),
        'Your rating': String(rating ?? ''),
        Note: note ?? '',
    };
}

/** What the form calls a member: `Genres` for `genres[2]`. */
function labelOf(field: string): string {
    const name = field.replace(/[.[].*$/, '');
    return members.find(({ apiName }) => apiName === name)?.label ?? name;
}

function Refused({ item, write, store }: WriteProps) {
    const { problem, seq } = write;
    const { title } = titleOf(item);
    const again = useMutation({ mutationFn: () => store.retry(seq) });
    const drop = useMutation({ mutationFn: () => store.discard(seq) });
    const faults = problem?.errors ?? [];
    return (
        <li className="waiting-item">
            <Heading item={item} write={write} />
            <p>{explainType(problem?.type, problem?.status)}</p>
            {faults.length > 0 && (
                <ul className="waiting-faults">
                    {faults.map(({ field, code }) => (
                        <li key={`${field} ${code}`}>
                            {labelOf(field)}: {fieldText(code)}
                        </li>
                    ))}
                </ul>
            )}
            <ErrorNotice error={again.error ?? drop.error} />
            <p className="actions">
                {write.operation === 'add' && item.shown !== undefined && (
                    // Its form has what was refused, and what it saves takes its place.
                    <Link
                        href={editAddress(item.shown.item)}
                        className="button"
                        aria-label={`Correct it: ${title}`}
                    >
                        Correct it
                    </Link>
                )}
                <button
                    type="button"
                    className="button"
                    aria-label={`Try again: ${title}`}
                    onClick={() => again.mutate()}
                >
                    Try again
                </button>
                <button
                    type="button"
                    className="button button-danger-plain"
                    aria-label={`Drop: ${title}`}
                    onClick={() => drop.mutate()}
                >
                    Drop
                </button>
            </p>
        </li>
    );
}
