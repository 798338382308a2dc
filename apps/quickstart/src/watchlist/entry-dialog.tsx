import type { UpdateWatchlistEntryRequest } from 'movies-client';
import { useState } from 'react';
import { fieldErrors } from '../app/errors';
import type { LocalEntry } from '../offline/desk';
import { Dialog } from '../ui/dialog';
import { Form, SubmitButton, TextAreaField, TextField } from '../ui/fields';
import { ErrorNotice } from '../ui/notices';
import { tell } from '../ui/toast';
import { useDeleteEntry, useUpdateEntry } from './queries';

interface EntryDialogProps {
    readonly entry: LocalEntry;
    /** What the box "watched" is at first. */
    readonly watched?: boolean;
    readonly onClose: () => void;
}

/** Changes an entry: watched or not, when, a rating and a note. */
export default function EntryDialog({ entry, watched: at = entry.watched, onClose }: EntryDialogProps) {
    const [watched, setWatched] = useState(at);
    const [watchedOn, setWatchedOn] = useState(entry.watchedOn ?? (at ? today() : ''));
    const [rating, setRating] = useState(entry.rating === undefined ? '' : String(entry.rating));
    const [note, setNote] = useState(entry.note ?? '');
    const [fault, setFault] = useState<string>();
    // What other devices make of the entry meanwhile is not what the user saw.
    const [seen] = useState(entry);
    const update = useUpdateEntry(seen);
    const remove = useDeleteEntry(seen);

    const save = () => {
        const isWrong = rating !== '' && !(Number(rating) >= 0 && Number(rating) <= 10);
        setFault(isWrong ? 'A number from 0 to 10.' : undefined);
        if (isWrong || update.isPending) {
            return;
        }
        update.mutate(toRequest(watched, watchedOn, rating, note), {
            onSuccess: () => {
                tell('Your watchlist is saved.');
                onClose();
            },
        });
    };
    const faults = fieldErrors(update.error);
    return (
        <Dialog title={entry.title} onClose={onClose}>
            <Form onSubmit={save} error={fault ?? update.error}>
                <label className="choice">
                    <input
                        type="checkbox"
                        checked={watched}
                        onChange={(event) => {
                            setWatched(event.target.checked);
                            setWatchedOn(event.target.checked ? watchedOn || today() : '');
                        }}
                    />
                    <span className="choice-text">I have watched it</span>
                </label>
                <div className="field-row">
                    <TextField
                        label="Watched on"
                        type="date"
                        value={watchedOn}
                        onChange={setWatchedOn}
                        error={faults['watchedOn']}
                    />
                    <TextField
                        label="Your rating"
                        inputMode="decimal"
                        placeholder="0 to 10"
                        value={rating}
                        onChange={(text) => setRating(text.replace(',', '.'))}
                        error={fault ?? faults['rating']}
                    />
                </div>
                <TextAreaField
                    label="Note"
                    rows={3}
                    maxLength={1000}
                    value={note}
                    onChange={setNote}
                    error={faults['note']}
                    hint="Only you see it."
                />
                <ErrorNotice error={update.error ?? remove.error} />
                <div className="dialog-actions">
                    <button
                        type="button"
                        className="button button-danger-plain"
                        aria-disabled={remove.isPending}
                        onClick={() =>
                            remove.mutate(undefined, {
                                onSuccess: () => {
                                    tell(`“${entry.title}” is removed from your watchlist.`);
                                    onClose();
                                },
                            })
                        }
                    >
                        Remove
                    </button>
                    <SubmitButton busy={update.isPending}>Save</SubmitButton>
                </div>
            </Form>
        </Dialog>
    );
}

function today(): string {
    const now = new Date();
    const two = (number: number) => String(number).padStart(2, '0');
    return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

function toRequest(
    watched: boolean,
    watchedOn: string,
    rating: string,
    note: string,
): UpdateWatchlistEntryRequest {
    const clear = [
        ...(watchedOn === '' ? ['watchedOn'] : []),
        ...(rating === '' ? ['rating'] : []),
        ...(note.trim() === '' ? ['note'] : []),
    ];
    return {
        watched,
        watchedOn: watchedOn === '' ? undefined : watchedOn,
        rating: rating === '' ? undefined : Number(rating),
        note: note.trim() === '' ? undefined : note,
        clear: clear.length === 0 ? undefined : clear,
    };
}
