package movies.client

import kotlin.time.Instant
import kotlinx.serialization.Serializable

/**
 * A moment as the API writes it: UTC, with six digits of a second. Moments sort as their texts do.
 *
 * @property text the moment in RFC 3339, such as `2026-03-14T09:26:53.000000Z`.
 */
@JvmInline
@Serializable
public value class Moment(public val text: String) {
    /**
     * The moment as Kotlin's own type.
     *
     * @throws IllegalArgumentException if [text] is no moment.
     */
    public fun toInstant(): Instant = Instant.parse(text)

    override fun toString(): String = text
}
