package proof

import io.ktor.client.HttpClient
import io.ktor.client.request.get
import io.ktor.client.statement.bodyAsBytes
import io.ktor.http.isSuccess
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import kotlin.system.exitProcess

/** Sends one request with [client], and ends the program. */
fun send(
    client: HttpClient,
    url: String,
): Nothing {
    try {
        runBlocking {
            withTimeout(5_000) {
                val response = client.get(url)
                response.bodyAsBytes()
                check(response.status.isSuccess()) { "$response" }
            }
        }
    } catch (failure: Exception) {
        System.err.println("$failure".replace('\n', ' '))
        exitProcess(1)
    }
    exitProcess(0)
}
