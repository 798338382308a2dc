package movies.client.offline

import java.io.File
import java.nio.file.Path
import java.util.concurrent.atomic.AtomicInteger
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.DynamicTest.dynamicTest
import org.junit.jupiter.api.TestFactory
import org.junit.jupiter.api.io.TempDir

class OfflineScenariosTest {
    @TempDir
    lateinit var folder: Path

    @TestFactory
    fun scenarios(): List<DynamicTest> = all.mapIndexed { index, scenario ->
        dynamicTest(scenario.getValue("name").jsonPrimitive.content) {
            val run = OfflineScenario(scenario) { device ->
                FileOfflineStorage(folder.resolve("$index/$device").toFile())
            }
            runBlocking { run.run() }
            checks.addAndGet(run.checks)
        }
    }

    companion object {
        private val checks = AtomicInteger()
        private val all = Json.parseToJsonElement(File("../offline-scenarios.json").readText())
            .jsonArray.map { it.jsonObject }

        @JvmStatic
        @AfterAll
        fun report() = println("${all.size} scenarios, ${checks.get()} checks")
    }
}
