import { useEffect, useRef } from 'react';
import { useUpload } from '../pictures/queries';
import { UnreadablePictureError } from '../app/errors';
import { TextField } from '../ui/fields';
import { ErrorNotice } from '../ui/notices';
import { Poster } from './poster';

interface PosterFieldProps {
    readonly title: string;
    readonly year: number;
    readonly imageUrl: string;
    readonly onChange: (imageUrl: string) => void;
    readonly onUploading: (isUploading: boolean) => void;
    readonly error?: string | undefined;
}

/** The address of a poster, and a button that uploads a picture and enters its address. */
export function PosterField(props: PosterFieldProps) {
    const { title, year, imageUrl, onChange, onUploading, error } = props;
    const input = useRef<HTMLInputElement>(null);
    const upload = useUpload(onChange);
    const { isOffered, isPending, preview, url } = upload;
    useEffect(() => {
        onUploading(isPending);
    }, [isPending]);

    // The preview stays when the upload has ended: its own address may take a moment to load.
    const isPreviewed = preview !== undefined && (isPending || url === imageUrl);
    return (
        <div className="poster-field">
            <Poster
                title={title || 'Your movie'}
                year={year}
                imageUrl={(isPreviewed ? preview : imageUrl) || undefined}
            />
            <div className="poster-controls">
                <TextField
                    label="Poster"
                    type="url"
                    inputMode="url"
                    placeholder="https://"
                    maxLength={2048}
                    value={imageUrl}
                    onChange={onChange}
                    error={error}
                    hint={
                        isOffered
                            ? 'The address of a picture. Without one, a poster is drawn.'
                            : 'No pictures can be uploaded here: enter the https address of one. Without one, a poster is drawn.'
                    }
                />
                {isOffered && (
                    <p className="actions">
                        <button
                            type="button"
                            className="button"
                            onClick={() => input.current?.click()}
                        >
                            {isPending && <span className="spinner" aria-hidden="true" />}
                            Choose a picture
                        </button>
                        <input
                            ref={input}
                            type="file"
                            hidden
                            accept="image/jpeg,image/png,image/webp"
                            aria-label="Picture"
                            onChange={({ target }) => {
                                const [file] = target.files ?? [];
                                // The same file can be chosen again.
                                target.value = '';
                                if (file !== undefined) {
                                    upload.start(file);
                                }
                            }}
                        />
                    </p>
                )}
                <p className="small poster-status" role="status">
                    {isPending
                        ? preview === undefined
                            ? 'Making the picture smaller …'
                            : 'Uploading the picture …'
                        : isPreviewed && 'The picture is uploaded. It belongs to the movie once you save.'}
                </p>
                <ErrorNotice
                    error={upload.error}
                    onRetry={upload.error instanceof UnreadablePictureError ? undefined : upload.retry}
                />
            </div>
        </div>
    );
}
