package movies.client

import java.io.File
import java.util.concurrent.atomic.AtomicInteger
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.DynamicTest.dynamicTest
import org.junit.jupiter.api.TestFactory
import org.junit.jupiter.api.fail

/** Runs all scenarios of the clients against the server at `SCENARIOS_URL`. */
class ScenariosTest {
    @TestFactory
    fun scenarios(): List<DynamicTest> {
        val address = System.getenv("SCENARIOS_URL")
            ?: fail("SCENARIOS_URL is not set: run `cargo xtask test --only clients`")
        val scenarios = Json.parseToJsonElement(File("../scenarios.json").readText()).jsonArray
        return scenarios.map { scenario ->
            val name = scenario.jsonObject.getValue("name").jsonPrimitive.content
            dynamicTest(name) { run(address, scenario.jsonObject) }
        }
    }

    private fun run(address: String, json: JsonObject) {
        runBlocking { Scenario(address, json, checks).run() }
        scenarios.incrementAndGet()
    }

    companion object {
        private val scenarios = AtomicInteger()
        private val checks = AtomicInteger()

        @AfterAll
        @JvmStatic
        fun report() {
            println("$scenarios scenarios, $checks checks")
        }
    }
}
