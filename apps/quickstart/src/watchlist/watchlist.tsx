import { useState } from 'react';
import { Link } from 'wouter';
import { movieAddress } from '../movies/movie-key';
import { Poster } from '../movies/poster';
import type { ShownEntry } from '../offline/desk';
import { StateTag } from '../offline/state';
import { Loading } from '../ui/loading';
import { EmptyState, ErrorNotice } from '../ui/notices';
import { Page } from '../ui/page';
import EntryDialog from './entry-dialog';
import { EntrySummary } from './panel';
import { useWatchlist } from './queries';

const filters = {
    all: 'All',
    open: 'To watch',
    watched: 'Watched',
};
type Filter = keyof typeof filters;

/** Sorts behind all times. */
const LATEST = '9999';

export default function WatchlistPage() {
    const { entries, error, retry } = useWatchlist();
    return (
        <Page title="Watchlist" narrow>
            {entries ? (
                <Entries entries={entries} />
            ) : error ? (
                <ErrorNotice error={error} onRetry={retry} />
            ) : (
                <Loading what="your watchlist" />
            )}
        </Page>
    );
}

function Entries({ entries }: { readonly entries: readonly ShownEntry[] }) {
    const [filter, setFilter] = useState<Filter>('all');
    const [edited, setEdited] = useState<string>();
    const entry = entries.find(({ key }) => key === edited)?.item;
    if (entries.length === 0) {
        return (
            <EmptyState title="Nothing to watch yet">
                <p>Open a movie and add it. Only you see this list.</p>
                <p>
                    <Link href="/" className="button button-primary">
                        Look for a movie
                    </Link>
                </p>
            </EmptyState>
        );
    }
    const shown = entries
        .filter(({ item }) => filter === 'all' || item.watched === (filter === 'watched'))
        // What is to be watched comes first, then the latest.
        .toSorted(
            ({ item: one }, { item: other }) =>
                Number(one.watched) - Number(other.watched) ||
                // What the service has not seen yet is the latest.
                (other.createdAt ?? LATEST).localeCompare(one.createdAt ?? LATEST),
        );
    return (
        <>
            <fieldset className="segments">
                <legend className="visually-hidden">Show</legend>
                {Object.entries(filters).map(([value, label]) => (
                    <label key={value}>
                        <input
                            type="radio"
                            name="filter"
                            checked={filter === value}
                            onChange={() => setFilter(value as Filter)}
                        />
                        <span>{label}</span>
                    </label>
                ))}
            </fieldset>
            <p className="count" role="status">
                {shown.length === 1 ? '1 movie' : `${shown.length} movies`}
            </p>
            <ul className="entries">
                {shown.map(({ key, item: one, state }) => (
                    <li key={key} className="entry">
                        <Poster title={one.title} year={one.year} />
                        <div className="entry-text">
                            <p className="entry-title">
                                <Link href={movieAddress(one)}>{one.title}</Link>{' '}
                                <span className="year">{one.year}</span>
                            </p>
                            <EntrySummary entry={one} />
                            <StateTag state={state} />
                        </div>
                        <button
                            type="button"
                            className="button"
                            aria-label={`Change ${one.title}`}
                            onClick={() => setEdited(key)}
                        >
                            Change
                        </button>
                    </li>
                ))}
            </ul>
            {entry && (
                <EntryDialog
                    key={entry.entryId}
                    entry={entry}
                    onClose={() => setEdited(undefined)}
                />
            )}
        </>
    );
}
