import { useMutation } from '@tanstack/react-query';
import type { AddMovieRequest } from 'movies-client';
import { useState } from 'react';
import { Link } from 'wouter';
import { useDraft } from '../app/drafts';
import { fieldErrors, isProblem } from '../app/errors';
import { navigate, useQueryParameters } from '../app/hash-location';
import { newId } from '../app/id';
import { useClient } from '../app/stage';
import { Form, SubmitButton, TextField } from '../ui/fields';
import { ErrorNotice } from '../ui/notices';
import { Page } from '../ui/page';
import { tell } from '../ui/toast';
import { DraftNotice, MovieFields } from './movie-fields';
import { emptyForm, faultsOf, toAddRequest, type MovieFormValues } from './movie-form-values';
import { movieAddress } from './movie-key';
import { useMovieChanged } from './queries';

interface AddDraft {
    readonly title: string;
    readonly year: string;
    readonly values: MovieFormValues;
    /** The last attempt. If its answer was lost, the same request with the same key adds nothing twice. */
    readonly attempt?: { readonly body: string; readonly key: string } | undefined;
}

export default function AddMoviePage() {
    const { api } = useClient();
    const changed = useMovieChanged();
    const parameters = useQueryParameters();
    const draft = useDraft<AddDraft>('add', () => ({
        title: parameters.get('title') ?? '',
        year: parameters.get('year') ?? '',
        values: emptyForm,
    }));
    const { title, year, values } = draft.value;
    const [faults, setFaults] = useState<Readonly<Record<string, string>>>({});
    const [isUploading, setIsUploading] = useState(false);

    const add = useMutation({
        mutationFn: async ({ request, key }: { request: AddMovieRequest; key: string }) =>
            (await api.addMovie(request, { idempotencyKey: key })).value,
        onSuccess: (movie) => {
            draft.forget();
            changed(movie, movie);
            tell(`“${movie.title}” is added.`);
            navigate(movieAddress(movie), { replace: true });
        },
    });

    const submit = () => {
        const found = {
            ...faultsOf(values),
            ...(title.trim() === '' && { title: 'Enter the title.' }),
            ...(!/^\d{4}$/.test(year.trim()) && { year: 'Four digits.' }),
        };
        setFaults(found);
        if (Object.keys(found).length > 0 || add.isPending || isUploading) {
            return;
        }
        const request = toAddRequest(title, year, values);
        const body = JSON.stringify(request);
        const before = draft.value.attempt;
        const attempt = before?.body === body ? before : { body, key: newId() };
        draft.set({ ...draft.value, attempt });
        add.mutate({ request, key: attempt.key });
    };

    const allFaults = { ...fieldErrors(add.error), ...faults };
    const hasFaults = Object.keys(faults).length > 0;
    return (
        <Page title="Add a movie" narrow>
            <Form onSubmit={submit} error={hasFaults ? faults : add.error}>
                <DraftNotice restored={draft.restored} onDiscard={draft.discard} />
                <div className="field-row field-row-title">
                    <TextField
                        label="Title"
                        maxLength={255}
                        value={title}
                        onChange={(text) => draft.set({ ...draft.value, title: text })}
                        error={allFaults['title']}
                    />
                    <TextField
                        label="Year"
                        inputMode="numeric"
                        maxLength={4}
                        value={year}
                        onChange={(text) => draft.set({ ...draft.value, year: text })}
                        error={allFaults['year']}
                    />
                </div>
                <MovieFields
                    title={title}
                    year={Number(year)}
                    values={values}
                    onChange={(patch) =>
                        draft.set({ ...draft.value, values: { ...values, ...patch } })
                    }
                    onUploading={setIsUploading}
                    faults={allFaults}
                />
                <ErrorNotice error={add.error} onRetry={isProblem(add.error, 'movie-exists') ? undefined : submit}>
                    {isProblem(add.error, 'movie-exists') && (
                        <Link href={movieAddress({ title: title.trim(), year: Number(year) })}>
                            Open that movie
                        </Link>
                    )}
                </ErrorNotice>
                <SubmitButton busy={add.isPending || isUploading}>Add movie</SubmitButton>
            </Form>
        </Page>
    );
}
