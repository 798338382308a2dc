import type { Moment } from '../moment.js';
import type { Answer, CallOptions } from '../transport.js';

/** The members that the service gives each item, of whatever noun. */
export interface ServiceMembers {
    readonly etag: string;
    readonly version: number;
    readonly createdAt: Moment;
    readonly updatedAt: Moment;
}

/** An item as the screen shows it: one that the service has not seen yet lacks what the service gives it. */
export type LocalItem<Item extends ServiceMembers> = Omit<Item, keyof ServiceMembers> &
    Partial<ServiceMembers>;

/** What the feed tells of one item: how it is now, or that it is gone. */
export interface FeedChange<Item, Id> {
    readonly id: Id;
    /** Undefined if the item was deleted. */
    readonly item: Item | undefined;
}

/** One page of a feed. */
export interface FeedPage<Item, Id> {
    readonly changes: readonly FeedChange<Item, Id>[];
    /** Pass it as `since` to get what comes next. */
    readonly nextSince: string;
    /** True if the next page may be asked for at once. */
    readonly more: boolean;
    /** When to ask again, if there is no more for now. */
    readonly pollAfterSeconds: number;
}

/** A value by which items are found. */
export type IndexValue = string | number;

/** The value of an item in an index; several for a list; undefined if the index leaves the item out. */
export type IndexOf<Item extends ServiceMembers> = (
    item: LocalItem<Item>,
) => IndexValue | readonly IndexValue[] | undefined;

/**
 * Describes a noun: how its items are named, how the feed is asked, how a write is sent. Operations that the noun
 * does not have are left out; one without any is only read.
 */
export interface Collection<
    Item extends ServiceMembers,
    Id extends object,
    Members extends object,
    Changes extends object,
> {
    /** The members that name an item, such as `title` and `year`. */
    readonly idMembers: readonly (keyof Id & keyof Item & string)[];
    /** The members besides `ServiceMembers` that the service sets and no write does. */
    readonly readOnlyMembers?: readonly (keyof Item & string)[];
    /** What an item has if a write does not say it, so that it can be shown before the service answers. */
    readonly defaults?: Partial<Item>;
    /** How items are found by a value. Raise `form` when they change. */
    readonly indexes?: Readonly<Record<string, IndexOf<Item>>>;
    /** When it is another number than before, the items are pulled anew. The queue stays. Default: 1. */
    readonly form?: number;
    /**
     * The largest number of items that are kept. With a feed, further new items are left out when it is reached; without
     * one, those that were not seen for the longest time go. Items with queued writes are always kept.
     */
    readonly most?: number;

    /** The id as the service will write it, so that two spellings are one item. Default: as it is. */
    normalize?(id: Id): Id;
    /** The key of an item. Items are listed in the order of their keys, and a prefix of it finds them. */
    key(id: Id): string;
    /** One page of the feed. Without this, the collection holds what was given to `remember` and `refresh`. */
    changes?(
        since: string | undefined,
        limit: number,
        options: CallOptions,
    ): Promise<FeedPage<Item, Id>>;
    /** Finds one item. Rejects with a 404 if there is none. */
    find(id: Id, options: CallOptions): Promise<Answer<Item | undefined>>;
    /** Adds an item that must not exist. */
    add?(id: Id, members: Members, options: CallOptions): Promise<Answer<Item>>;
    /** Adds an item or replaces it as a whole. */
    put?(id: Id, members: Members, options: CallOptions): Promise<Answer<Item>>;
    /** Changes an item; the member `clear` names members to remove. */
    update?(id: Id, changes: Changes, options: CallOptions): Promise<Answer<Item>>;
    /** Deletes an item. */
    delete?(id: Id, options: CallOptions): Promise<Answer<undefined>>;
}

/** A collection of anything. */
export type AnyCollection = Collection<any, any, any, any>;

/** The collections of a store, by their names. */
export type Collections = Readonly<Record<string, AnyCollection>>;
