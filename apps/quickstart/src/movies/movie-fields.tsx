import { TextAreaField, TextField } from '../ui/fields';
import { genres } from './genres';
import type { MovieFormValues } from './movie-form-values';
import { NameList } from './name-list';
import { PosterField } from './poster-field';

interface MovieFieldsProps {
    readonly title: string;
    readonly year: number;
    readonly values: MovieFormValues;
    readonly onChange: (patch: Partial<MovieFormValues>) => void;
    /** Called when the upload of a poster begins and ends: the form waits for it. */
    readonly onUploading: (isUploading: boolean) => void;
    readonly faults: Readonly<Record<string, string>>;
}

/** The fields that a movie has besides title and year, which identify it. */
export function MovieFields(props: MovieFieldsProps) {
    const { title, year, values, onChange, onUploading, faults } = props;
    return (
        <>
            <TextAreaField
                label="Plot"
                rows={4}
                maxLength={4000}
                value={values.info}
                onChange={(info) => onChange({ info })}
                error={faults['info']}
            />
            <NameList
                label="Genres"
                suggestions={genres}
                value={values.genres}
                onChange={(names) => onChange({ genres: names })}
                error={faults['genres']}
            />
            <NameList
                label="Directors"
                value={values.directors}
                onChange={(names) => onChange({ directors: names })}
                error={faults['directors']}
            />
            <NameList
                label="Actors"
                value={values.actors}
                onChange={(names) => onChange({ actors: names })}
                error={faults['actors']}
            />
            <div className="field-row">
                <TextField
                    label="Rating"
                    inputMode="decimal"
                    placeholder="0 to 10"
                    value={values.rating}
                    onChange={(rating) => onChange({ rating: rating.replace(',', '.') })}
                    error={faults['rating']}
                />
                <TextField
                    label="Minutes"
                    inputMode="numeric"
                    value={values.minutes}
                    onChange={(minutes) => onChange({ minutes })}
                    error={faults['runningTimeSeconds']}
                />
                <TextField
                    label="Rank"
                    inputMode="numeric"
                    value={values.rank}
                    onChange={(rank) => onChange({ rank })}
                    error={faults['rank']}
                />
                <TextField
                    label="Release date"
                    type="date"
                    value={values.releaseDate}
                    onChange={(releaseDate) => onChange({ releaseDate })}
                    error={faults['releaseDate']}
                />
            </div>
            <PosterField
                title={title}
                year={year}
                imageUrl={values.imageUrl}
                onChange={(imageUrl) => onChange({ imageUrl })}
                onUploading={onUploading}
                error={faults['imageUrl']}
            />
        </>
    );
}

interface DraftNoticeProps {
    readonly restored: boolean;
    readonly onDiscard: () => void;
}

/** Tells that the form has what was typed before. */
export function DraftNotice({ restored, onDiscard }: DraftNoticeProps) {
    if (!restored) {
        return null;
    }
    return (
        <div className="notice" role="status">
            <p>Here is what you typed before.</p>
            <p className="notice-actions">
                <button type="button" className="button" onClick={onDiscard}>
                    Discard it
                </button>
            </p>
        </div>
    );
}
