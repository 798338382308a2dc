import text from '../../scenarios.json?raw';

/** A scenario, as `scenarios.md` describes it. */
export interface Scenario {
    readonly name: string;
    readonly as?: 'nobody' | 'fresh';
    readonly steps: readonly Step[];
}

/** A step: which one it is depends on the names that it has. */
export type Step = Readonly<Record<string, unknown>>;

/** All scenarios. */
export const scenarios = JSON.parse(text) as readonly Scenario[];
