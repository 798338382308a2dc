package movies.client.offline

import kotlin.time.Duration.Companion.milliseconds
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.launch
import kotlinx.coroutines.withTimeoutOrNull

/** After a failure, the work is done again after so many milliseconds. */
private const val AGAIN = 30_000L

/**
 * Does a piece of work whenever it is asked to, and again when the work says so; never twice at once.
 * It ends with its scope.
 */
internal class Loop(
    scope: CoroutineScope,
    /** Returns after how many milliseconds it is to be done again, or [NEVER]. */
    private val work: suspend () -> Long,
) {
    private val asked = Channel<Unit>(Channel.CONFLATED)

    init {
        scope.launch {
            var delay = NEVER
            while (true) {
                if (delay == NEVER) {
                    asked.receive()
                } else {
                    withTimeoutOrNull(delay.coerceAtLeast(0).milliseconds) { asked.receive() }
                }
                delay = try {
                    work()
                } catch (error: CancellationException) {
                    throw error
                } catch (_: Exception) {
                    AGAIN
                }
            }
        }
    }

    /** Does the work now, or once more if it is under way. */
    fun soon() {
        asked.trySend(Unit)
    }
}
