package proof

import okhttp3.Request
import okhttp3.Response
import okhttp3.WebSocket
import okhttp3.WebSocketListener
import pins.Pins
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit
import kotlin.system.exitProcess

/** Opens one web socket with a generated client, and prints its failure: URL CAFILE. */
fun main(arguments: Array<String>) {
    val (url, cafile) = arguments
    val ended = CountDownLatch(1)
    val listener =
        object : WebSocketListener() {
            override fun onFailure(
                webSocket: WebSocket,
                t: Throwable,
                response: Response?,
            ) {
                println(t.message)
                ended.countDown()
            }
        }
    Pins.onMismatch = { println("reported ${it.host} ${it.enforced}") }
    Pins.client(plain(cafile, proxy = "")).newWebSocket(Request.Builder().url(url).build(), listener)
    ended.await(10, TimeUnit.SECONDS)
    exitProcess(0)
}
