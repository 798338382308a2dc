import { ProblemError } from '../errors.js';
import type { AnyCollection } from './collection.js';
import type { BaseRecord, Cursor, Database, Tables } from './database.js';
import { indexValues, type Item } from './writes.js';

/** What pulling, pushing and reading share. */
export interface Core {
    readonly database: Database;
    readonly collections: ReadonlyMap<string, AnyCollection>;
    /** The device's clock, in milliseconds since 1970. */
    readonly now: () => number;
    /** From 0 to 1. */
    readonly random: () => number;
    /** Ends requests when the store is closed. */
    readonly signal: AbortSignal;
    /** The time limit of one call of the API, in milliseconds. */
    readonly timeLimit: number;
    /** Tells of items that changed; undefined for all of a collection. */
    readonly changed: (collection: string, keys: readonly string[] | undefined) => void;
}

/** A collection by its name. */
export function collectionOf(core: Core, name: string): AnyCollection {
    const collection = core.collections.get(name);
    if (collection === undefined) {
        throw new RangeError(`there is no collection ${name}`);
    }
    return collection;
}

/** How far a collection was pulled. */
export async function cursorOf(tables: Tables, name: string, form = 1): Promise<Cursor> {
    const start = { generation: 0, whole: false, ready: false, partial: false, form };
    return (await tables.cursors.get(name)) ?? start;
}

/** The record of an item in the base. */
export function recordOf(
    core: Core,
    name: string,
    item: Item,
    generation: number,
    seenAt?: number,
): BaseRecord {
    const collection = collectionOf(core, name);
    return {
        collection: name,
        key: collection.key(item),
        item,
        generation,
        indexes: indexValues(collection, item).map(([index, value]) => [name, index, value]),
        ...(seenAt !== undefined && { seenAt }),
    };
}

/** Puts a record into the base, unless the base has a later version of the item in the same or a later generation. */
export async function putBase(tables: Tables, record: BaseRecord): Promise<string> {
    const { collection, key } = record;
    if (!isOutdated(record, await tables.base.get([collection, key]))) {
        tables.base.put(record);
    }
    return key;
}

/** True if a record is of an earlier version of the item than the one that is there. */
export function isOutdated(record: BaseRecord, known: BaseRecord | undefined): boolean {
    return (
        known !== undefined &&
        known.generation >= record.generation &&
        isLater(known.item, record.item)
    );
}

/** True if `one` is a later version of what `other` is. An item that was added again is another one. */
export function isLater(one: Item, other: Item): boolean {
    return one.createdAt === other.createdAt && one.version > other.version;
}

const BASE_DELAY = 1000;
const MAX_DELAY = 300_000;

/** How long to wait after failures: as the service says, else twice as long each time. */
export class Patience {
    readonly #core: Core;
    #failures = 0;
    #until = 0;
    #told = false;

    constructor(core: Core) {
        this.#core = core;
    }

    /** Nothing is sent before this time. */
    get until(): number {
        return this.#until;
    }

    /** Notes a failure. Returns until when to wait. */
    fail(error: unknown): number {
        const { now, random } = this.#core;
        this.#failures += 1;
        const retryAfter = error instanceof ProblemError ? error.retryAfter : undefined;
        this.#told = retryAfter !== undefined;
        const delay =
            retryAfter === undefined
                ? Math.min(MAX_DELAY, BASE_DELAY * 2 ** (this.#failures - 1)) * (1 - random() / 2)
                : retryAfter * 1000 * (1 + random() / 5);
        this.#until = now() + delay;
        return this.#until;
    }

    succeed(): void {
        this.#failures = 0;
        this.#until = 0;
    }

    /** Waits no longer, unless the service said how long. */
    hurry(): void {
        if (!this.#told) {
            this.succeed();
        }
    }
}
