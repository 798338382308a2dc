import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { useDraft } from '../app/drafts';
import { fieldErrors } from '../app/errors';
import { currentAddress, navigate, useQueryParameters } from '../app/hash-location';
import type { LocalMovie } from '../offline/desk';
import { Form, SubmitButton } from '../ui/fields';
import { Loading } from '../ui/loading';
import { EmptyState, ErrorNotice } from '../ui/notices';
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
import { useMovie } from './queries';
import { useMovieWrites } from './writes';

export default function EditMoviePage() {
    const key = movieKeyOf(useQueryParameters());
    const { movie, error, refetch, isMissing, isUnknown } = useMovie(key);
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
            ) : isMissing || isUnknown ? (
                <EmptyState title="This movie cannot be changed now">
                    <p>
                        {isMissing
                            ? 'It was deleted.'
                            : 'It is not on this device, and there is no network.'}{' '}
                        <Link href="/">Look at the others</Link>.
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

interface EditDraft {
    /** The version that the user changes. The service takes the change only if it is still that one. */
    readonly base: LocalMovie;
    readonly values: MovieFormValues;
}

function EditForm({ movie }: { readonly movie: LocalMovie }) {
    const writes = useMovieWrites();
    const draft = useDraft<EditDraft>(`edit:${movie.year}:${movie.title}`, () => ({
        base: movie,
        values: toFormValues(movie),
    }));
    const { base, values } = draft.value;
    const [faults, setFaults] = useState<Readonly<Record<string, string>>>({});
    const [theirs, setTheirs] = useState<LocalMovie>();
    const [isUploading, setIsUploading] = useState(false);

    const finish = (text: string, from: string) => {
        draft.forget();
        tell(text);
        // The user may have gone to another page meanwhile.
        if (currentAddress() === from) {
            navigate(movieAddress(movie), { replace: true });
        }
    };

    const save = useMutation({
        mutationFn: async (wanted: EditDraft) => {
            const id = keyOf(movie);
            const here = currentAddress();
            const conflict = (await writes.find(id))?.conflict;
            // Somebody else was faster: the user decides with both versions in view.
            if (conflict?.theirs !== undefined && conflict.theirs.etag !== wanted.base.etag) {
                return setTheirs(conflict.theirs);
            }
            const request = toUpdateRequest(wanted.base, wanted.values);
            if (conflict !== undefined) {
                await writes.takeTheirs(id);
            }
            if (request === undefined) {
                return finish('Nothing was changed.', here);
            }
            const written = await writes.update(request, wanted.base);
            if (written.became === 'conflict') {
                return written.theirs === undefined
                    ? finish('Somebody deleted this movie. Decide what becomes of your change.', here)
                    : setTheirs(written.theirs);
            }
            return finish(
                written.became === 'sent'
                    ? 'Your change is saved.'
                    : 'Your change is on this device. It is sent when there is a network.',
                here,
            );
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
