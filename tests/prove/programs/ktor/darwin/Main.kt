// Answers challenges with generated handlers, one for each line: VARIANT HOST METHOD PIN
package proof

import io.ktor.client.engine.darwin.certificates.presented
import platform.Foundation.NSURLAuthenticationChallenge
import platform.Foundation.NSURLProtectionSpace
import platform.Foundation.NSURLSession
import platform.Foundation.NSURLSessionTask

fun main() {
    for (line in generateSequence(::readlnOrNull)) {
        val (variant, host, method, pin) = line.split(' ')
        presented = pin
        val challenge = NSURLAuthenticationChallenge(NSURLProtectionSpace(host, method))
        val answers = mutableListOf<String>()
        try {
            pinned(variant)(NSURLSession(), NSURLSessionTask(), challenge) { disposition, _ -> answers += "$disposition" }
        } catch (failure: IllegalStateException) {
            answers += "thrown"
        }
        println(answers.single())
    }
}
