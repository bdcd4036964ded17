// Sends one request with a generated client: VARIANT URL CAFILE PROXY
package proof

import okhttp3.Request
import kotlin.system.exitProcess

fun main(arguments: Array<String>) {
    val (variant, url, cafile, proxy) = arguments
    try {
        val client = pinned(variant)(plain(cafile, proxy))
        client.newCall(Request.Builder().url(url).build()).execute().use { response ->
            checkNotNull(response.body).bytes()
            check(response.isSuccessful) { "$response" }
        }
    } catch (failure: Exception) {
        System.err.println("$failure".replace('\n', ' '))
        exitProcess(1)
    }
    exitProcess(0)
}
