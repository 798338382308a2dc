import { useMutation } from '@tanstack/react-query';
import type { MovieResponse } from 'movies-client';
import { useState } from 'react';
import { Link } from 'wouter';
import { useDraft } from '../app/drafts';
import { fieldErrors, isProblem } from '../app/errors';
import { navigate, useQueryParameters } from '../app/hash-location';
import { useClient } from '../app/stage';
import { Form, SubmitButton } from '../ui/fields';
import { Loading } from '../ui/loading';
import { ErrorNotice } from '../ui/notices';
import { Page } from '../ui/page';
import { tell } from '../ui/toast';
import { ConflictSheet } from './conflict-sheet';
import { DraftNotice, MovieFields } from './movie-fields';
import {
    faultsOf,
    toFormValues,
    toUpdateRequest,
    type MovieFormValues,
} from './movie-form-values';
import { movieAddress, movieKeyOf, type MovieKey } from './movie-key';
import { useMovie, useMovieChanged } from './queries';

export default function EditMoviePage() {
    const key = movieKeyOf(useQueryParameters());
    const { data: movie, error, refetch } = useMovie(key);
    return (
        <Page
            title={`Edit ${key.title}`}
            heading={
                <>
                    Edit {key.title} <span className="year">{key.year}</span>
                </>
            }
            narrow
        >
            {movie ? (
                <EditForm movie={movie} />
            ) : error ? (
                <ErrorNotice error={error} onRetry={() => void refetch()} />
            ) : (
                <Loading what="the movie" />
            )}
        </Page>
    );
}

interface EditDraft {
    /** The version that the user changes. The service takes the change only if it is still that one. */
    readonly base: MovieResponse;
    readonly values: MovieFormValues;
}

function EditForm({ movie }: { readonly movie: MovieResponse }) {
    const { api } = useClient();
    const changed = useMovieChanged();
    const draft = useDraft<EditDraft>(`edit:${movie.year}:${movie.title}`, () => ({
        base: movie,
        values: toFormValues(movie),
    }));
    const { base, values } = draft.value;
    const [faults, setFaults] = useState<Readonly<Record<string, string>>>({});
    const [theirs, setTheirs] = useState<MovieResponse>();
    const [isUploading, setIsUploading] = useState(false);

    const finish = (saved: MovieResponse, text: string) => {
        draft.forget();
        changed(saved, saved);
        tell(text);
        navigate(movieAddress(saved), { replace: true });
    };

    const save = useMutation({
        mutationFn: async (wanted: EditDraft) => {
            const request = toUpdateRequest(wanted.base, wanted.values);
            if (request === undefined) {
                return finish(wanted.base, 'Nothing was changed.');
            }
            try {
                const answer = await api.updateMovie(request, { ifMatch: wanted.base.etag });
                return finish(answer.value, 'Your change is saved.');
            } catch (error) {
                if (!isProblem(error, 'version-mismatch')) {
                    throw error;
                }
                // Somebody else was faster: the user decides with both versions in view.
                setTheirs((await api.findMovieCached(keyOf(movie))).value);
            }
        },
    });

    const submit = () => {
        const found = faultsOf(values);
        setFaults(found);
        if (Object.keys(found).length === 0 && !save.isPending && !isUploading) {
            save.mutate(draft.value);
        }
    };

    const allFaults = { ...fieldErrors(save.error), ...faults };
    const hasFaults = Object.keys(faults).length > 0;
    return (
        <Form onSubmit={submit} error={hasFaults ? faults : save.error}>
            <DraftNotice restored={draft.restored} onDiscard={draft.discard} />
            <MovieFields
                title={movie.title}
                year={movie.year}
                values={values}
                onChange={(patch) => draft.set({ base, values: { ...values, ...patch } })}
                onUploading={setIsUploading}
                faults={allFaults}
            />
            <ErrorNotice error={save.error} onRetry={submit} />
            <div className="actions">
                <SubmitButton busy={save.isPending || isUploading}>Save</SubmitButton>
                <Link href={movieAddress(movie)} className="button" onClick={draft.forget}>
                    Cancel
                </Link>
            </div>
            {theirs && (
                <ConflictSheet
                    base={base}
                    mine={values}
                    theirs={theirs}
                    onClose={() => setTheirs(undefined)}
                    onResolve={(resolved) => {
                        const next = { base: theirs, values: resolved };
                        draft.set(next);
                        setTheirs(undefined);
                        save.mutate(next);
                    }}
                />
            )}
        </Form>
    );
}

function keyOf({ title, year }: MovieKey): MovieKey {
    return { title, year };
}
