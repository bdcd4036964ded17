// Sends one request with a generated client whose hook is set: URL CAFILE
package proof

import okhttp3.Request
import pins.Pins
import kotlin.system.exitProcess

fun main(arguments: Array<String>) {
    val (url, cafile) = arguments
    Pins.onMismatch = { host, mismatch -> println("reported $host: ${mismatch.message?.lineSequence()?.first()}") }
    Pins.client(plain(cafile, proxy = "")).newCall(Request.Builder().url(url).build()).execute().use { response ->
        check(response.isSuccessful) { "$response" }
    }
    exitProcess(0)
}
