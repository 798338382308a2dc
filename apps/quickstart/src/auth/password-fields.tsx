import { useState } from 'react';
import { Field } from '../ui/fields';
import { useAuthConfiguration } from './configuration';

interface PasswordFieldProps {
    readonly label?: string;
    readonly value: string;
    readonly onChange: (value: string) => void;
    readonly error?: string | undefined;
    readonly autoComplete?: 'current-password' | 'new-password';
    readonly hint?: React.ReactNode;
}

/** A password, which the user can show. */
export function PasswordField({
    label = 'Password',
    value,
    onChange,
    error,
    autoComplete = 'current-password',
    hint,
}: PasswordFieldProps) {
    const [shown, setShown] = useState(false);
    return (
        <Field label={label} error={error} hint={hint}>
            {(control) => (
                <div className="with-button">
                    <input
                        {...control}
                        type={shown ? 'text' : 'password'}
                        value={value}
                        autoComplete={autoComplete}
                        autoCapitalize="none"
                        spellCheck={false}
                        maxLength={256}
                        onChange={(event) => onChange(event.target.value)}
                    />
                    <button
                        type="button"
                        className="inner-button"
                        aria-pressed={shown}
                        aria-label={`Show ${label.toLowerCase()}`}
                        onClick={() => setShown(!shown)}
                    >
                        {shown ? 'Hide' : 'Show'}
                    </button>
                </div>
            )}
        </Field>
    );
}

/** A new password, with the rules of the stage and which of them it meets already. */
export function NewPasswordField(props: Omit<PasswordFieldProps, 'autoComplete' | 'hint'>) {
    const policy = useAuthConfiguration()?.passwordPolicy;
    const { value } = props;
    const rules = policy && [
        {
            text: `${policy.minimumLength} characters`,
            met: [...value].length >= policy.minimumLength,
        },
        ...(policy.requireLowercase ? [{ text: 'a lower-case letter', met: /[a-z]/.test(value) }] : []),
        ...(policy.requireUppercase ? [{ text: 'an upper-case letter', met: /[A-Z]/.test(value) }] : []),
        ...(policy.requireNumbers ? [{ text: 'a digit', met: /[0-9]/.test(value) }] : []),
        ...(policy.requireSymbols
            ? [{ text: 'a symbol', met: /[!-/:-@[-`{-~]|\S \S/.test(value) }]
            : []),
    ];
    return (
        <PasswordField
            {...props}
            autoComplete="new-password"
            hint={
                rules && (
                    <ul className="rules">
                        {rules.map(({ text, met }) => (
                            <li key={text} className={met ? 'met' : undefined}>
                                {text}
                                {met && <span className="visually-hidden"> (done)</span>}
                            </li>
                        ))}
                    </ul>
                )
            }
        />
    );
}
