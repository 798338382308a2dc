package movies.client

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.put
import okhttp3.HttpUrl.Companion.toHttpUrl
import okhttp3.MediaType.Companion.toMediaType
import okhttp3.OkHttpClient
import okhttp3.Request
import okhttp3.RequestBody.Companion.toRequestBody

/** The tools of the server that the scenarios run against, and the user's passkey. */
internal class Wire(address: String) : PasskeyPrompt {
    private val tools = "$address/_wire".toHttpUrl()
    private val http = OkHttpClient()

    suspend fun reset() {
        post("reset", JsonObject(emptyMap()))
    }

    suspend fun requests(): List<JsonObject> =
        get("requests", emptyMap()).jsonArray.map { it.jsonObject }

    suspend fun code(email: String): String =
        get("code", mapOf("email" to email)).jsonObject.getValue("code").jsonPrimitive.content

    /** The URL that a browser comes back with, in which this user signs in. */
    suspend fun callback(url: String, email: String): String {
        val body = buildJsonObject {
            put("url", url)
            put("email", email)
        }
        return post("hosted", body).jsonObject.getValue("callback").jsonPrimitive.content
    }

    override suspend fun create(options: String): String = credential("passkey/create", options)

    override suspend fun get(options: String): String = credential("passkey/get", options)

    private suspend fun credential(tool: String, options: String): String {
        val answer = post(tool, buildJsonObject { put("options", options) })
        return answer.jsonObject.getValue("credential").jsonPrimitive.content
    }

    suspend fun get(tool: String, query: Map<String, String>): JsonElement {
        val url = tools.newBuilder().addPathSegments(tool)
        for ((name, value) in query) url.addQueryParameter(name, value)
        return send(Request.Builder().url(url.build()))
    }

    suspend fun post(tool: String, body: JsonElement): JsonElement {
        val url = tools.newBuilder().addPathSegments(tool).build()
        val json = body.toString().toRequestBody("application/json".toMediaType())
        return send(Request.Builder().url(url).post(json))
    }

    private suspend fun send(request: Request.Builder): JsonElement = withContext(Dispatchers.IO) {
        http.newCall(request.build()).execute().use { response ->
            val body = response.body.string()
            if (!response.isSuccessful) {
                throw AssertionError("${response.request.url}: ${response.code} $body")
            }
            Json.parseToJsonElement(body)
        }
    }
}
