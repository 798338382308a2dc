import {
    useEffect,
    useId,
    useRef,
    type ComponentProps,
    type FormEvent,
    type ReactNode,
} from 'react';

interface FieldProps {
    readonly label: string;
    readonly hint?: ReactNode;
    readonly error?: string | undefined;
    /** Only screen readers tell the label, because the control says enough. */
    readonly labelHidden?: boolean;
}

interface Described {
    readonly id: string;
    readonly 'aria-describedby': string | undefined;
    readonly 'aria-invalid': true | undefined;
}

/** A label with what belongs to it. The control takes what it is given, so that it is named and described. */
export function Field({
    label,
    hint,
    error,
    labelHidden = false,
    children,
}: FieldProps & { readonly children: (control: Described) => ReactNode }) {
    const id = useId();
    const hintId = hint ? `${id}-hint` : undefined;
    const errorId = error ? `${id}-error` : undefined;
    const control = {
        id,
        'aria-describedby': [errorId, hintId].filter(Boolean).join(' ') || undefined,
        'aria-invalid': error ? (true as const) : undefined,
    };
    return (
        <div className="field">
            <label htmlFor={id} className={labelHidden ? 'visually-hidden' : undefined}>
                {label}
            </label>
            {children(control)}
            {error && (
                <p className="field-error" id={errorId}>
                    {error}
                </p>
            )}
            {hint && (
                <div className="field-hint" id={hintId}>
                    {hint}
                </div>
            )}
        </div>
    );
}

type TextFieldProps = FieldProps &
    Omit<ComponentProps<'input'>, 'onChange' | 'value'> & {
        readonly value: string;
        readonly onChange: (value: string) => void;
    };

/** One line of text. */
export function TextField({ label, hint, error, value, onChange, ...rest }: TextFieldProps) {
    return (
        <Field label={label} hint={hint} error={error}>
            {(control) => (
                <input
                    {...rest}
                    {...control}
                    value={value}
                    onChange={(event) => onChange(event.target.value)}
                />
            )}
        </Field>
    );
}

type TextAreaFieldProps = FieldProps &
    Omit<ComponentProps<'textarea'>, 'onChange' | 'value'> & {
        readonly value: string;
        readonly onChange: (value: string) => void;
    };

/** Several lines of text. */
export function TextAreaField({ label, hint, error, value, onChange, ...rest }: TextAreaFieldProps) {
    return (
        <Field label={label} hint={hint} error={error}>
            {(control) => (
                <textarea
                    {...rest}
                    {...control}
                    value={value}
                    onChange={(event) => onChange(event.target.value)}
                />
            )}
        </Field>
    );
}

type CodeFieldProps = Pick<TextFieldProps, 'value' | 'onChange' | 'error' | 'hint' | 'autoFocus'> & {
    readonly label?: string;
};

/** The six digits of an e-mail or an authenticator app. */
export function CodeField({ label = 'Code', ...rest }: CodeFieldProps) {
    return (
        <TextField
            label={label}
            inputMode="numeric"
            autoComplete="one-time-code"
            maxLength={6}
            className="code-input"
            {...rest}
        />
    );
}

interface FormProps {
    readonly onSubmit: () => void;
    /** The error of the last attempt. When it comes, the focus goes to the first field at fault. */
    readonly error?: unknown;
    readonly children: ReactNode;
}

/** A form. The app says what is wrong with it, not the browser. */
export function Form({ onSubmit, error, children }: FormProps) {
    const ref = useRef<HTMLFormElement>(null);
    useEffect(() => {
        if (error) {
            ref.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus();
        }
    }, [error]);
    const submit = (event: FormEvent) => {
        event.preventDefault();
        onSubmit();
    };
    return (
        <form ref={ref} className="form" noValidate onSubmit={submit}>
            {children}
        </form>
    );
}

interface SubmitButtonProps {
    readonly busy: boolean;
    readonly danger?: boolean;
    readonly children: ReactNode;
}

/** Sends a form. While that goes on it says so, and does nothing when it is pressed again. */
export function SubmitButton({ busy, danger = false, children }: SubmitButtonProps) {
    return (
        <button
            type="submit"
            className={danger ? 'button button-danger' : 'button button-primary'}
            aria-disabled={busy}
            onClick={(event) => {
                if (busy) {
                    event.preventDefault();
                }
            }}
        >
            {busy && <span className="spinner" aria-hidden="true" />}
            {children}
            {busy && <span className="visually-hidden"> (sending)</span>}
        </button>
    );
}
