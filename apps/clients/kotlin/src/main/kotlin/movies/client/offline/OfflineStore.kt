package movies.client.offline

import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.atomic.AtomicBoolean
import kotlin.random.Random
import kotlin.time.Clock
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds
import kotlin.time.Instant
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.async
import kotlinx.coroutines.cancel
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.launch
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kotlinx.serialization.json.JsonObject
import movies.client.MoviesApi
import movies.client.MoviesClient
import movies.client.Problem
import movies.client.SessionEndedError

/** The name of the databases, unless the options name another. */
private const val NAME = "movies-client"

/** When a store sends. */
public enum class Mode {
    /** At once, and again when it is time. */
    BACKGROUND,

    /** In [OfflineStore.sync] only, as in a worker. */
    MANUAL,
}

/**
 * The options of a store.
 *
 * @property storage where it keeps what it has.
 * @property name the name of the databases. An app with two sessions, such as one for each stage, names
 * two.
 * @property queueLimit how many writes may wait.
 * @property mode when it sends.
 * @property timeLimit how long one call of the API may take with its attempts.
 * @property clock the device's clock.
 * @property random for the times between polls.
 */
public data class OfflineStoreOptions(
    val storage: OfflineStorage,
    val name: String = NAME,
    val queueLimit: Int = 1000,
    val mode: Mode = Mode.BACKGROUND,
    val timeLimit: Duration = 60.seconds,
    val clock: Clock = Clock.System,
    val random: Random = Random,
)

/** Makes the collections of a store. */
public class OfflineCollections internal constructor() {
    internal val described = LinkedHashMap<String, AnyCollection>()
    internal var desk: Desk? = null

    /**
     * Makes a collection.
     *
     * @param name what its items are stored under: always the same, without a slash.
     */
    public fun <I : Any, Id : Any, Members : Any, Changes : Any> collection(
        name: String,
        collection: Collection<I, Id, Members, Changes>,
    ): OfflineCollection<I, Id, Members, Changes> {
        require('/' !in name) { "a name with a slash: $name" }
        require(described.put(name, collection) == null) { "there are two collections $name" }
        return OfflineCollection(name, collection) { checkNotNull(desk) { "the store is not open" } }
    }
}

/**
 * A write in the queue, or one that was refused.
 *
 * @property seq names it in [OfflineStore.retry] and [OfflineStore.discard].
 * @property collection the name of its collection.
 * @property key the key of its item.
 * @property id the id of its item.
 * @property operation what it does.
 * @property members what it sets.
 * @property state how far it is.
 * @property problem why it was refused.
 * @property madeAt when it was made.
 * @property tried true if it was sent once or more: it may have been done.
 */
public data class QueuedWrite(
    val seq: Long,
    val collection: String,
    val key: String,
    val id: JsonObject,
    val operation: WriteOperation,
    val members: JsonObject,
    val state: WriteState,
    val problem: Problem?,
    val madeAt: Instant,
    val tried: Boolean,
)

/**
 * How a store is doing.
 *
 * @property leads true if this store is the one that pulls and pushes.
 * @property signedIn false while the user is signed out: nothing is sent, and the queue is kept.
 * @property closed true after `close`, after a wipe, and when another user has signed in.
 * @property waiting how many writes wait.
 * @property conflicts how many writes are in conflict.
 * @property refused how many writes were refused.
 * @property pushError why the queue could not be sent the last time.
 * @property collections how far each collection is pulled, by their names.
 */
public data class OfflineStatus(
    val leads: Boolean,
    val signedIn: Boolean,
    val closed: Boolean,
    val waiting: Int,
    val conflicts: Int,
    val refused: Int,
    val pushError: Throwable?,
    val collections: Map<String, CollectionStatus>,
)

/**
 * How far a collection is pulled.
 *
 * @property ready true once all items were pulled.
 * @property partial true if there are more than are kept.
 * @property pulledAt when it was last pulled to its end.
 * @property error why it could not be pulled the last time.
 */
public data class CollectionStatus(
    val ready: Boolean,
    val partial: Boolean,
    val pulledAt: Instant?,
    val error: Throwable?,
)

/**
 * Keeps items on the device, shows them without a network, and sends what the user did when there is
 * one. One store is of one user; each user has a database of their own.
 *
 * An app opens one when somebody is signed in. It may open another one on the same storage, such as in
 * a worker: the stores of one process share what is stored, and the one that was opened first pulls
 * and pushes.
 *
 * @property collections the collections, as the app has described them.
 */
public class OfflineStore<C : Any> private constructor(
    private val client: MoviesClient,
    private val userId: String,
    public val collections: C,
    described: OfflineCollections,
    private val options: OfflineStoreOptions,
    private val database: Database,
) {
    private val job = SupervisorJob()
    private val scope = CoroutineScope(job + Dispatchers.Default)
    private val isClosed = AtomicBoolean()
    private val isAsked = AtomicBoolean()
    private val watchers = CopyOnWriteArrayList<Watcher>()
    private val undo = CopyOnWriteArrayList<AutoCloseable>()
    private val core = Core(
        collections = described.described,
        clock = options.clock,
        random = options.random,
        timeLimit = options.timeLimit,
        database = ::openDatabase,
        changed = ::changed,
    )
    private val pull = Pull(core)
    private val push = Push(core)
    private val queue = Queue(core, options.queueLimit)
    private val pullRounds = Mutex()
    private val pushRounds = Mutex()
    private val pulling = Loop(scope, ::pullNow)
    private val pushing = Loop(scope, ::pushNow)
    private val readingStatus = Mutex()
    private val currentStatus = MutableStateFlow(
        OfflineStatus(
            leads = false,
            signedIn = true,
            closed = false,
            waiting = 0,
            conflicts = 0,
            refused = 0,
            pushError = null,
            collections = emptyMap(),
        ),
    )

    /** Ends after all that this store has begun. */
    private val released = closing.async(start = CoroutineStart.LAZY) {
        job.join()
        Databases.close(options.storage, databaseName(options.name, userId), database)
    }

    @Volatile
    private var isShown = false

    /** Makes two of the same function two watchers. */
    private class Watcher(val call: (String, Set<String>?) -> Unit)

    private val member = object : Hub.Member {
        override val isInBackground get() = options.mode == Mode.BACKGROUND
        override val isShown get() = this@OfflineStore.isShown

        override fun changed(collection: String, keys: Set<String>?) {
            for (watcher in watchers) watcher.call(collection, keys)
            scope.launch { readStatus() }
        }

        override fun lost() = endLater()

        override fun leaderChanged() {
            pulling.soon()
            pushing.soon()
            scope.launch { readStatus() }
        }

        override fun pull(isAsked: Boolean) {
            if (isAsked) this@OfflineStore.isAsked.set(true)
            pull.hurry()
            pulling.soon()
        }

        override fun push() = pushing.soon()
    }

    init {
        described.desk = Desk(core, queue, ::watch, ::pushSoon)
    }

    /** How the store is doing now, and each change of it. */
    public val status: StateFlow<OfflineStatus> = currentStatus.asStateFlow()

    /** All writes in the queue and those that were refused, in the order in which they were made. */
    public suspend fun writes(): List<QueuedWrite> = core.read { queue() }.map {
        QueuedWrite(
            seq = it.seq,
            collection = it.collection,
            key = it.key,
            id = it.id,
            operation = it.operation,
            members = it.members,
            state = it.state,
            problem = it.problem,
            madeAt = Instant.fromEpochMilliseconds(it.madeAt),
            tried = it.first != null,
        )
    }

    /** Puts a refused write at the end of the queue. */
    public suspend fun retry(seq: Long) {
        queue.retry(seq)
        pushSoon()
    }

    /** Drops a refused write. */
    public suspend fun discard(seq: Long): Unit = queue.discard(seq)

    /** Pulls soon, shown or not: for a message that says that something has changed. */
    public fun pullSoon() {
        database.hub.leader?.pull(isAsked = true)
    }

    /**
     * Tells that the app is on the screen: from now on, the feeds are polled. Call it in `onStart` of
     * the app's process or activity.
     */
    public fun start() {
        isShown = true
        database.hub.leader?.pull(isAsked = false)
    }

    /** Tells that the app has left the screen: the feeds are polled no more. Writes are still sent. */
    public fun stop() {
        isShown = false
    }

    /** Tells that there may be a network again: what waits for one is tried at once. */
    public fun networkChanged() {
        pull.hurry()
        push.hurry()
        pulling.soon()
        pushing.soon()
    }

    /**
     * Pulls, then sends what can be sent. Returns when it was tried; [status] tells with which result.
     *
     * @throws SessionEndedError if the user is not signed in.
     */
    public suspend fun sync() {
        if (!maySend()) throw SessionEndedError()
        pull.hurry()
        push.hurry()
        inScope {
            pullRounds.withLock { pull.round(asked = true) }
            try {
                pushRounds.withLock { push.round() }
                if (push.takeWantsPull()) pullRounds.withLock { pull.round(asked = true) }
            } finally {
                readStatus()
            }
        }
    }

    /** Stops. What is stored stays. */
    public suspend fun close() {
        end()
        released.await()
    }

    /**
     * Removes all that is stored for this user, and closes. `Accounts` does it when the user signs out.
     */
    public suspend fun wipe() {
        if (isClosed.get()) return
        Databases.delete(options.storage, databaseName(options.name, userId))
        close()
    }

    private suspend fun begin() {
        core.write {
            for ((name, collection) in core.collections) {
                val cursor = cursor(name, collection.form)
                if (cursor.form != collection.form) {
                    dropBase(name, collection.form)
                } else {
                    putCursor(name, cursor)
                }
            }
        }
        undo += client.session.onChange(::sessionChanged)
        undo += client.accounts.onSignOut(::wipe)
        database.hub.join(member)
        // It may have changed while the store was opened.
        sessionChanged()
        readStatus()
    }

    private fun openDatabase(): Database {
        if (isClosed.get()) throw OfflineError(OfflineErrorReason.CLOSED)
        return database
    }

    private fun maySend() = !isClosed.get() && client.session.knownUserId == userId

    private fun leads() = database.hub.leader === member

    /** The work of the loop that pulls. Returns when to do it again. */
    private suspend fun pullNow(): Long {
        if (!maySend() || !leads()) return NEVER
        val asked = isAsked.getAndSet(false)
        if (!asked && !database.hub.isShown) return NEVER
        val next = pullRounds.withLock { pull.round(asked) }
        readStatus()
        return if (next == NEVER) NEVER else next - core.now()
    }

    /** The work of the loop that pushes. Returns when to do it again. */
    private suspend fun pushNow(): Long {
        if (!maySend() || !leads()) return NEVER
        val next = try {
            pushRounds.withLock { push.round() }
        } finally {
            readStatus()
        }
        if (push.takeWantsPull()) pullSoon()
        return if (next == NEVER) NEVER else next - core.now()
    }

    private fun pushSoon() {
        database.hub.leader?.push()
    }

    private fun sessionChanged() {
        val known = client.session.knownUserId
        if (known != null && known != userId) return endLater()
        currentStatus.update { it.copy(signedIn = known != null) }
        networkChanged()
    }

    private suspend fun changed(collection: String, keys: Set<String>?) {
        database.hub.tell { it.changed(collection, keys) }
        readStatus()
    }

    private fun watch(watcher: (String, Set<String>?) -> Unit): AutoCloseable {
        val entry = Watcher(watcher)
        watchers += entry
        return AutoCloseable { watchers -= entry }
    }

    /** Runs [work] until the store is closed, also if who waits for it is cancelled. */
    private suspend fun inScope(work: suspend () -> Unit) {
        val running = scope.async { work() }
        try {
            running.await()
        } catch (error: CancellationException) {
            currentCoroutineContext().ensureActive()
            throw OfflineError(OfflineErrorReason.CLOSED, error)
        }
    }

    /** Stops at once. What was under way is cancelled, and [released] waits for its end. */
    private fun end() {
        if (isClosed.getAndSet(true)) return
        for (each in undo) each.close()
        database.hub.leave(member)
        job.cancel()
        currentStatus.update { it.copy(leads = false, closed = true) }
        for (name in core.collections.keys) for (watcher in watchers) watcher.call(name, null)
    }

    private fun endLater() {
        end()
        released.start()
    }

    /** Reads the status anew. When this returns, it is what the database has now. */
    private suspend fun readStatus() {
        try {
            readingStatus.withLock {
                val status = findStatus()
                currentStatus.update { if (isClosed.get()) it else status }
            }
        } catch (_: OfflineError) {
            // The store is closed: the status stays.
        }
    }

    private suspend fun findStatus(): OfflineStatus = core.read {
        val states = queue().groupingBy { it.state }.eachCount()
        OfflineStatus(
            leads = leads(),
            signedIn = client.session.knownUserId == userId,
            closed = false,
            waiting = states[WriteState.WAITING] ?: 0,
            conflicts = states[WriteState.CONFLICT] ?: 0,
            refused = states[WriteState.REFUSED] ?: 0,
            pushError = push.error,
            collections = core.collections.keys.associateWith { name ->
                val cursor = cursor(name)
                CollectionStatus(
                    ready = cursor.ready,
                    partial = cursor.partial,
                    pulledAt = cursor.pulledAt?.let(Instant::fromEpochMilliseconds),
                    error = pull.errors[name],
                )
            },
        )
    }

    public companion object {
        /** What ends stores that nobody waits for. */
        private val closing = CoroutineScope(SupervisorJob() + Dispatchers.Default)

        /**
         * Opens the store of the user who is signed in, also without a network.
         *
         * @param describe makes the collections, with the operations of this user.
         * @throws SessionEndedError if nobody is signed in.
         * @throws OfflineError if the storage cannot be used, or a newer version of the app has used it.
         */
        public suspend fun <C : Any> open(
            client: MoviesClient,
            options: OfflineStoreOptions,
            describe: OfflineCollections.(MoviesApi) -> C,
        ): OfflineStore<C> {
            val userId = client.session.userId() ?: throw SessionEndedError()
            val described = OfflineCollections()
            val collections = described.describe(client.apiFor(userId))
            val name = databaseName(options.name, userId)
            val database = Databases.open(options.storage, name, FORM)
            val store = OfflineStore(client, userId, collections, described, options, database)
            try {
                store.begin()
            } catch (error: Throwable) {
                store.endLater()
                throw error
            }
            return store
        }

        /**
         * Removes what is stored for all users, for an app that signs out without an open store.
         *
         * @param name the name of the databases.
         */
        public suspend fun wipeAll(storage: OfflineStorage, name: String = NAME) {
            val prefix = databaseName(name, "")
            for (each in storage.names()) {
                if (each.startsWith(prefix)) Databases.delete(storage, each)
            }
        }
    }
}

private fun databaseName(name: String, userId: String) = "$name-offline-$userId"
