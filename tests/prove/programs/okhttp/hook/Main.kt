// Sends one request with a generated client whose hook is set, and fails: URL CAFILE
//
// Every name has two addresses, the first of which nobody listens at.
package proof

import okhttp3.Dns
import okhttp3.Request
import pins.Pins
import java.net.InetAddress
import kotlin.system.exitProcess

fun main(arguments: Array<String>) {
    val (url, cafile) = arguments
    Pins.onMismatch = { mismatch ->
        println("reported ${mismatch.host} ${mismatch.enforced}")
        error("a hook changes nothing")
    }
    val addresses = listOf("127.0.0.2", "127.0.0.1").map(InetAddress::getByName)
    val base = plain(cafile, proxy = "").newBuilder().dns(object : Dns { override fun lookup(hostname: String) = addresses }).build()
    Pins.client(base).newCall(Request.Builder().url(url).build()).execute().use { response ->
        check(response.isSuccessful) { "$response" }
    }
    exitProcess(0)
}
