import { useId, useState, type KeyboardEvent } from 'react';
import { Field } from '../ui/fields';

interface NameListProps {
    readonly label: string;
    readonly value: readonly string[];
    readonly onChange: (value: readonly string[]) => void;
    readonly error?: string | undefined;
    readonly suggestions?: readonly string[];
}

/** A list of names. Enter or a comma adds what is typed; each name can be removed. */
export function NameList({ label, value, onChange, error, suggestions }: NameListProps) {
    const [typed, setTyped] = useState('');
    const listId = useId();
    const add = () => {
        const names = typed
            .split(',')
            .map((name) => name.trim())
            .filter((name) => name !== '' && !value.includes(name));
        setTyped('');
        if (names.length > 0) {
            onChange([...value, ...names]);
        }
    };
    const onKeyDown = (event: KeyboardEvent) => {
        if ((event.key === 'Enter' && typed.trim() !== '') || event.key === ',') {
            event.preventDefault();
            add();
        }
        if (event.key === 'Backspace' && typed === '' && value.length > 0) {
            onChange(value.slice(0, -1));
        }
    };
    return (
        <Field label={label} error={error}>
            {(control) => (
                <div className="name-list">
                    {value.map((name) => (
                        <button
                            key={name}
                            type="button"
                            className="name"
                            aria-label={`Remove ${name}`}
                            onClick={() => onChange(value.filter((other) => other !== name))}
                        >
                            {name}
                            <span aria-hidden="true">×</span>
                        </button>
                    ))}
                    <input
                        {...control}
                        value={typed}
                        list={suggestions && listId}
                        maxLength={255}
                        autoComplete="off"
                        placeholder="Type a name, then Enter"
                        onChange={(event) => setTyped(event.target.value)}
                        onKeyDown={onKeyDown}
                        // What is typed counts, whether it was finished with Enter or not.
                        onBlur={add}
                    />
                    {suggestions && (
                        <datalist id={listId}>
                            {suggestions.map((name) => (
                                <option key={name} value={name} />
                            ))}
                        </datalist>
                    )}
                </div>
            )}
        </Field>
    );
}
