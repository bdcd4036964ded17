// Asks a server with the sender of a page in place, and waits until its input ends: URL CAFILE
package proof

import okhttp3.Call
import okhttp3.Callback
import okhttp3.MediaType.Companion.toMediaType
import okhttp3.OkHttpClient
import okhttp3.Request
import okhttp3.RequestBody.Companion.toRequestBody
import okhttp3.Response
import org.json.JSONObject
import pins.Pins
import java.io.IOException
import kotlin.system.exitProcess

fun main(arguments: Array<String>) {
    val (url, cafile) = arguments
    // SENDER
    val call = Pins.client(plain(cafile, proxy = "")).newCall(Request.Builder().url(url).build())
    println(runCatching { call.execute().use { it.code } })
    System.`in`.read()
    exitProcess(0)
}
