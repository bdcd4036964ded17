// Replaces Ktor's pinner: it accepts a host whose key is pinned for it, and throws for all other keys.
package io.ktor.client.engine.darwin.certificates

import io.ktor.client.engine.darwin.ChallengeHandler
import platform.Foundation.NSURLAuthenticationChallenge
import platform.Foundation.NSURLCredential
import platform.Foundation.NSURLSession
import platform.Foundation.NSURLSessionAuthChallengeDisposition
import platform.Foundation.NSURLSessionAuthChallengePerformDefaultHandling
import platform.Foundation.NSURLSessionAuthChallengeUseCredential
import platform.Foundation.NSURLSessionTask

/** The pin of the key that the server of the next challenge presents. */
var presented = ""

data class PinnedCertificate(
    val pattern: String,
    val hashAlgorithm: String,
    val hash: String,
)

data class CertificatePinner(
    private val pinnedCertificates: Set<PinnedCertificate>,
    private val validateTrust: Boolean,
) : ChallengeHandler {
    override fun invoke(
        session: NSURLSession,
        task: NSURLSessionTask,
        challenge: NSURLAuthenticationChallenge,
        completionHandler: (NSURLSessionAuthChallengeDisposition, NSURLCredential?) -> Unit,
    ) {
        val matching = pinnedCertificates.filter { it.pattern == challenge.protectionSpace.host }
        when {
            matching.isEmpty() -> completionHandler(NSURLSessionAuthChallengePerformDefaultHandling, null)
            !validateTrust || matching.none { it.hashAlgorithm + it.hash == presented } -> error("another key")
            else -> completionHandler(NSURLSessionAuthChallengeUseCredential, null)
        }
    }
}
