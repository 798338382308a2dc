package movies.client

import java.io.File
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

class ReadmeTest {
    @Test
    fun `the code of the README is compiled`() {
        fun flat(text: String) = text.lines().joinToString("\n") { it.trim() }.trim()
        val samples = flat(File("src/test/kotlin/movies/client/ReadmeSamples.kt").readText())
        val blocks = Regex("```kotlin\n(.*?)```", RegexOption.DOT_MATCHES_ALL)
            .findAll(File("README.md").readText())
            .map { it.groupValues[1] }
            .toList()
        assertEquals(7, blocks.size)
        for (block in blocks) assertTrue(flat(block) in samples, block)
    }
}
