import type { ListMoviesQuery } from 'movies-client';
import type { ItemState } from 'movies-client/offline';
import { memo, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { Link } from 'wouter';
import { address, navigate, useQueryParameters } from '../app/hash-location';
import type { LocalMovie, ShownMovie } from '../offline/desk';
import { StateTag } from '../offline/state';
import { Field } from '../ui/fields';
import { Icon } from '../ui/icons';
import { Loading } from '../ui/loading';
import { EmptyState, ErrorNotice } from '../ui/notices';
import { Page } from '../ui/page';
import { formatRating } from './format';
import { genres } from './genres';
import { movieAddress } from './movie-key';
import { Poster } from './poster';
import { useLocalMovies, useMovies } from './queries';

const orders = [
    { value: 'title', label: 'By title' },
    { value: '-rating', label: 'Best rated' },
    { value: '-year', label: 'Newest' },
    { value: 'year', label: 'Oldest' },
    { value: 'rank', label: 'By rank' },
];

interface Filter {
    readonly q: string;
    readonly genre: string;
    readonly sort: string;
}

/** What the address asks for, as the service takes it: words alone; or a genre, an order, or both. */
function toQuery({ q, genre, sort }: Filter): ListMoviesQuery {
    // Without a letter or a digit there is nothing to search for yet.
    if (/[\p{L}\p{N}]/u.test(q)) {
        return { q };
    }
    return genre === '' ? { sort } : { genre, sort: sort === 'rank' ? 'title' : sort };
}

export function BrowsePage() {
    const parameters = useQueryParameters();
    const filter = {
        q: parameters.get('q') ?? '',
        genre: parameters.get('genre') ?? '',
        sort: parameters.get('sort') ?? 'title',
    };
    // The search box stays quick while the list of the words before is still drawn.
    const shown = useDeferredValue(JSON.stringify(toQuery(filter)));
    const query = useMemo(() => JSON.parse(shown) as ListMoviesQuery, [shown]);
    return (
        <Page title="Movies">
            <FilterBar filter={filter} />
            <MovieList query={query} />
        </Page>
    );
}

function FilterBar({ filter }: { readonly filter: Filter }) {
    const isSearching = filter.q !== '';
    const change = (patch: Partial<Filter>) => {
        const next = { ...filter, ...patch };
        const sort = next.sort === 'title' ? '' : next.sort;
        navigate(address('/', { ...next, sort }), { replace: true });
    };
    return (
        <search className="filters">
            <Field label="Search" labelHidden>
                {(control) => (
                    <div className="search-box">
                        <Icon name="search" />
                        <input
                            {...control}
                            type="search"
                            placeholder="Title, director or actor"
                            value={filter.q}
                            autoComplete="off"
                            onChange={(event) => change({ q: event.target.value })}
                        />
                    </div>
                )}
            </Field>
            <Field label="Genre" labelHidden>
                {(control) => (
                    <select
                        {...control}
                        value={filter.genre}
                        disabled={isSearching}
                        onChange={(event) => change({ genre: event.target.value })}
                    >
                        <option value="">All genres</option>
                        {[...new Set([...genres, ...(filter.genre ? [filter.genre] : [])])].map(
                            (genre) => (
                                <option key={genre}>{genre}</option>
                            ),
                        )}
                    </select>
                )}
            </Field>
            <Field label="Order" labelHidden>
                {(control) => (
                    <select
                        {...control}
                        value={filter.sort}
                        disabled={isSearching}
                        onChange={(event) => change({ sort: event.target.value })}
                    >
                        {orders
                            .filter(({ value }) => value !== 'rank' || filter.genre === '')
                            .map(({ value, label }) => (
                                <option key={value} value={value}>
                                    {label}
                                </option>
                            ))}
                    </select>
                )}
            </Field>
        </search>
    );
}

function MovieList({ query }: { readonly query: ListMoviesQuery }) {
    const { list, movies, isLocal } = useMovies(query);
    const isComplete = list.data !== undefined && !list.hasNextPage;

    if (isLocal) {
        return <LocalMovieList query={query} />;
    }
    if (list.isPending) {
        return <Loading what="the movies" />;
    }
    if (list.isError && movies.length === 0) {
        return <ErrorNotice error={list.error} onRetry={() => void list.refetch()} />;
    }
    if (movies.length === 0 && isComplete) {
        return <NoMovies query={query} />;
    }
    return (
        <>
            <p className="count" role="status">
                {movies.length === 1 ? '1 movie' : `${movies.length} movies`}
                {!isComplete && ', and more below'}
            </p>
            <Cards movies={movies} isOld={list.isPlaceholderData} />
            {list.isFetchNextPageError && (
                <ErrorNotice error={list.error} onRetry={() => void list.fetchNextPage()} />
            )}
            {list.hasNextPage && !list.isFetchNextPageError && (
                <More
                    // A page may be empty though there are more, so each page is a new sentinel.
                    key={list.data?.pages.length}
                    busy={list.isFetchingNextPage}
                    onMore={() => void list.fetchNextPage()}
                />
            )}
        </>
    );
}

/** How many movies of this device are drawn at once. */
const CHUNK = 48;

/** What this device has, while the service cannot be asked. */
function LocalMovieList({ query }: { readonly query: ListMoviesQuery }) {
    const { movies, isComplete } = useLocalMovies(query);
    const [chunks, setChunks] = useState(1);
    if (movies === undefined) {
        return <Loading what="the movies" />;
    }
    const shown = movies.slice(0, chunks * CHUNK);
    return (
        <>
            <p className="from-device" role="status">
                From this device: {movies.length === 1 ? '1 movie' : `${movies.length} movies`}
                {!isComplete && '. Not all movies are kept here'}
            </p>
            {movies.length === 0 ? (
                <NoMovies query={query} />
            ) : (
                <Cards movies={shown} isOld={false} />
            )}
            {shown.length < movies.length && (
                <More key={chunks} busy={false} onMore={() => setChunks(chunks + 1)} />
            )}
        </>
    );
}

interface CardsProps {
    readonly movies: readonly ShownMovie[];
    readonly isOld: boolean;
}

function Cards({ movies, isOld }: CardsProps) {
    return (
        <ul className={isOld ? 'grid is-old' : 'grid'}>
            {movies.map(({ key, item, state }) => (
                <MovieCard key={key} movie={item} state={state} />
            ))}
        </ul>
    );
}

/** Asks for the next page when it comes near the screen, or when it is pressed. */
function More({ busy, onMore }: { readonly busy: boolean; readonly onMore: () => void }) {
    const ref = useRef<HTMLButtonElement>(null);
    useEffect(() => {
        const observer = new IntersectionObserver(
            ([entry]) => {
                if (entry?.isIntersecting) {
                    observer.disconnect();
                    onMore();
                }
            },
            { rootMargin: '600px' },
        );
        if (ref.current) {
            observer.observe(ref.current);
        }
        return () => observer.disconnect();
    }, []);
    return (
        <button ref={ref} type="button" className="button more" disabled={busy} onClick={onMore}>
            {busy ? 'Loading more …' : 'Show more'}
        </button>
    );
}

interface CardProps {
    readonly movie: LocalMovie;
    readonly state: ItemState;
}

/** A movie in the list. It is drawn again only when it has changed, however long the list gets. */
const MovieCard = memo(function MovieCard({ movie, state }: CardProps) {
    const { title, year, rating, imageUrl } = movie;
    return (
        <li>
            <Link href={movieAddress(movie)} className="card">
                <Poster title={title} year={year} imageUrl={imageUrl} />
                <span className="card-title">{title}</span>
                <span className="card-meta">
                    {year}
                    {rating !== undefined && (
                        <>
                            {' · '}
                            <span aria-hidden="true">★ </span>
                            <span className="visually-hidden">rated </span>
                            {formatRating(rating)}
                        </>
                    )}
                </span>
                <StateTag state={state} />
            </Link>
        </li>
    );
});

function NoMovies({ query }: { readonly query: ListMoviesQuery }) {
    if (query.q !== undefined) {
        return (
            <EmptyState title={`Nothing is called “${query.q}”`}>
                <p>Each word has to be the beginning of one in the title or in a name.</p>
                <p>
                    <Link href="/">Show all movies</Link> or{' '}
                    <Link href={address('/add', { title: query.q })}>add this one</Link>.
                </p>
            </EmptyState>
        );
    }
    if (query.genre !== undefined) {
        return (
            <EmptyState title={`No movies in ${query.genre}`}>
                <p>
                    <Link href="/">Show all movies</Link>
                </p>
            </EmptyState>
        );
    }
    return (
        <EmptyState title="No movies yet">
            <p>
                {query.sort === 'title'
                    ? 'Be the first to add one.'
                    : 'None has what this order goes by. Choose another order, or add a movie.'}
            </p>
            <p>
                <Link href="/add" className="button button-primary">
                    Add a movie
                </Link>
            </p>
        </EmptyState>
    );
}
