package movies.client

import kotlinx.serialization.DeserializationStrategy
import kotlinx.serialization.ExperimentalSerializationApi
import kotlinx.serialization.SerializationStrategy
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive

/** JSON as this API has it: unset members are not sent, unknown ones are ignored. */
@OptIn(ExperimentalSerializationApi::class)
private val json = Json {
    explicitNulls = false
    ignoreUnknownKeys = true
}

/** The JSON text of a body. */
internal fun <T> encode(serializer: SerializationStrategy<T>, value: T): String =
    json.encodeToString(serializer, value)

/** The members of a query that are set, in the order of the contract. */
internal fun <T> parameters(serializer: SerializationStrategy<T>, query: T): Map<String, String> =
    json.encodeToJsonElement(serializer, query).jsonObject.mapValues { (_, value) ->
        value.jsonPrimitive.content
    }

/**
 * The value in a JSON text; `null` if the text is not JSON, or of another form. The reason is not
 * told, because it would quote the text.
 */
internal fun <T : Any> decodeOrNull(deserializer: DeserializationStrategy<T>, text: String): T? =
    try {
        json.decodeFromString(deserializer, text)
    } catch (_: IllegalArgumentException) {
        null
    }
