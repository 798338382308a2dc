import { useId, type ReactNode } from 'react';

interface SectionProps {
    readonly title: string;
    readonly children: ReactNode;
}

/** A part of the account page. */
export function Section({ title, children }: SectionProps) {
    const id = useId();
    return (
        <section className="section" aria-labelledby={id}>
            <h2 id={id}>{title}</h2>
            <div className="section-body">{children}</div>
        </section>
    );
}
