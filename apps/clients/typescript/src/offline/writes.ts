import type { Problem } from '../generated/models.js';
import type { AnyCollection, IndexValue } from './collection.js';

/** What a write does. `put` adds or replaces the whole item. */
export type WriteOperation = 'add' | 'put' | 'update' | 'delete';

/** `waiting` for its turn or for an answer; in `conflict` until the user decides; `refused` by the service. */
export type WriteState = 'waiting' | 'conflict' | 'refused';

/**
 * `changed`: somebody else changed the item. `deleted`: somebody else deleted it. `exists`: another one with this id was
 * added before. `expired`: whether the item was added is not known any more, and it is not there now.
 */
export type ConflictReason = 'changed' | 'deleted' | 'exists' | 'expired';

/** A JSON object. */
export type Json = Readonly<Record<string, unknown>>;

/** An item as the service gives it. The members beside these are the noun's. */
export interface Item extends Json {
    readonly etag: string;
    readonly version: number;
    readonly createdAt: string;
}

/** The moment at which a write was sent, or its item was asked for. */
export interface Attempt {
    /** How many there were before. */
    readonly number: number;
    /** By the device's clock, in milliseconds since 1970. */
    readonly at: number;
    /** The generation of the base. */
    readonly generation: number;
    /** True if the feed has told of the item since: the base may be newer than an answer to this attempt. */
    readonly overtaken: boolean;
}

/** A write in the queue. */
export interface Write {
    /** Its number, in the order in which writes were made. */
    readonly seq: number;
    readonly collection: string;
    readonly key: string;
    readonly id: Json;
    readonly operation: WriteOperation;
    /** The body without the id. */
    readonly members: Json;
    /** The item as it was shown before, which the user changed. */
    readonly before?: Json;
    readonly idempotencyKey: string;
    /** The entity tag that the item must have. Absent if the write creates the item. */
    readonly ifMatch?: string;
    /** True while a write of the same item is before it, whose answer gives the entity tag. */
    readonly chained: boolean;
    readonly madeAt: number;
    /** When it was sent for the first time. From then on it is frozen. */
    readonly first?: Attempt;
    /** When it was sent the last time. */
    readonly last?: Attempt;
    readonly state: WriteState;
    readonly reason?: ConflictReason;
    readonly problem?: Problem;
}

/** The state of an item on the screen. `conflict` wins over `refused`, and that over `waiting`. */
export type ItemState = 'synced' | WriteState;

/** An item on the screen: what the service has, with the queued writes on top. */
export interface ShownItem {
    readonly key: string;
    readonly item: Json;
    readonly state: ItemState;
    readonly conflict?: {
        readonly reason: ConflictReason;
        readonly mine: Json | undefined;
        readonly theirs: Json | undefined;
        readonly before: Json | undefined;
    };
}

const SERVICE_MEMBERS = ['etag', 'version', 'createdAt', 'updatedAt'];

/** True if the write makes an item that was not there. Repeating such a write is not harmless. */
export function creates({ operation, ifMatch, chained }: Write): boolean {
    return (operation === 'add' || operation === 'put') && ifMatch === undefined && !chained;
}

/** The item after a write. */
export function applyWrite(
    collection: AnyCollection,
    write: Pick<Write, 'operation' | 'id' | 'members' | 'before'>,
    item: Json | undefined,
): Json | undefined {
    const { operation, id, members, before } = write;
    switch (operation) {
        case 'delete':
            return undefined;
        case 'update':
            return { ...collection.defaults, ...change(item ?? before ?? id, members) };
        default: {
            const kept = [...SERVICE_MEMBERS, ...(collection.readOnlyMembers ?? [])];
            return { ...pick(item ?? {}, kept), ...collection.defaults, ...id, ...members };
        }
    }
}

/** An item with the base and its writes, in their order. Undefined if nothing is shown. */
export function show(
    collection: AnyCollection,
    key: string,
    base: Json | undefined,
    writes: readonly Write[],
): ShownItem | undefined {
    const live = writes.filter(({ state }) => state !== 'refused');
    const refused = writes.length > live.length;
    const conflict = live.find(({ state }) => state === 'conflict');
    let mine = base;
    for (const write of live) {
        mine = applyWrite(collection, write, mine);
    }
    let item = mine;
    if (conflict !== undefined) {
        // What the user wants to delete, and others changed, has to be seen.
        item ??= base;
    } else if (live.length === 0 && item === undefined) {
        // What the user made does not vanish because it was refused.
        const made = writes.filter(creates).at(-1);
        item = made && applyWrite(collection, made, undefined);
    }
    if (item === undefined) {
        return undefined;
    }
    if (conflict?.reason !== undefined) {
        const { reason, before } = conflict;
        return { key, item, state: 'conflict', conflict: { reason, mine, theirs: base, before } };
    }
    return { key, item, state: refused ? 'refused' : live.length > 0 ? 'waiting' : 'synced' };
}

/** A write that does what `first` and `second` do. Undefined if that is nothing, `apart` if they stay two. */
export function merge(
    collection: AnyCollection,
    first: Write,
    second: Pick<Write, 'operation' | 'members'>,
): Write | undefined | 'apart' {
    const { operation, members } = second;
    if (first.operation === 'delete') {
        return 'apart';
    }
    switch (operation) {
        case 'delete':
            if (first.operation === 'add' || creates(first)) {
                return undefined;
            }
            return { ...first, operation, members };
        case 'update':
            return { ...first, members: mergeMembers(collection, first, members) };
        case 'put':
            return { ...first, members, operation: first.operation === 'add' ? 'add' : 'put' };
        case 'add':
            return 'apart';
    }
}

/** The members of a write with changes on top. */
export function mergeMembers(
    collection: AnyCollection,
    first: Pick<Write, 'operation' | 'id' | 'members'>,
    changes: Json,
): Json {
    if (first.operation !== 'update') {
        return writable(collection, change({ ...first.members }, changes));
    }
    const { clear: cleared, ...set } = changes;
    const gone = names(cleared);
    const { clear: clearedBefore, ...setBefore } = first.members;
    const clear = new Set([...names(clearedBefore), ...gone]);
    Object.keys(set).forEach((name) => clear.delete(name));
    const members = { ...omit(setBefore, gone), ...set };
    return clear.size === 0 ? members : { ...members, clear: [...clear] };
}

/** The members of an item that a write may have. */
export function writable(collection: AnyCollection, item: Json): Json {
    const { idMembers, readOnlyMembers = [] } = collection;
    return omit(item, [...SERVICE_MEMBERS, ...idMembers, ...readOnlyMembers]);
}

/**
 * True if the item is as the write wants it. A member that neither the write nor the item before it had is not looked at:
 * a newer service may give each item one.
 */
export function isWanted(
    collection: AnyCollection,
    { operation, members, before = {} }: Pick<Write, 'operation' | 'members' | 'before'>,
    item: Json | undefined,
): boolean {
    if (operation === 'delete' || item === undefined) {
        return operation === 'delete' && item === undefined;
    }
    if (operation === 'update') {
        const { clear, ...set } = members;
        const wanted = Object.entries(set).every(([name, value]) => same(item[name], value));
        return wanted && names(clear).every((name) => same(item[name], undefined));
    }
    const wanted: Json = { ...collection.defaults, ...members };
    // A whole item takes away what was there before.
    const all = Object.keys({ ...writable(collection, before), ...wanted });
    return all.every((name) => same(item[name], wanted[name]));
}

/** The id of an item. */
export function idOf(collection: AnyCollection, item: Json): Json {
    return pick(item, collection.idMembers);
}

/** The values of an item in the indexes, each with the name of its index. */
export function indexValues(
    collection: AnyCollection,
    item: Json,
): readonly (readonly [string, IndexValue])[] {
    return Object.entries(collection.indexes ?? {}).flatMap(([name, indexOf]) => {
        const value = (indexOf as (item: Json) => IndexValue | readonly IndexValue[] | undefined)(
            item,
        );
        const values = value === undefined ? [] : Array.isArray(value) ? value : [value];
        return values.map((each) => [name, each] as const);
    });
}

function change(item: Json, changes: Json): Json {
    const { clear, ...set } = changes;
    return { ...omit(item, names(clear)), ...set };
}

function names(clear: unknown): readonly string[] {
    return Array.isArray(clear) ? clear.map(String) : [];
}

function pick(item: Json, members: readonly string[]): Json {
    return Object.fromEntries(Object.entries(item).filter(([name]) => members.includes(name)));
}

function omit(item: Json, members: readonly string[]): Json {
    return Object.fromEntries(Object.entries(item).filter(([name]) => !members.includes(name)));
}

/** True if the service may have made one of the other. It trims texts and has lists always. */
function same(got: unknown, wanted: unknown): boolean {
    if (typeof got === 'string' && typeof wanted === 'string') {
        return got.normalize().trim() === wanted.normalize().trim();
    }
    if (isEmpty(got) || isEmpty(wanted)) {
        return isEmpty(got) && isEmpty(wanted);
    }
    if (typeof got !== 'object' || typeof wanted !== 'object' || got === null || wanted === null) {
        return got === wanted;
    }
    const all = new Set([...Object.keys(got), ...Object.keys(wanted)]);
    return [...all].every((name) => same((got as Json)[name], (wanted as Json)[name]));
}

function isEmpty(value: unknown): boolean {
    return value === undefined || (Array.isArray(value) && value.length === 0);
}
