// Replaces Ktor's engine for Apple's platforms.
package io.ktor.client.engine.darwin

import io.ktor.client.engine.HttpClientEngine
import io.ktor.client.engine.HttpClientEngineConfig
import io.ktor.client.engine.HttpClientEngineFactory
import platform.Foundation.NSURLAuthenticationChallenge
import platform.Foundation.NSURLCredential
import platform.Foundation.NSURLSession
import platform.Foundation.NSURLSessionAuthChallengeDisposition
import platform.Foundation.NSURLSessionTask

typealias ChallengeHandler = (
    session: NSURLSession,
    task: NSURLSessionTask,
    challenge: NSURLAuthenticationChallenge,
    completionHandler: (NSURLSessionAuthChallengeDisposition, NSURLCredential?) -> Unit,
) -> Unit

class DarwinClientEngineConfig : HttpClientEngineConfig() {
    var challengeHandler: ChallengeHandler? = null
        private set

    fun handleChallenge(block: ChallengeHandler) {
        challengeHandler = block
    }
}

object Darwin : HttpClientEngineFactory<DarwinClientEngineConfig> {
    override fun create(block: DarwinClientEngineConfig.() -> Unit): HttpClientEngine = error("a stand-in")
}
