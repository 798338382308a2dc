import type { WatchlistEntryResponse } from 'movies-client';
import { useState } from 'react';
import { Link } from 'wouter';
import { movieAddress } from '../movies/movie-key';
import { Poster } from '../movies/poster';
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

export default function WatchlistPage() {
    const { data: entries, error, refetch } = useWatchlist();
    return (
        <Page title="Watchlist" narrow>
            {entries ? (
                <Entries entries={entries} />
            ) : error ? (
                <ErrorNotice error={error} onRetry={() => void refetch()} />
            ) : (
                <Loading what="your watchlist" />
            )}
        </Page>
    );
}

function Entries({ entries }: { readonly entries: readonly WatchlistEntryResponse[] }) {
    const [filter, setFilter] = useState<Filter>('all');
    const [edited, setEdited] = useState<string>();
    const entry = entries.find(({ entryId }) => entryId === edited);
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
        .filter(({ watched }) => filter === 'all' || watched === (filter === 'watched'))
        // What is to be watched comes first, then the latest.
        .toSorted(
            (one, other) =>
                Number(one.watched) - Number(other.watched) ||
                other.createdAt.localeCompare(one.createdAt),
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
                {shown.map((one) => (
                    <li key={one.entryId} className="entry">
                        <Poster title={one.title} year={one.year} />
                        <div className="entry-text">
                            <p className="entry-title">
                                <Link href={movieAddress(one)}>{one.title}</Link>{' '}
                                <span className="year">{one.year}</span>
                            </p>
                            <EntrySummary entry={one} />
                        </div>
                        <button
                            type="button"
                            className="button"
                            aria-label={`Change ${one.title}`}
                            onClick={() => setEdited(one.entryId)}
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
