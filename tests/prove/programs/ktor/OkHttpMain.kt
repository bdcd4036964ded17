// Sends one request with a generated client: VARIANT URL CAFILE PROXY
package proof

fun main(arguments: Array<String>) {
    val (variant, url, cafile, proxy) = arguments
    send(pinned(variant)(plain(cafile, proxy)), url)
}
