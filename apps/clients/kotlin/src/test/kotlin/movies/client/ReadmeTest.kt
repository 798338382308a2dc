package movies.client

import java.io.File
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

class ReadmeTest {
    @Test
    fun `the code of the README is compiled`() = compare("README.md", "ReadmeSamples.kt", 12)

    @Test
    fun `the code of the guide is compiled`() =
        compare("../../../docs/android.md", "GuideSamples.kt", 11)

    /** Compares all blocks of a page with the samples, but for those that say that they are not compiled. */
    private fun compare(page: String, samples: String, count: Int) {
        fun flat(text: String) = text.lines().joinToString("\n") { it.trim() }.trim()
        val compiled = flat(File("src/test/kotlin/movies/client/$samples").readText())
        val blocks = Regex("```kotlin\n(.*?)```", RegexOption.DOT_MATCHES_ALL)
            .findAll(File(page).readText())
            .map { it.groupValues[1] }
            .filterNot { it.startsWith("// Not compiled here") }
            .toList()
        assertEquals(count, blocks.size)
        for (block in blocks) assertTrue(flat(block) in compiled, block)
    }
}
