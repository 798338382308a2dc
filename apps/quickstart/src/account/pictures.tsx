import { momentToDate, type PictureResponse } from 'movies-client';
import { useState } from 'react';
import { useDeletePicture, usePictures } from '../pictures/queries';
import { Dialog } from '../ui/dialog';
import { Form, SubmitButton } from '../ui/fields';
import { Loading } from '../ui/loading';
import { ErrorNotice } from '../ui/notices';
import { tell } from '../ui/toast';
import { Section } from './section';

export function Pictures() {
    const { data: pictures, error, refetch } = usePictures();
    const [asked, setAsked] = useState<PictureResponse>();
    return (
        <Section title="Your pictures">
            {pictures ? (
                pictures.length === 0 ? (
                    <p>None yet. You can upload one as the poster of a movie.</p>
                ) : (
                    <ul className="pictures">
                        {pictures.map((picture) => (
                            <Picture
                                key={picture.pictureId}
                                picture={picture}
                                onDelete={() => setAsked(picture)}
                            />
                        ))}
                    </ul>
                )
            ) : error ? (
                <ErrorNotice error={error} onRetry={() => void refetch()} />
            ) : (
                <Loading what="your pictures" />
            )}
            {asked && <DeleteDialog picture={asked} onClose={() => setAsked(undefined)} />}
        </Section>
    );
}

interface PictureProps {
    readonly picture: PictureResponse;
    readonly onDelete: () => void;
}

function Picture({ picture, onDelete }: PictureProps) {
    const [isMissing, setIsMissing] = useState(false);
    const added = momentToDate(picture.createdAt).toLocaleString('en', {
        dateStyle: 'medium',
        timeStyle: 'short',
    });
    return (
        <li>
            {isMissing ? (
                <p className="picture-missing small">Its file did not arrive.</p>
            ) : (
                <img
                    src={picture.url}
                    alt=""
                    loading="lazy"
                    decoding="async"
                    referrerPolicy="no-referrer"
                    onError={() => setIsMissing(true)}
                />
            )}
            <p className="small">
                Added {added}, {Math.ceil(picture.size / 1024)} KB
            </p>
            <button
                type="button"
                className="button"
                aria-label={`Delete the picture added ${added}`}
                onClick={onDelete}
            >
                Delete
            </button>
        </li>
    );
}

interface DeleteDialogProps {
    readonly picture: PictureResponse;
    readonly onClose: () => void;
}

function DeleteDialog({ picture, onClose }: DeleteDialogProps) {
    const remove = useDeletePicture(picture);
    const submit = () => {
        if (!remove.isPending) {
            remove.mutate(undefined, {
                onSuccess: () => {
                    tell('The picture is deleted.');
                    onClose();
                },
            });
        }
    };
    return (
        <Dialog title="Delete this picture?" onClose={onClose}>
            <Form onSubmit={submit} error={remove.error}>
                <p>
                    A movie that shows it then shows none: its poster is drawn. Who has seen the picture
                    may see it for another day.
                </p>
                <ErrorNotice error={remove.error} />
                <div className="dialog-actions">
                    <button type="button" className="button" onClick={onClose}>
                        Keep it
                    </button>
                    <SubmitButton danger busy={remove.isPending}>
                        Delete picture
                    </SubmitButton>
                </div>
            </Form>
        </Dialog>
    );
}
