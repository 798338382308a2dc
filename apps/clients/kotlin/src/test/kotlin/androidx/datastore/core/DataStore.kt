/**
 * What the code of `docs/android.md` needs of Jetpack DataStore, as its reference declares it: the library is in Google's
 * Maven repository only, which no build of this repository uses.
 */
package androidx.datastore.core

import java.io.IOException
import java.io.InputStream
import java.io.OutputStream
import kotlinx.coroutines.flow.Flow

interface DataStore<T> {
    val data: Flow<T>
    suspend fun updateData(transform: suspend (t: T) -> T): T
}

interface Serializer<T> {
    val defaultValue: T
    suspend fun readFrom(input: InputStream): T
    suspend fun writeTo(t: T, output: OutputStream)
}

class CorruptionException(message: String, cause: Throwable? = null) : IOException(message, cause)
