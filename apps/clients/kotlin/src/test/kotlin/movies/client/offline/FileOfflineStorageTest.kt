package movies.client.offline

import java.io.File
import java.io.IOException
import java.nio.file.AccessDeniedException
import java.nio.file.Path
import java.util.concurrent.TimeUnit
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

private const val NAME = "movies-client-offline-ada"

class FileOfflineStorageTest {
    @TempDir
    lateinit var folder: Path

    private val directory get() = folder.resolve("store").toFile()
    private val file get() = File(directory, "$NAME.journal")
    private val storage get() = FileOfflineStorage(directory)

    private fun <T> opened(work: suspend (OfflineRecords) -> T): T = runBlocking {
        val records = storage.open(NAME)
        try {
            work(records)
        } finally {
            records.close()
        }
    }

    private fun read(): Map<String, String> = opened { it.load() }

    @Test
    fun `what was written is read again`() {
        opened { it.write(mapOf("a" to "1", "b" to "2\n\u2028\"é"), isDurable = true) }
        opened { it.write(mapOf("a" to null, "c" to "3"), isDurable = false) }
        assertEquals(mapOf("b" to "2\n\u2028\"é", "c" to "3"), read())
        assertEquals(listOf(NAME), runBlocking { storage.names() })
        runBlocking { storage.delete(NAME) }
        assertEquals(emptyList<String>(), runBlocking { storage.names() })
        assertEquals(emptyMap<String, String>(), read())
    }

    @Test
    fun `a file that ends anywhere has the transactions that were whole, and goes on`() {
        val ends = ArrayList<Long>()
        opened { records ->
            for (number in 1..3) {
                records.write(mapOf("n" to "$number", "of $number" to "é"), isDurable = true)
                ends += file.length()
            }
        }
        val bytes = file.readBytes()
        for (length in 0..bytes.size) {
            file.writeBytes(bytes.copyOf(length))
            val whole = ends.count { it <= length }
            opened { records ->
                assertFalse(records.isDamaged, "of $length bytes")
                val expected = (1..whole).associate { "of $it" to "é" } +
                    if (whole == 0) emptyMap() else mapOf("n" to "$whole")
                assertEquals(expected, records.load(), "of $length bytes")
                records.write(mapOf("n" to "next"), isDurable = true)
            }
            assertEquals("next", read()["n"])
            assertEquals(whole + 1, read().size)
        }
    }

    @Test
    fun `a damaged line is detected, and the others are read`() {
        opened { records ->
            for (number in 1..3) records.write(mapOf("k$number" to "v$number"), isDurable = true)
        }
        val bytes = file.readBytes()
        val line = bytes.size / 3
        for (position in line..<2 * line) {
            val damaged = bytes.copyOf()
            damaged[position] = (damaged[position] + 1).toByte()
            file.writeBytes(damaged)
            // Without its end, a line takes the next one with it.
            val expected = if (position == 2 * line - 1) setOf("k1") else setOf("k1", "k3")
            opened { records ->
                assertTrue(records.isDamaged, "at $position")
                assertEquals(expected, records.load().keys, "at $position")
                records.write(mapOf("k4" to "v4"), isDurable = true)
            }
            opened { records ->
                assertFalse(records.isDamaged, "the damage stayed")
                assertEquals(expected + "k4", records.load().keys)
            }
        }
    }

    @Test
    fun `what a failed write has left is not read`() {
        opened { records ->
            records.write(mapOf("a" to "1"), isDurable = true)
            // As when the line was written, but the disk did not confirm it.
            file.appendText("x".repeat(100) + "\n")
            records.write(mapOf("b" to "2"), isDurable = true)
        }
        opened { records ->
            assertFalse(records.isDamaged)
            assertEquals(mapOf("a" to "1", "b" to "2"), records.load())
        }
    }

    @Test
    fun `a file that has grown is written anew`() {
        val text = "x".repeat(1000)
        opened { records ->
            for (number in 1..3000) {
                records.write(mapOf("k${number % 10}" to "$number $text"), isDurable = false)
            }
        }
        assertTrue(file.length() < 1_100_000, "${file.length()} bytes")
        val expected = (2991..3000).associate { "k${it % 10}" to "$it $text" }
        assertEquals(expected, read())
        assertFalse(File(file.path + ".new").exists())
    }

    @Test
    fun `a file that was being written anew is not taken`() {
        opened { it.write(mapOf("a" to "1"), isDurable = true) }
        File(file.path + ".new").writeText("half")
        assertEquals(mapOf("a" to "1"), read())
        assertFalse(File(file.path + ".new").exists())
    }

    @Test
    fun `another process is told that the storage is in use`() {
        val code = """
            import java.nio.channels.*; import java.nio.file.*;
            class Holder { public static void main(String[] a) throws Exception {
              var c = FileChannel.open(Path.of(a[0]), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
              c.lock(); System.out.println("held"); System.in.read(); } }
        """.trimIndent()
        directory.mkdirs()
        val source = folder.resolve("Holder.java").toFile().apply { writeText(code) }
        val java = File(System.getProperty("java.home"), "bin/java").path
        val process = ProcessBuilder(java, source.path, File(directory, "offline.lock").path)
            .redirectError(ProcessBuilder.Redirect.INHERIT).start()
        try {
            assertEquals("held", process.inputStream.bufferedReader().readLine())
            val error = assertThrows(OfflineError::class.java) { read() }
            assertEquals(OfflineErrorReason.STORAGE_IN_USE, error.reason)
            val deleting = assertThrows(OfflineError::class.java) {
                runBlocking { storage.delete(NAME) }
            }
            assertEquals(OfflineErrorReason.STORAGE_IN_USE, deleting.reason)
        } finally {
            // However the process ends, the system frees the lock.
            process.destroyForcibly()
            process.waitFor(20, TimeUnit.SECONDS)
        }
        assertEquals(emptyMap<String, String>(), read())
    }

    @Test
    fun `a directory that cannot be made is told`() {
        folder.resolve("store").toFile().writeText("a file")
        val error = assertThrows(OfflineError::class.java) { read() }
        assertEquals(OfflineErrorReason.STORAGE_FAILED, error.reason)
    }

    @Test
    fun `the reason of a failure is told`() {
        assertEquals(
            OfflineErrorReason.STORAGE_FULL,
            reasonOf(IOException("No space left on device")),
        )
        assertEquals(OfflineErrorReason.STORAGE_FULL, reasonOf(IOException("Disk quota exceeded")))
        assertEquals(OfflineErrorReason.STORAGE_DENIED, reasonOf(AccessDeniedException("f")))
        assertEquals(OfflineErrorReason.STORAGE_FAILED, reasonOf(IOException("Input/output error")))
    }

    @Test
    fun `a name is one file, whatever is in it`() {
        val names = listOf("a/../b", "a.b", "ä%41", "A")
        runBlocking {
            for (name in names) {
                val records = storage.open(name)
                records.write(mapOf("name" to name), isDurable = true)
                records.close()
            }
            assertEquals(names.toSet(), storage.names().toSet())
        }
        assertEquals(names.size + 1, directory.list()!!.size)
    }
}
