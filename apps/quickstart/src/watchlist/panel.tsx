import { lazy, Suspense, useState } from 'react';
import { newId } from '../app/id';
import { formatDate, formatRating } from '../movies/format';
import type { MovieKey } from '../movies/movie-key';
import type { LocalEntry } from '../offline/desk';
import { StateTag } from '../offline/state';
import { Icon } from '../ui/icons';
import { ErrorNotice } from '../ui/notices';
import { tell } from '../ui/toast';
import { useAddEntry, useWatchlist } from './queries';

const EntryDialog = lazy(() => import('./entry-dialog'));

/** On the page of a movie: its entry in the watchlist, or a button that adds it. */
export function WatchlistPanel({ movie }: { readonly movie: MovieKey }) {
    const { entries, error, retry } = useWatchlist();
    const add = useAddEntry();
    const [isEditing, setIsEditing] = useState(false);
    if (error && !entries) {
        return <ErrorNotice error={error} onRetry={retry} />;
    }
    const { title, year } = movie;
    const shown = entries?.find(({ item }) => item.title === title && item.year === year);
    const entry = shown?.item;
    const submit = () =>
        add.mutate(
            { entryId: newId(), body: { title, year } },
            { onSuccess: () => tell(`“${title}” is in your watchlist.`) },
        );
    return (
        <section className="watch-panel" aria-label="Your watchlist">
            {entry ? (
                <>
                    <EntrySummary entry={entry} />
                    {shown && <StateTag state={shown.state} />}
                    <button type="button" className="button" onClick={() => setIsEditing(true)}>
                        {entry.watched ? 'Change' : 'I have seen it'}
                    </button>
                </>
            ) : (
                <button
                    type="button"
                    className="button button-primary"
                    disabled={!entries}
                    aria-disabled={add.isPending}
                    onClick={() => {
                        if (!add.isPending) {
                            submit();
                        }
                    }}
                >
                    <Icon name="watchlist" />
                    Add to watchlist
                </button>
            )}
            <ErrorNotice error={add.error} onRetry={submit} />
            {entry && isEditing && (
                <Suspense>
                    <EntryDialog
                        entry={entry}
                        watched
                        onClose={() => setIsEditing(false)}
                    />
                </Suspense>
            )}
        </section>
    );
}

/** What an entry says, in a line or two. */
export function EntrySummary({ entry }: { readonly entry: LocalEntry }) {
    const { watched, watchedOn, rating, note } = entry;
    return (
        <div className="entry-summary">
            <p>
                <Icon name={watched ? 'check' : 'watchlist'} />
                {watched ? 'Watched' : 'To watch'}
                {watchedOn !== undefined && ` ${formatDate(watchedOn)}`}
                {rating !== undefined && ` · your rating ${formatRating(rating)}`}
            </p>
            {note !== undefined && <p className="note">{note}</p>}
        </div>
    );
}
