package movies.client.offline

import java.io.ByteArrayOutputStream
import java.io.File
import java.io.IOException
import java.nio.ByteBuffer
import java.nio.channels.FileChannel
import java.nio.channels.FileLock
import java.nio.channels.OverlappingFileLockException
import java.nio.file.AccessDeniedException
import java.nio.file.Files
import java.nio.file.StandardCopyOption.ATOMIC_MOVE
import java.nio.file.StandardCopyOption.REPLACE_EXISTING
import java.nio.file.StandardOpenOption.CREATE
import java.nio.file.StandardOpenOption.READ
import java.nio.file.StandardOpenOption.TRUNCATE_EXISTING
import java.nio.file.StandardOpenOption.WRITE
import java.util.zip.CRC32
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import kotlinx.serialization.SerializationException
import kotlinx.serialization.builtins.MapSerializer
import kotlinx.serialization.builtins.nullable
import kotlinx.serialization.builtins.serializer
import kotlinx.serialization.json.Json

/** A file is written anew when it is larger than this, and twice as large as what it has to hold. */
private const val COMPACT = 1_000_000L

/** How many records are in one line of a file that is written anew. */
private const val RECORDS_OF_LINE = 100

private const val ENDING = ".journal"
private const val NEW = ".new"
private const val LOCK = "offline.lock"

/**
 * Keeps records in files: one for each name. Each transaction is one line at the end of the file, with
 * a checksum, so a crash leaves all of it or nothing. A file that has grown is written anew beside the
 * old one, and takes its place in one step.
 *
 * One process at a time uses a directory: the others get [OfflineErrorReason.STORAGE_IN_USE]. The
 * system frees it when a process ends, however it ends.
 *
 * On Android, take a folder in `Context.noBackupFilesDir`: a queue that comes back from a backup would
 * be sent again.
 *
 * @param directory where the files are. It is made if there is none.
 */
public class FileOfflineStorage(directory: File) : OfflineStorage {
    private val directory: File = directory.absoluteFile.normalize()

    override suspend fun open(name: String): OfflineRecords = storing {
        val file = fileOf(name)
        val lock = DirectoryLock.take(directory)
        try {
            Files.deleteIfExists(File(file.path + NEW).toPath())
            FileRecords(file, lock)
        } catch (error: Throwable) {
            lock.release()
            throw error
        }
    }

    override suspend fun names(): List<String> = storing {
        directory.list().orEmpty().filter { it.endsWith(ENDING) }
            .map { decodeName(it.removeSuffix(ENDING)) }
    }

    override suspend fun delete(name: String): Unit = storing {
        val lock = DirectoryLock.take(directory)
        try {
            Files.deleteIfExists(fileOf(name).toPath())
            sync(directory)
        } finally {
            lock.release()
        }
    }

    private fun fileOf(name: String) = File(directory, encodeName(name) + ENDING)

    override fun equals(other: Any?): Boolean =
        other is FileOfflineStorage && other.directory == directory

    override fun hashCode(): Int = directory.hashCode()

    override fun toString(): String = "FileOfflineStorage($directory)"
}

private class FileRecords(private val file: File, private val lock: DirectoryLock) : OfflineRecords {
    private var loaded: Map<String, String>
    private var channel: FileChannel

    /** Where the next line goes. What is behind it is of a write that failed. */
    private var end: Long

    /** When the file is longer than this, it is written anew. */
    private var limit: Long

    override val isDamaged: Boolean

    init {
        val isNew = !file.exists()
        channel = FileChannel.open(file.toPath(), CREATE, READ, WRITE)
        try {
            val journal = readJournal(file)
            loaded = journal.records
            isDamaged = journal.isDamaged
            end = journal.end
            limit = if (isDamaged) 0 else limitOf(journal.records)
            if (isNew) sync(file.parentFile)
        } catch (error: Throwable) {
            channel.close()
            throw error
        }
    }

    override suspend fun load(): Map<String, String> = loaded.also { loaded = emptyMap() }

    override suspend fun write(changes: Map<String, String?>, isDurable: Boolean): Unit = storing {
        // What a failed write has left must not be before this one.
        if (channel.size() > end) channel.truncate(end)
        val line = line(changes)
        append(channel, line, end)
        if (isDurable) channel.force(false)
        end += line.size
        if (end > limit) compact()
    }

    override suspend fun close(): Unit = storing {
        channel.close()
        lock.release()
    }

    /** Writes the file anew. If that fails, the old one goes on. */
    private fun compact() {
        limit = end * 2
        val records = readJournal(file).records
        val next = try {
            rewritten(records)
        } catch (_: IOException) {
            return
        }
        channel.close()
        channel = next
        end = next.size()
        limit = limitOf(records)
        sync(file.parentFile)
    }

    /** Puts a file with these records in the place of this one, in one step. */
    private fun rewritten(records: Map<String, String>): FileChannel {
        val new = File(file.path + NEW)
        val next = FileChannel.open(new.toPath(), CREATE, TRUNCATE_EXISTING, READ, WRITE)
        try {
            for (some in records.entries.chunked(RECORDS_OF_LINE)) {
                append(next, line(some.associate { it.key to it.value }), next.size())
            }
            next.force(true)
            Files.move(new.toPath(), file.toPath(), ATOMIC_MOVE, REPLACE_EXISTING)
            return next
        } catch (error: Throwable) {
            next.close()
            new.delete()
            throw error
        }
    }
}

/** Keeps other processes out of a directory, as long as anything in it is open. */
private class DirectoryLock private constructor(private val directory: File) {
    private var isHeld = true

    fun release(): Unit = synchronized(held) {
        if (!isHeld) return
        isHeld = false
        val one = held.getValue(directory)
        one.count -= 1
        if (one.count == 0) {
            held.remove(directory)
            one.lock.channel().close()
        }
    }

    private class Held(val lock: FileLock) {
        var count = 0
    }

    companion object {
        private val held = HashMap<File, Held>()

        fun take(directory: File): DirectoryLock = synchronized(held) {
            val one = held.getOrPut(directory) { Held(lock(directory)) }
            one.count += 1
            DirectoryLock(directory)
        }

        private fun lock(directory: File): FileLock {
            Files.createDirectories(directory.toPath())
            val channel = FileChannel.open(File(directory, LOCK).toPath(), CREATE, WRITE)
            val lock = try {
                channel.tryLock()
            } catch (_: OverlappingFileLockException) {
                // Of another class loader in this process.
                null
            } catch (error: Throwable) {
                channel.close()
                throw error
            }
            if (lock == null) {
                channel.close()
                throw OfflineError(OfflineErrorReason.STORAGE_IN_USE)
            }
            return lock
        }
    }
}

private class Journal(
    val records: Map<String, String>,
    /** Where the last line ends. */
    val end: Long,
    val isDamaged: Boolean,
)

private val LINE = MapSerializer(String.serializer(), String.serializer().nullable)
private const val NEWLINE = '\n'.code.toByte()

/** The digits of a checksum, and the space behind them. */
private const val CHECKSUM = 9

/**
 * Reads a file. What is behind the last end of a line is of a write that was interrupted, and never
 * happened. A line that cannot be read is damage.
 */
private fun readJournal(file: File): Journal {
    val bytes = file.readBytes()
    val records = HashMap<String, String>()
    var end = 0
    var start = 0
    var isDamaged = false
    while (start < bytes.size) {
        var newline = start
        while (newline < bytes.size && bytes[newline] != NEWLINE) newline += 1
        if (newline == bytes.size) break
        val changes = readLine(bytes, start, newline)
        if (changes == null) isDamaged = true else records.change(changes)
        start = newline + 1
        end = start
    }
    return Journal(records, end.toLong(), isDamaged)
}

private fun readLine(bytes: ByteArray, start: Int, newline: Int): Map<String, String?>? {
    if (newline - start < CHECKSUM) return null
    val text = bytes.decodeToString(start + CHECKSUM, newline)
    val checksum = bytes.decodeToString(start, start + CHECKSUM)
    if (checksum != checksumOf(bytes, start + CHECKSUM, newline)) return null
    return try {
        Json.decodeFromString(LINE, text)
    } catch (_: SerializationException) {
        null
    }
}

private fun line(changes: Map<String, String?>): ByteArray {
    val text = Json.encodeToString(LINE, changes).encodeToByteArray()
    val line = ByteArrayOutputStream(text.size + CHECKSUM + 1)
    line.write(checksumOf(text, 0, text.size).encodeToByteArray())
    line.write(text)
    line.write(NEWLINE.toInt())
    return line.toByteArray()
}

private fun checksumOf(bytes: ByteArray, start: Int, end: Int): String {
    val checksum = CRC32()
    checksum.update(bytes, start, end - start)
    return "${checksum.value.toInt().toHexString()} "
}

private fun append(channel: FileChannel, bytes: ByteArray, at: Long) {
    val buffer = ByteBuffer.wrap(bytes)
    var position = at
    while (buffer.hasRemaining()) position += channel.write(buffer, position)
}

private fun limitOf(records: Map<String, String>): Long {
    val size = records.entries.sumOf { (key, value) -> (key.length + value.length).toLong() }
    return maxOf(COMPACT, size * 2)
}

/** Makes the names in a directory survive a loss of power, where the system offers it. */
private fun sync(directory: File) {
    try {
        FileChannel.open(directory.toPath(), READ).use { it.force(true) }
    } catch (_: IOException) {
        // Some systems sync no directories. Then the file itself is as safe as they make it.
    }
}

/** Runs [work] on a thread that may wait, and tells why it failed. */
private suspend fun <T> storing(work: () -> T): T = withContext(Dispatchers.IO) {
    try {
        work()
    } catch (error: IOException) {
        throw OfflineError(reasonOf(error), error)
    } catch (error: SecurityException) {
        throw OfflineError(OfflineErrorReason.STORAGE_DENIED, error)
    }
}

internal fun reasonOf(error: IOException): OfflineErrorReason {
    val text = error.message.orEmpty()
    return when {
        "No space left" in text || "quota exceeded" in text -> OfflineErrorReason.STORAGE_FULL
        error is AccessDeniedException || "Read-only" in text || "Permission denied" in text ->
            OfflineErrorReason.STORAGE_DENIED
        else -> OfflineErrorReason.STORAGE_FAILED
    }
}

private fun encodeName(name: String): String = buildString {
    for (byte in name.encodeToByteArray()) {
        val char = byte.toInt().toChar()
        if (char in 'a'..'z' || char in 'A'..'Z' || char in '0'..'9' || char in "-_") {
            append(char)
        } else {
            append('%').append(byte.toHexString(HexFormat.UpperCase))
        }
    }
}

private fun decodeName(text: String): String {
    val bytes = ByteArrayOutputStream()
    var index = 0
    while (index < text.length) {
        if (text[index] == '%' && index + 2 < text.length) {
            bytes.write(text.substring(index + 1, index + 3).hexToInt())
            index += 3
        } else {
            bytes.write(text[index].code)
            index += 1
        }
    }
    return bytes.toByteArray().decodeToString()
}
