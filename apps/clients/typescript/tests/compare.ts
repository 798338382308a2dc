/** True if both are the same JSON; the order of members is no matter. */
export function equals(got: unknown, expected: unknown): boolean {
    return contains(got, expected) && contains(expected, got);
}

/** True if every member of `expected` is in `got`, at any depth. Arrays must have the same length. */
export function contains(got: unknown, expected: unknown): boolean {
    if (typeof expected !== 'object' || expected === null) {
        return got === expected;
    }
    if (typeof got !== 'object' || got === null || Array.isArray(got) !== Array.isArray(expected)) {
        return false;
    }
    if (Array.isArray(expected) && expected.length !== (got as unknown[]).length) {
        return false;
    }
    return Object.entries(expected).every(([name, value]) => contains(member(got, name), value));
}

/** The value at a path such as `value.passkeys.0.id`. */
export function at(value: unknown, path: string): unknown {
    return path.split('.').reduce(member, value);
}

function member(value: unknown, name: string): unknown {
    return (value as Record<string, unknown> | null | undefined)?.[name];
}
