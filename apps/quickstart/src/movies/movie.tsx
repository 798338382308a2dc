import { useMutation } from '@tanstack/react-query';
import { momentToDate } from 'movies-client';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { address, currentAddress, useQueryParameters } from '../app/hash-location';
import type { LocalMovie, ShownMovie } from '../offline/desk';
import { StateNotice } from '../offline/state';
import { Dialog } from '../ui/dialog';
import { Form, SubmitButton } from '../ui/fields';
import { Loading } from '../ui/loading';
import { EmptyState, ErrorNotice } from '../ui/notices';
import { Page } from '../ui/page';
import { tell } from '../ui/toast';
import { WatchlistPanel } from '../watchlist/panel';
import { formatDate, formatRating, formatRunningTime } from './format';
import { editAddress, movieKeyOf } from './movie-key';
import { Poster } from './poster';
import { useMayChange, useMovie } from './queries';
import { useMovieWrites } from './writes';

export function MoviePage() {
    const key = movieKeyOf(useQueryParameters());
    const { shown, isMissing, isDeletedHere, isUnknown, error, refetch } = useMovie(key);
    return (
        <Page
            title={key.title}
            heading={
                <>
                    {key.title} <span className="year">{key.year}</span>
                </>
            }
        >
            {shown ? (
                <Movie shown={shown} />
            ) : isDeletedHere ? (
                <EmptyState title="You deleted this movie">
                    <p>
                        It is deleted for everybody once this device has a network.{' '}
                        <Link href="/waiting">Look at what waits</Link>.
                    </p>
                </EmptyState>
            ) : isUnknown ? (
                <EmptyState title="This movie is not on this device">
                    <p>
                        It can be shown when there is a network.{' '}
                        <Link href="/">Look at the others</Link>.
                    </p>
                </EmptyState>
            ) : isMissing ? (
                <EmptyState title="There is no such movie">
                    <p>
                        It may have been deleted. <Link href="/">Look at the others</Link> or{' '}
                        <Link href={address('/add', { title: key.title, year: key.year })}>
                            add it
                        </Link>
                        .
                    </p>
                </EmptyState>
            ) : error ? (
                <ErrorNotice error={error} onRetry={() => void refetch()} />
            ) : (
                <Loading what="the movie" />
            )}
        </Page>
    );
}

function Movie({ shown }: { readonly shown: ShownMovie }) {
    const { item: movie, state } = shown;
    const { title, year, imageUrl, info, rating, rank, releaseDate, runningTimeSeconds } = movie;
    const mayChange = useMayChange(movie);
    const [isDeleting, setIsDeleting] = useState(false);
    return (
        <article className="movie">
            <Poster title={title} year={year} imageUrl={imageUrl} eager />
            <div className="movie-text">
                <StateNotice state={state} />
                <ul className="facts">
                    {rating !== undefined && (
                        <li>
                            <span aria-hidden="true">★ </span>
                            <span className="visually-hidden">Rating </span>
                            {formatRating(rating)}
                        </li>
                    )}
                    {runningTimeSeconds !== undefined && (
                        <li>{formatRunningTime(runningTimeSeconds)}</li>
                    )}
                    {rank !== undefined && <li>No. {rank}</li>}
                    {releaseDate !== undefined && <li>{formatDate(releaseDate)}</li>}
                </ul>
                {movie.genres.length > 0 && (
                    <ul className="tags" aria-label="Genres">
                        {movie.genres.map((genre) => (
                            <li key={genre}>
                                <Link href={address('/', { genre })}>{genre}</Link>
                            </li>
                        ))}
                    </ul>
                )}
                {info !== undefined && <p className="plot">{info}</p>}
                <dl className="people">
                    <Names label="Directed by" names={movie.directors} />
                    <Names label="With" names={movie.actors} />
                </dl>
                <WatchlistPanel movie={movie} />
                <footer className="movie-foot">
                    {mayChange && (
                        <p className="actions">
                            <Link href={editAddress(movie)} className="button">
                                Edit
                            </Link>
                            <button
                                type="button"
                                className="button button-danger-plain"
                                onClick={() => setIsDeleting(true)}
                            >
                                Delete
                            </button>
                        </p>
                    )}
                    <p className="small">
                        {movie.updatedAt === undefined ? (
                            'Not sent yet'
                        ) : (
                            <>
                                Version {movie.version}, changed{' '}
                                {momentToDate(movie.updatedAt).toLocaleString('en', {
                                    dateStyle: 'medium',
                                    timeStyle: 'short',
                                })}
                            </>
                        )}
                        {!mayChange && '. Only who added it, and editors, can change it'}.
                    </p>
                </footer>
            </div>
            {isDeleting && <DeleteDialog movie={movie} onClose={() => setIsDeleting(false)} />}
        </article>
    );
}

function Names({ label, names }: { readonly label: string; readonly names: readonly string[] }) {
    if (names.length === 0) {
        return null;
    }
    return (
        <div>
            <dt>{label}</dt>
            <dd>{names.join(', ')}</dd>
        </div>
    );
}

interface DeleteDialogProps {
    readonly movie: LocalMovie;
    readonly onClose: () => void;
}

function DeleteDialog({ movie, onClose }: DeleteDialogProps) {
    const [, navigate] = useLocation();
    const { remove: removeMovie, takeTheirs } = useMovieWrites();
    // What others make of the movie meanwhile is not what the user wants to delete.
    const [seen] = useState(movie);
    const remove = useMutation({
        mutationFn: async () => ({
            here: currentAddress(),
            ...(await removeMovie(seen)),
        }),
        onSuccess: ({ became, here }) => {
            if (became !== 'conflict') {
                tell(
                    became === 'sent'
                        ? `“${movie.title}” is deleted.`
                        : `“${movie.title}” is deleted here, and for everybody when there is a network.`,
                );
                if (currentAddress() === here) {
                    navigate('/');
                }
            }
        },
    });
    const isChanged = remove.data?.became === 'conflict';
    const lookAgain = async () => {
        await takeTheirs(movie);
        onClose();
    };
    const submit = () => {
        if (!remove.isPending) {
            remove.mutate();
        }
    };
    return (
        <Dialog title="Delete this movie?" onClose={onClose}>
            <Form onSubmit={submit} error={remove.error}>
                <p>
                    “{movie.title}” ({movie.year}) is deleted for everybody. It cannot be undone.
                </p>
                {isChanged && (
                    <div className="notice notice-error" role="alert">
                        <p className="notice-title">It was changed in the meantime</p>
                        <p>Nothing is deleted. Look at it again, then decide.</p>
                        <p className="notice-actions">
                            <button type="button" className="button" onClick={() => void lookAgain()}>
                                Look at the new version
                            </button>
                        </p>
                    </div>
                )}
                <ErrorNotice error={remove.error} />
                <div className="dialog-actions">
                    <button type="button" className="button" onClick={onClose}>
                        Keep it
                    </button>
                    <SubmitButton danger busy={remove.isPending}>
                        Delete
                    </SubmitButton>
                </div>
            </Form>
        </Dialog>
    );
}
