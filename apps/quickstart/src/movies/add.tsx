import { useMutation } from '@tanstack/react-query';
import type { AddMovieRequest } from 'movies-client';
import { useState } from 'react';
import { Link } from 'wouter';
import { useDraft } from '../app/drafts';
import { fieldErrors, isOffline, isProblem } from '../app/errors';
import { currentAddress, navigate, useQueryParameters } from '../app/hash-location';
import { Form, SubmitButton, TextField } from '../ui/fields';
import { ErrorNotice } from '../ui/notices';
import { Page } from '../ui/page';
import { tell } from '../ui/toast';
import { DraftNotice, MovieFields } from './movie-fields';
import { emptyForm, faultsOf, toAddRequest, type MovieFormValues } from './movie-form-values';
import { movieAddress } from './movie-key';
import { useMovieWrites } from './writes';

interface AddDraft {
    readonly title: string;
    readonly year: string;
    readonly values: MovieFormValues;
}

export default function AddMoviePage() {
    const writes = useMovieWrites();
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
        mutationFn: async (request: AddMovieRequest) => ({
            here: currentAddress(),
            title: request.title.trim(),
            year: request.year,
            ...(await writes.add(request)),
        }),
        onSuccess: ({ became, here, ...movie }) => {
            draft.forget();
            tell(
                became === 'sent'
                    ? `“${movie.title}” is added.`
                    : `“${movie.title}” is on this device. It is sent when there is a network.`,
            );
            // The user may have gone to another page meanwhile.
            if (currentAddress() === here) {
                navigate(movieAddress(movie), { replace: true });
            }
        },
    });
    const isThere = isProblem(add.error, 'movie-exists') || isOffline(add.error, 'itemExists');

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
        add.mutate(toAddRequest(title, year, values));
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
                <ErrorNotice error={add.error} onRetry={isThere ? undefined : submit}>
                    {isThere && (
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
