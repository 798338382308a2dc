import { useState } from 'react';
import type { LocalMovie } from '../offline/desk';
import { Dialog } from '../ui/dialog';
import { formatDate } from './format';
import {
    isSame,
    members,
    toFormValues,
    type FormMember,
    type MovieFormValues,
} from './movie-form-values';

type Side = 'mine' | 'theirs' | 'both';

interface ConflictSheetProps {
    /** The version that the user began with. */
    readonly base: LocalMovie;
    readonly mine: MovieFormValues;
    /** The version that is stored now. */
    readonly theirs: LocalMovie;
    readonly onResolve: (values: MovieFormValues) => void;
    readonly onClose: () => void;
}

/**
 * Shows both versions of a movie that somebody else changed in the meantime, member by member, and lets the user take
 * one of them or put one together.
 */
export function ConflictSheet({ base, mine, theirs, onResolve, onClose }: ConflictSheetProps) {
    const before = toFormValues(base);
    const now = toFormValues(theirs);
    const differing = members.filter(({ name }) => !isSame(mine, now, name));
    // What only the others changed is taken from them. What the user changed stays the user's, unless told otherwise.
    const [sides, setSides] = useState<Readonly<Partial<Record<FormMember, Side>>>>(() =>
        Object.fromEntries(
            differing.map(({ name }) => [name, isSame(mine, before, name) ? 'theirs' : 'mine']),
        ),
    );
    const takeAll = (side: Side) => onResolve(merge(mine, now, () => side));

    return (
        <Dialog title="Somebody changed this movie" wide onClose={onClose}>
            <p>
                While you were editing, version {theirs.version} was saved. Choose for each part what
                to keep. Nothing is saved until you say so.
            </p>
            {differing.length === 0 && <p>Both versions are the same now.</p>}
            <div className="conflicts">
                {differing.map(({ name, label }) => (
                    <fieldset key={name} className="conflict">
                        <legend>{label}</legend>
                        {(['mine', 'theirs', ...(isList(mine[name]) ? ['both'] : [])] as Side[]).map(
                            (side) => (
                                <label key={side} className="choice">
                                    <input
                                        type="radio"
                                        name={`conflict-${name}`}
                                        checked={sides[name] === side}
                                        onChange={() => setSides({ ...sides, [name]: side })}
                                    />
                                    <span className="choice-text">
                                        <span className="choice-side">{sideLabels[side]}</span>
                                        <Shown member={name} value={pick(mine, now, name, side)} />
                                    </span>
                                </label>
                            ),
                        )}
                    </fieldset>
                ))}
            </div>
            <div className="dialog-actions">
                <button type="button" className="button" onClick={() => takeAll('theirs')}>
                    Take all theirs
                </button>
                <button type="button" className="button" onClick={() => takeAll('mine')}>
                    Take all mine
                </button>
                <button
                    type="button"
                    className="button button-primary"
                    onClick={() => onResolve(merge(mine, now, (name) => sides[name] ?? 'mine'))}
                >
                    Save as chosen
                </button>
            </div>
        </Dialog>
    );
}

const sideLabels: Readonly<Record<Side, string>> = {
    mine: 'Mine',
    theirs: 'Theirs',
    both: 'Both',
};

function isList(value: string | readonly string[]): value is readonly string[] {
    return Array.isArray(value);
}

function pick(
    mine: MovieFormValues,
    theirs: MovieFormValues,
    name: FormMember,
    side: Side,
): string | readonly string[] {
    const [own, other] = [mine[name], theirs[name]];
    if (side === 'both' && isList(own) && isList(other)) {
        return [...new Set([...other, ...own])];
    }
    return side === 'theirs' ? other : own;
}

function merge(
    mine: MovieFormValues,
    theirs: MovieFormValues,
    sideOf: (name: FormMember) => Side,
): MovieFormValues {
    const entries = members.map(({ name }) => [name, pick(mine, theirs, name, sideOf(name))]);
    return Object.fromEntries(entries) as MovieFormValues;
}

interface ShownProps {
    readonly member: FormMember;
    readonly value: string | readonly string[];
}

function Shown({ member, value }: ShownProps) {
    if (value.length === 0) {
        return <span className="nothing">nothing</span>;
    }
    if (isList(value)) {
        return <span>{value.join(', ')}</span>;
    }
    if (member === 'minutes') {
        return <span>{value} minutes</span>;
    }
    return <span>{member === 'releaseDate' ? formatDate(value) : value}</span>;
}
